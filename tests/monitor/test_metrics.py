"""What is counted is kept until it is written down, and is written as Prometheus reads it."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from monitor import metrics
from monitor.exposition import FAMILIES, exposition
from monitor.metrics import Metrics
from storage.metrics import Series

ROOT = Path(__file__).parents[2]

# https://prometheus.io/docs/instrumenting/exposition_formats/: a sample, its labels, a label's text.
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"')
SAMPLE = re.compile(
    rf"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{{({LABEL.pattern}(?:,{LABEL.pattern})*)\}})? (-?[0-9.e+-]+)"
)


def test_counts_are_taken_once_and_come_back_if_they_could_not_be_written() -> None:
    counts = Metrics()
    counts.checked("unchanged", 0.5)
    counts.checked("unchanged", 0.25)
    counts.tried("mail")
    counts.failed("mail", channel_wide=True)
    taken = counts.take()
    assert taken.counted == {
        Series(metrics.CHECKS, (("result", "unchanged"),)): 2,
        Series(metrics.CHECK_SECONDS_COUNT): 2,
        Series(metrics.CHECK_SECONDS_SUM): 0.75,
        Series(metrics.NOTIFICATIONS, (("channel", "mail"),)): 1,
        Series(metrics.NOTIFICATIONS_FAILED, (("channel", "mail"), ("reason", "channel"))): 1,
    }
    assert counts.take().counted == {}
    counts.checked("unchanged", 1.0)
    counts.give_back(taken)
    both = counts.take().counted
    assert both[Series(metrics.CHECKS, (("result", "unchanged"),))] == 3
    assert both[Series(metrics.CHECK_SECONDS_SUM)] == 1.75


def test_every_name_that_is_counted_belongs_to_a_metric_with_a_help_text() -> None:
    counted = {value for name, value in vars(metrics).items() if name.isupper()}
    known = {member for family in FAMILIES for member in family.members}
    assert counted <= known
    assert all(family.help.endswith(".") for family in FAMILIES)


def test_names_follow_the_conventions_of_prometheus() -> None:
    assert len({family.name for family in FAMILIES}) == len(FAMILIES)
    for family in FAMILIES:
        assert re.fullmatch(r"policywatch(_[a-z]+)+", family.name)
        assert family.name.endswith("_total") == (family.kind == "counter")


@given(st.text(max_size=30), st.floats(allow_nan=False, allow_infinity=False))
def test_no_text_of_a_label_breaks_its_line(text: str, value: float) -> None:
    series = Series("policywatch_document_stale", (("a", "x"), ("document", text)))
    lines = exposition({series: value}).split("\n")
    assert lines[:2] == [
        "# HELP policywatch_document_stale 1 while people are told that a document is not seen.",
        "# TYPE policywatch_document_stale gauge",
    ]
    assert len(lines) == 4
    found = SAMPLE.fullmatch(lines[2])
    assert found, lines[2]
    assert float(found[found.re.groups]) == value
    written = LABEL.findall(found[2])[1][1]
    assert re.sub(r"\\(.)", lambda sign: "\n" if sign[1] == "n" else sign[1], written) == text


def test_every_metric_is_in_the_manual_and_no_other() -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8").partition("## Metrics")[2]
    table = text.partition("\n## ")[0]
    assert set(re.findall(r"^\| `(policywatch_\w+)", table, re.MULTILINE)) == {each.name for each in FAMILIES}

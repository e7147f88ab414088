from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given

from monitor.messages import title_of_change
from monitor.messages.names import TITLE_LIMIT, name_of_kind
from storage.records import Direction, Finding
from tests.monitor.messages.samples import ADDED, DOCUMENT, EDITED, HOSTILE, REMOVED, SAME_CLAUSE, any_text

DAY = date(2026, 11, 21)
NEW = replace(EDITED, direction=Direction.ADDED)


@pytest.mark.parametrize(
    ("findings", "says"),
    [
        ((NEW,), "AI-training wording added"),
        ((NEW, NEW), "AI-training wording added"),
        ((replace(SAME_CLAUSE, direction=Direction.REMOVED),), '"messages" removed'),
        ((replace(EDITED, effect="edited"), NEW), "AI-training wording edited and added"),
        ((EDITED, NEW), "AI-training wording added"),
        ((REMOVED, NEW), "AI-training wording added, retention wording removed"),
        (
            (SAME_CLAUSE, ADDED, NEW, REMOVED),
            "AI-training wording added, consent and opt-out wording added and 2 more",
        ),
        ((replace(NEW, topic="moon-landing"),), "moon landing wording added"),
        ((), "wording changed"),
    ],
)
def test_title_names_the_strongest_findings(findings: tuple[Finding, ...], says: str) -> None:
    assert title_of_change(DOCUMENT, findings, DAY) == f"Acme – Privacy Policy (EU): {says} – 2026-11-21"


def test_title_of_a_first_reading_claims_no_change() -> None:
    title = title_of_change(DOCUMENT, (NEW,), DAY, baseline=True)
    assert title == "Acme – Privacy Policy (EU): AI-training wording at first reading – 2026-11-21"


def test_document_without_region_has_no_brackets() -> None:
    assert title_of_change(replace(DOCUMENT, region=None, kind="faq"), (NEW,), DAY).startswith("Acme – FAQ: ")


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("privacy-policy", "Privacy Policy"),
        ("faq", "FAQ"),
        ("ai-policy", "AI Policy"),
        ("dpa", "DPA"),
        ("terms", "Terms"),
    ],
)
def test_kinds_are_named_for_people(kind: str, name: str) -> None:
    assert name_of_kind(kind) == name


def test_long_title_keeps_its_date() -> None:
    title = title_of_change(replace(DOCUMENT, service="Acme " * 100), (NEW,), DAY)
    assert len(title) <= TITLE_LIMIT
    assert title.endswith("… – 2026-11-21")


@given(any_text)
def test_title_is_one_harmless_line_whatever_the_names(name: str) -> None:
    title = title_of_change(
        replace(DOCUMENT, service=name, kind=name, region=name), (replace(NEW, topic=name),), DAY
    )
    assert len(title) <= TITLE_LIMIT
    assert "\n" not in title
    title.encode("utf-8")


def test_direction_marks_in_a_title_are_shown() -> None:
    assert "\u202e" not in title_of_change(replace(DOCUMENT, service=HOSTILE), (NEW,), DAY)

"""`policywatch backtest` as people meet it: what it prints, and how it ends."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from monitor.alerting import Audience
from monitor.cli.commands import app
from monitor.errors import ConfigInvalid, InputMissing
from monitor.importers.chronicler import import_document
from monitor.importers.recorded import Described, Record
from monitor.watch import Watch
from storage.database import Database
from tests.monitor.test_backtest import BEGIN, policy, read

RULES = """
[[rules]]
id = "training"
phrases = ["train models"]
severity = "high"
on = ["added"]

[[rules]]
id = "never"
phrases = ["unheard of"]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two documents; one of them says twice, in two years, that models are trained, each time in new words."""
    folder = tmp_path_factory.mktemp("backtest")
    database = Database.open(folder / "a.db")
    texts = ["Call us.", "We train models.", "Call us twice.", "We and others train models on posts."]
    for key, said in (("acme/privacy-policy", texts), ("other/terms", texts[:1])):
        records = [
            Record(BEGIN + timedelta(days=200 * number), None, partial(read, policy([text])))
            for number, text in enumerate(said)
        ]
        service, kind = key.split("/")
        import_document(database, Described(key, service, kind), records, Watch([], Audience(), "off"), "made")
    database.close()
    (folder / "rules.toml").write_text(RULES)
    return folder


def backtest(folder: Path, *arguments: str, rules: str = "rules.toml") -> Result:
    command = ["--database", str(folder / "a.db"), "backtest", "--rules", str(folder / rules), *arguments]
    result = CliRunner(env={"COLUMNS": "160"}).invoke(app, command)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_every_alert_is_a_record_of_a_change_with_its_findings(folder: Path) -> None:
    done = backtest(folder)
    first, last = map(json.loads, done.stdout.splitlines())
    assert done.exit_code == 0
    assert (first["document"], first["number"], first["cause"]) == ("acme/privacy-policy", 2, "page_changed")
    assert [(each["rule"], each["quote"]) for each in last["findings"]] == [
        ("training", "We and others train models on posts.")
    ]
    assert done.stderr == "2 of 3 changes in 2 documents would have alerted\n"


def test_a_table_tells_findings_and_below_them_how_often_each_rule_fired(folder: Path) -> None:
    done = backtest(folder, "--format", "table")
    assert "2024-09-17" in done.stdout
    assert "New clause says" in done.stdout or "now says" in done.stdout
    assert [line.split()[:3] for line in done.stdout.splitlines()[-3:-1]] == [
        ["training", "2", "666.7"], ["never", "0", "0.0"],
    ]  # fmt: skip


def test_csv_has_a_line_for_each_finding_and_the_summary_for_each_rule(folder: Path) -> None:
    lines = list(csv.DictReader(io.StringIO(backtest(folder, "--format", "csv").stdout)))
    assert [(line["rule"], line["effect"], line["number"]) for line in lines] == [
        ("training", "appears", "2"), ("training", "appears", "4"),
    ]  # fmt: skip
    summary = list(csv.DictReader(io.StringIO(backtest(folder, "--summary", "--format", "csv").stdout)))
    assert [(line["rule"], line["alerts"], line["documents"]) for line in summary] == [
        ("training", "2", "1"), ("never", "0", "0"),
    ]  # fmt: skip


def test_filters_narrow_what_is_judged(folder: Path) -> None:
    later = (BEGIN + timedelta(days=300)).date().isoformat()
    assert "1 of 2 changes" in backtest(folder, "--since", later).stderr
    assert "1 of 1 changes" in backtest(folder, "--until", later, "--service", "acme").stderr
    nothing = backtest(folder, "--kind", "terms")
    assert (nothing.exit_code, nothing.stdout) == (1, "")
    assert nothing.stderr == "0 of 0 changes in 1 documents would have alerted\n"
    assert backtest(folder, "--topic", "retention").exit_code == 1


def test_of_many_alerts_the_newest_are_listed_and_all_are_counted(folder: Path) -> None:
    done = backtest(folder, "--limit", "1")
    (row,) = map(json.loads, done.stdout.splitlines())
    assert row["number"] == 4
    assert "the newest 1 alerts of 2 are listed" in done.stderr


def test_the_shipped_rules_are_used_without_a_file(folder: Path) -> None:
    done = CliRunner().invoke(app, ["--database", str(folder / "a.db"), "backtest", "--summary"])
    assert "ai-training" in done.stdout


def test_a_file_may_name_shipped_topics(folder: Path) -> None:
    (folder / "topics.toml").write_text('rulebooks = ["ai-training"]\n')
    done = backtest(folder, "--summary", "--topic", "ai-training", rules="topics.toml")
    assert json.loads(done.stdout.splitlines()[0])["rule"] == "ai-training"


def test_problems_of_rules_are_told_with_file_and_line(folder: Path) -> None:
    (folder / "bad.toml").write_text(
        '[[rules]]\nid = "a"\nphrases = ["!"]\n\n[[rules]]\nid = "b"\npattern = "("\n'
    )
    with pytest.raises(ConfigInvalid) as raised:
        backtest(folder, rules="bad.toml")
    assert [(problem.file, problem.line) for problem in raised.value.problems] == [
        (str(folder / "bad.toml"), 3), (str(folder / "bad.toml"), 7),
    ]  # fmt: skip
    (folder / "none.toml").write_text("timezone = 'UTC'\n")
    with pytest.raises(ConfigInvalid, match=r"none\.toml:1: .*there is no rule in it"):
        backtest(folder, rules="none.toml")
    with pytest.raises(InputMissing, match=r"missing\.toml"):
        backtest(folder, rules="missing.toml")

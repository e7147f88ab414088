"""The report of a time, from a real database, and the command that prints it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from monitor import notices, reporting
from monitor.cli.commands import app
from monitor.messages.model import GroupNotice
from storage import appearances, deliveries, versions
from storage.database import Database
from storage.records import Cause, NewDelivery, NewSilence, Severity
from storage.silences import add as add_silence
from tests.storage.builders import (
    START,
    a_change,
    a_document,
    a_finding,
    an_alert,
    an_appearance,
    clauses_of,
    hours,
    new_version,
    plain_index,
)

UNTIL = START + timedelta(days=7)


@pytest.fixture
def database(tmp_path: Path) -> Database:
    """A quiet change with a finding and a deadline, one without, an archive's, and what was given up."""
    opened = Database.open(tmp_path / "policywatch.db")
    with opened.write() as transaction:
        document = a_document(transaction)
        first = an_appearance(transaction, document, clauses_of("One."), hours(1))
        dated = replace(new_version(clauses_of("Two.")), effective_date=UNTIL.date() + timedelta(days=30))
        version = versions.save(transaction, document.id, dated, base_id=None, index=plain_index)
        second = appearances.begin(transaction, version, captured_at=hours(2), cause=Cause.PAGE_CHANGED)
        changed = a_change(transaction, second, first, [a_finding()], ["quiet"])
        alert = an_alert(transaction, document, changed, at=hours(2))
        other = a_document(transaction, "bolt/faq", service="Bolt", kind="faq")
        before = an_appearance(transaction, other, clauses_of("Old."), hours(1))
        a_change(transaction, an_appearance(transaction, other, clauses_of("New."), hours(3)), before)
        archived = a_document(transaction, "old/terms", origin="library", service="Old")
        stood = an_appearance(transaction, archived, clauses_of("A."), hours(1))
        a_change(transaction, an_appearance(transaction, archived, clauses_of("B."), hours(2)), stood)
        weekly = NewDelivery("mail", "a@reader.example", "w@x", due_at=UNTIL, grouping="weekly")
        deliveries.add(transaction, alert, [NewDelivery("chat", "webhook", "d@x"), weekly], hours(2))
        deliveries.mark_dead(transaction, 1, hours(4), "404 no_service")
        add_silence(
            transaction,
            NewSilence(
                author="ann", reason="they move", document=None, service="bolt", topic=None,
                created_at=hours(5), ends_at=UNTIL + timedelta(days=1),
            ),
        )  # fmt: skip
    return opened


def test_report_tells_what_happened_to_watched_documents(database: Database) -> None:
    with database.read() as transaction:
        report = reporting.gather(transaction, START, UNTIL)
        later = reporting.gather(transaction, UNTIL, UNTIL + timedelta(days=7))
    database.close()
    assert [(each.document.key, each.severity, each.flags) for each in report.changes] == [
        ("acme/privacy-policy", Severity.HIGH, ("quiet",)),
        ("bolt/faq", None, ()),
    ]
    (deadline,) = report.deadlines
    assert (deadline.document.key, deadline.day) == ("acme/privacy-policy", UNTIL.date() + timedelta(days=30))
    (silenced,) = report.silenced
    assert (silenced.covers, silenced.kept_back) == ("service bolt", 0)
    (dead,) = report.dead
    assert (dead.channel, dead.error) == ("chat", "404 no_service")
    assert len(report.weeks) == reporting.WEEKS
    assert sum(number for week in report.weeks for _, number in week.changes) == 2
    assert all(week.monday.weekday() == 0 for week in report.weeks)
    assert (later.changes, later.dead) == ((), ())
    assert later.deadlines == report.deadlines


def test_weekly_digest_bears_the_week_before_it(database: Database) -> None:
    with database.read() as transaction:
        weekly = deliveries.get(transaction, 2)
    notice = notices.load_delivery(database, weekly)
    daily = notices.load_delivery(database, replace(weekly, grouping="daily"))
    database.close()
    assert isinstance(notice, GroupNotice)
    assert notice.report is not None
    assert (notice.report.until, len(notice.report.changes)) == (UNTIL, 2)
    assert isinstance(daily, GroupNotice)
    assert daily.report is None


def test_command_writes_every_form(database: Database, tmp_path: Path) -> None:
    path = database.path
    database.close()
    span = ["--since", START.date().isoformat(), "--until", UNTIL.date().isoformat()]

    def ran(*options: str) -> str:
        result = CliRunner().invoke(app, ["--database", str(path), "report", *span, *options])
        assert result.exit_code == 0, result.output
        return result.stdout

    assert "Deadlines ahead:" in ran()
    assert [row["what"] for row in json.loads(ran("--format", "json"))][:2] == ["change", "change"]
    assert ran("--format", "csv").startswith("what,when,severity")
    assert "DTSTART;VALUE=DATE:" in ran("--format", "ics")
    out = tmp_path / "week.html"
    ran("--format", "html", "--out", str(out))
    assert "<svg" in out.read_text()


def test_command_refuses_times_that_make_no_sense(database: Database) -> None:
    path = database.path
    database.close()
    for options in (["--week", "--since", "2026-01-01"], ["--since", "2026-02-01", "--until", "2026-01-01"]):
        assert CliRunner().invoke(app, ["--database", str(path), "report", *options]).exit_code != 0


def test_the_last_whole_week_is_asked_for_by_a_word(database: Database) -> None:
    path = database.path
    database.close()
    assert CliRunner().invoke(app, ["--database", str(path), "report", "--week"]).exit_code == 0

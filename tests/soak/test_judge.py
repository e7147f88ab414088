"""The judges of the long run find what is planted, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.soak.archive import Alert, Appeared
from tests.soak.evidence import Evidence
from tests.soak.judge import judge
from tests.soak.ledger import Exit, Window
from tests.soak.model import DOWN, FULL, READERS
from tests.soak.samples import BEGIN, BLIND, CHANGED, NOTICES, SEES, TOLD, good_end, kept, message, without
from tests.soak.table import report
from tests.soak.texts import clauses, mark

CHANGE = Alert(1, "change", 0, BEGIN + CHANGED + 1)
MAIL_READER = READERS[0]


def broken(evidence: Evidence) -> dict[str, int]:
    """The promises that were broken, and how often."""
    return {verdict.promise: len(verdict.violations) for verdict in judge(evidence) if verdict.violations}


def with_more(evidence: Evidence, *copies: float) -> Evidence:
    """The change reaches one reader again, so many seconds after the alert."""
    more = [message(CHANGE, *MAIL_READER, after) for after in copies]
    return replace(evidence, ledger=replace(evidence.ledger, accepted=[*evidence.ledger.accepted, *more]))


def killed(evidence: Evidence, *moments: float) -> Evidence:
    downs = [Window(DOWN, BEGIN + at, BEGIN + at + 2) for at in moments]
    return replace(evidence, ledger=replace(evidence.ledger, hindered=downs))


def with_alerts(evidence: Evidence, *alerts: Alert) -> Evidence:
    return replace(evidence, archive=replace(evidence.archive, alerts=alerts))


def test_run_in_which_all_was_kept_breaks_nothing_and_was_judged() -> None:
    verdicts = judge(kept())
    assert broken(kept()) == {}
    cases = {verdict.promise: verdict.cases for verdict in verdicts}
    assert cases["lost changes"] == len(READERS)
    assert cases["blindness not told"] == cases["false alarms"] == 1
    assert cases["false versions"] == 2


def test_message_that_one_recipient_never_got_is_found() -> None:
    evidence = without(kept(), message(CHANGE, *MAIL_READER))
    assert broken(evidence) == {"lost changes": 1, "lost alerts": 1}


def test_change_that_nobody_was_told_of_is_found_though_the_archive_knows_of_no_alert() -> None:
    evidence = kept()
    archive = replace(
        evidence.archive,
        alerts=evidence.archive.alerts[1:],
        deliveries=tuple(sent for sent in evidence.archive.deliveries if sent.alert != 1),
    )
    accepted = [each for each in evidence.ledger.accepted if "news" not in each.text]
    evidence = replace(evidence, archive=archive, ledger=replace(evidence.ledger, accepted=accepted))
    assert broken(evidence) == {"lost changes": len(READERS)}


def test_delivery_that_is_still_open_at_the_end_is_lost() -> None:
    evidence = kept()
    first, *others = evidence.archive.deliveries
    deliveries = (replace(first, state="pending"), *others)
    evidence = replace(evidence, archive=replace(evidence.archive, deliveries=deliveries))
    assert broken(evidence) == {"lost alerts": 1}


def sharing(evidence: Evidence, text: str) -> Evidence:
    """The alerts on the change and on the outage go to one reader in one message, which says this."""
    change, outage, _ = evidence.archive.alerts
    shared = message(change, *MAIL_READER)
    deliveries = tuple(
        replace(sent, identity=shared.identity, message=change.id)
        if (sent.channel, sent.recipient) == MAIL_READER and sent.alert in (change.id, outage.id)
        else sent
        for sent in evidence.archive.deliveries
    )
    alerts = (replace(change, marks=frozenset({mark(0, 1)})), *evidence.archive.alerts[1:])
    evidence = without(without(evidence, shared), message(outage, *MAIL_READER))
    accepted = [*evidence.ledger.accepted, replace(shared, text=text)]
    return replace(
        evidence,
        archive=replace(evidence.archive, alerts=alerts, deliveries=deliveries),
        ledger=replace(evidence.ledger, accepted=accepted),
    )


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        ("two alerts: one (alert 1) and another (alert 2)", {}),
        ("two alerts: another (alert 2); 1 more alert is not listed here", {}),
        ("two alerts: another (alert 2)", {"lost changes": 1}),
    ],
)
def test_alerts_that_share_a_message_were_told_if_it_names_or_counts_them(
    text: str, lost: dict[str, int]
) -> None:
    assert broken(sharing(kept(), text)) == lost


def test_second_copy_without_a_kill_and_third_copy_with_one_are_found() -> None:
    assert broken(with_more(kept(), 20)) == {"copies without reason": 1}
    assert broken(killed(with_more(kept(), 20), CHANGED + 3)) == {}
    assert broken(killed(with_more(kept(), 20, 40), CHANGED + 3)) == {"copies without reason": 1}


def test_kill_long_after_the_acceptance_excuses_no_copy_unless_the_disk_was_full_meanwhile() -> None:
    evidence = killed(with_more(kept(), 40), CHANGED + 30)
    assert broken(evidence) == {"copies without reason": 1}
    evidence.ledger.hindered.append(Window(FULL, BEGIN + CHANGED + 3, BEGIN + CHANGED + 29))
    assert broken(evidence) == {}


def test_version_that_the_page_never_said_is_found() -> None:
    evidence = kept()
    half = Appeared(0, 3, clauses(0, NOTICES, 1)[:4], BEGIN + 400, BEGIN + 415)
    archive = replace(evidence.archive, appeared=(*evidence.archive.appeared, half))
    assert broken(replace(evidence, archive=archive)) == {"false versions": 2}


def test_version_said_to_stand_longer_than_it_did_is_found() -> None:
    evidence = kept()
    first, second = evidence.archive.appeared
    archive = replace(evidence.archive, appeared=(replace(first, end=BEGIN + 130), second))
    assert broken(replace(evidence, archive=archive)) == {"false versions": 1}


def test_blindness_that_nobody_was_told_of_is_found() -> None:
    evidence = kept()
    assert broken(with_alerts(evidence, evidence.archive.alerts[0])) == {"blindness not told": 1}


def test_blindness_told_too_late_twice_or_never_ended_is_found() -> None:
    change, outage, recovery = kept().archive.alerts
    late = replace(outage, at=BEGIN + SEES - 10)
    assert broken(with_alerts(kept(), change, late, recovery)) == {"blindness not told": 1}
    again = replace(outage, at=BEGIN + TOLD + 20)
    assert broken(with_alerts(kept(), change, outage, again, recovery)) == {"blindness not told": 1}
    assert broken(with_alerts(kept(), change, outage)) == {"blindness not told": 1}


@pytest.mark.parametrize("kind", ["outage", "withdrawn"])
def test_alarm_about_a_page_that_was_seen_is_found(kind: str) -> None:
    change, outage, recovery = kept().archive.alerts
    false = replace(outage, kind=kind, at=BEGIN + BLIND - 40)
    back = replace(recovery, at=BEGIN + BLIND - 30)
    assert broken(with_alerts(kept(), change, false, back, outage, recovery)) == {"false alarms": 1}


def test_page_that_was_not_looked_at_for_long_is_found_unless_the_daemon_was_down() -> None:
    evidence = kept()
    gap = [each for each in evidence.ledger.answered if not BEGIN + 450 < each.at < BEGIN + 500]
    evidence = replace(evidence, ledger=replace(evidence.ledger, answered=gap))
    assert broken(evidence) == {"late looks": 1}
    evidence.ledger.hindered.append(Window(FULL, BEGIN + 450, BEGIN + 480))
    assert broken(evidence) == {}


def test_bad_end_is_found() -> None:
    evidence = kept()
    end = replace(good_end(), code=1, memory=10**6, tracebacks=2, left_processes=1, integrity="row missing")
    exits = [Exit(BEGIN + 50, -11, killed=False), *evidence.ledger.exits]
    evidence = replace(evidence, ending=end, ledger=replace(evidence.ledger, exits=exits))
    assert set(broken(evidence)) == {
        "damage in the database", "late stop", "memory beyond the bound", "tracebacks in the log",
        "processes left behind", "ends without a reason",
    }  # fmt: skip


def test_report_names_the_seed_and_the_document_and_second_of_what_was_broken() -> None:
    evidence = without(kept(), message(CHANGE, *MAIL_READER))
    text = report(evidence, judge(evidence), can_fill=False)
    assert "seed 1:" in text
    assert "BROKEN lost changes: page-000 at second 100: Q000R01 never reached dpo@example.com" in text
    assert "not on this machine" in text

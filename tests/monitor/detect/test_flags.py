"""What is remarkable about a change besides its topic."""

from __future__ import annotations

from datetime import date

import pytest

from monitor.detect.flags import Dates, Dating, flags_of, promise_of_notice
from monitor.diff.compare import compare
from storage.records import Clause

UPDATED = "Last updated: March 3, 2025"
RULE = "We keep what you send us for as long as you have an account with us and not a day longer."


def texts(*clauses: str) -> tuple[Clause, ...]:
    return tuple(Clause(text) for text in clauses)


def flags(before: tuple[str, ...], after: tuple[str, ...], dating: Dating | None = None) -> set[str]:
    return set(flags_of(compare(texts(*before), texts(*after)), dating or Dating()))


def stated(before: date | None, after: date | None, last_seen: date | None = None) -> Dating:
    return Dating(Dates(stated=before), Dates(stated=after), last_seen)


MARCH, MAY = date(2025, 3, 3), date(2025, 5, 5)
ONE, OTHER = (UPDATED, RULE, "We collect your name."), (UPDATED, RULE, "We collect your name and your voice.")


def test_words_that_change_under_the_same_date_are_quiet() -> None:
    assert "quiet" in flags(ONE, OTHER, stated(MARCH, MARCH))


@pytest.mark.parametrize(("before", "after"), [(MARCH, MAY), (None, None), (None, MARCH), (MARCH, None)])
def test_words_are_not_quiet_where_the_date_moved_or_none_is_stated(
    before: date | None, after: date | None
) -> None:
    assert "quiet" not in flags(ONE, OTHER, stated(before, after))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (UPDATED, "Last updated: May 5, 2025"),
        ("Effective date: 1 March 2025", "Effective as of 05/05/2025"),
        ("Stand: 3. März 2025", "Stand: 5. Mai 2025"),
        ("This policy, of 3 March 2025, tells what we do.", "This policy, of 5 May 2025, tells what we do."),
    ],
)
def test_a_date_that_alone_changes_is_told_as_that_and_nothing_else(before: str, after: str) -> None:
    assert flags((before, RULE), (after, RULE), stated(MARCH, MAY)) == {"date-only"}


@pytest.mark.parametrize("after", ["We keep it for 60 days.", "We keep it for 30 days or more."])
def test_a_number_or_a_word_that_changes_is_no_date(after: str) -> None:
    assert "date-only" not in flags((UPDATED, "We keep it for 30 days."), (UPDATED, after))


def test_a_date_before_the_last_day_of_the_old_text_is_backdated() -> None:
    assert "backdated" in flags(ONE, OTHER, stated(MARCH, MAY, last_seen=date(2025, 5, 20)))
    assert "backdated" not in flags(ONE, OTHER, stated(MARCH, MAY, last_seen=date(2025, 5, 6)))


def test_a_date_that_goes_back_is_backdated() -> None:
    assert "backdated" in flags(ONE, OTHER, stated(MAY, MARCH))


def test_new_wording_on_what_was_collected_before_reaches_back() -> None:
    assert "retroactive" in flags((RULE,), (RULE, "This holds for information that we have already collected."))
    stood = "This holds for information already collected from you"
    assert "retroactive" not in flags((f"{stood}.", RULE), (f"{stood} by us.", RULE))


def test_a_default_that_is_turned_around_is_told_in_both_directions() -> None:
    asked = "We use your chats for our research only if you agree, in your settings."
    assumed = "We use your chats for our research unless you object, in your settings."
    assert "default-flip" in flags((RULE, asked), (RULE, assumed))
    assert "default-flip" in flags((RULE, assumed), (RULE, asked))
    assert "default-flip" not in flags((RULE, asked), (RULE, asked.replace("chats", "letters")))


def test_the_promise_of_notice_that_stood_is_flagged_and_can_be_quoted() -> None:
    promise = "We will notify you by e-mail before material changes to this policy take effect."
    assert "notice-promised" in flags((promise, *ONE), OTHER)
    assert "notice-promised" not in flags(ONE, (promise, *OTHER))
    found = promise_of_notice(texts(RULE, promise))
    assert found is not None
    assert found.text == promise


def test_neither_a_first_version_nor_one_without_change_has_flags() -> None:
    assert flags((), OTHER) == set()
    assert flags(OTHER, OTHER, stated(MARCH, MARCH)) == set()

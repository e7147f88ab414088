"""What counts as the same text: the words that a reader reads, whatever their dress."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.clauses import exact_fingerprint
from monitor.identity import fingerprint, words_of
from storage.records import Clause


def clauses(*texts: str) -> list[Clause]:
    return [Clause(text) for text in texts]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("We share data.", "We  share\u00a0data ."),
        ("We don't share it.", "We don\u2019t share it."),
        ("These Terms apply.", "these terms apply"),
        ("We share data, and photos.", "We share data and photos."),
        ("The Xbox network", "The XBOX network"),
        ("Opt-out form", "Opt\u2011out form"),
        ("co\u00adoperate", "cooperate"),
        ("Updated 3 days ago", "Updated 5 hours ago"),
        ("Zuletzt geändert vor 3 Tagen", "Zuletzt geändert vor einer Stunde"),
        ("Mis à jour il y a 2 jours", "Mis à jour il y a 3 semaines"),
        ("12 of 34 people found this helpful", "13 of 40 people found this helpful"),
        ("1,204 views", "99 views"),
        ("© 2025 Acme Inc.", "© 2026 Acme Inc. All rights reserved."),
        ("Copyright (c) 2025 Acme", "(c) 2026 Acme"),
        ("Alle Rechte vorbehalten.", "Tous droits réservés"),
        ("Loading…", "Please wait ..."),
        (
            "See https://cdn.acme.example/a.pdf?sig=1f&t=3 now",
            "See https://cdn.acme.example/a.pdf?sig=9b&t=4 now",
        ),
        ("Request 9f8b3c2d1e0a4f5b6c7d8e9f", "Request 0a1b2c3d4e5f60718293a4b5"),
    ],
)
def test_what_no_reader_would_call_a_change_is_the_same(one: str, other: str) -> None:
    assert fingerprint(clauses(one)) == fingerprint(clauses(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("We share data.", "We do not share data."),
        ("We keep it for 30 days.", "We keep it for 90 days."),
        ("We delete comments after 30 days.", "We delete comments after 60 days."),
        ("Data older than 2 years is deleted, as decided 3 years ago by the board of our company.",
         "Data older than 2 years is deleted, as decided 4 years ago by the board of our company."),
        ("A fee of 1.5 %", "A fee of 15 %"),
        ("A fee of 15 %", "A fee of 15 €"),
        ("Copyright stays with you.", "Copyright stays with us."),
        ("(c) to sell your data.", "(c) to keep your data."),
        ("All rights reserved to you stay yours.", "All rights reserved to us stay ours."),
        ("Loading a page tells us your address.", "Loading a page tells us your name."),
        ("1. Definitions", "2. Definitions"),
        ("हिन्दी", "हिन्दा"),
        ("Effective 1 March 2024", "Effective 1 March 2025"),
    ],
)  # fmt: skip
def test_what_a_reader_would_call_a_change_is_one(one: str, other: str) -> None:
    assert fingerprint(clauses(one)) != fingerprint(clauses(other))


def test_how_a_text_is_cut_into_blocks_is_no_change() -> None:
    assert fingerprint(clauses("We share data. We keep it.")) == fingerprint(
        clauses("We share data.", "We keep it.")
    )


def test_soft_clauses_do_not_count() -> None:
    assert fingerprint([Clause("We share."), Clause("Related articles", soft=True)]) == fingerprint(
        clauses("We share.")
    )


def test_recorded_texts_are_told_apart_by_every_sign() -> None:
    assert exact_fingerprint(clauses("We share, it.")) != exact_fingerprint(clauses("We share it."))


@given(st.text(max_size=200))
def test_words_of_words_are_the_same_words(text: str) -> None:
    once = words_of(text)
    assert words_of(once) == once

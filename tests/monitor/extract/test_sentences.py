from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.extract.normalise import canonical
from monitor.extract.sentences import CLAUSE_LIMIT, cut, split_sentences


@pytest.mark.parametrize(
    "text",
    [
        "We share data (e.g. Names and addresses) with partners.",
        "Acme Inc. Terms apply to all orders of Acme Ltd. Customers.",
        "See Art. 6 GDPR, Sec. 3 and No. 7 of the annex.",
        "Data of U.S. Residents is kept for 1.5 years under v. 2.10.",
        "Wir speichern Daten, z.B. Namen bzw. Adressen, gem. Art. 6 Abs. 1 lit. a DSGVO.",
        "Diese Erklärung gilt ab dem 1. Januar für alle.",
        "Write to J. R. Doe at Acme.",
        "1. We collect what you give us.",
        "Section 4. Transfers abroad",
        "Ask us (We answer. Always. Promise.) before you order.",
        "Visit https://acme.example/privacy.html?a=1.2 for more.",
        "We may, at our discretion... and without notice, end the service.",
        "You may: a. Ask for a copy",
    ],
)
def test_full_stop_that_ends_no_sentence_does_not_split(text: str) -> None:
    assert split_sentences(text) == [text]


@pytest.mark.parametrize(
    "sentences",
    [
        ["We keep logs.", "You may object."],
        ["Is it free?", "Yes!", "It is."],
        ["We are Acme Inc.", "We sell shoes."],
        ["He said “stop.”", "Then it stopped."],
        ["We keep names, logs, etc.", "You may object."],
        ["It applies in the U.S.", "We also serve others."],
        ["(See the annex.)", "More follows."],
        ["Section 4 applies.", "So does section 5.", "No other does."],
        ["No.", "You may not."],
        ["Go to acme.example.", "There you find it."],
        ["And so on…", "We stop here."],
        ["1. First we ask.", "Then we act."],
        ["Wir löschen Ihre Daten am 31. Dezember.", "Danach sind sie fort."],
    ],
)
def test_sentences_end_where_a_reader_ends_them(sentences: list[str]) -> None:
    assert split_sentences(" ".join(sentences)) == sentences


def test_wide_terminators_need_no_space() -> None:
    assert split_sentences("我们收集数据。您可以反对！为什么？因为。") == [
        "我们收集数据。",
        "您可以反对！",
        "为什么？",
        "因为。",
    ]


@given(st.text(st.sampled_from('aA1. !?。()"”:;e.gINoärt-'), max_size=200).map(canonical))
def test_splitting_loses_nothing_but_spaces(text: str) -> None:
    assert "".join(split_sentences(text)).replace(" ", "") == text.replace(" ", "")


def test_endless_sentence_is_cut_at_a_space() -> None:
    pieces = split_sentences("word " * 3000 + "end")
    assert all(len(piece) <= CLAUSE_LIMIT for piece in pieces)
    assert " ".join(pieces) == "word " * 3000 + "end"


def test_endless_word_is_cut_anyway() -> None:
    assert [len(piece) for piece in cut("x" * 12, limit=5)] == [5, 5, 2]


def test_a_million_full_stops_are_read_in_linear_time() -> None:
    assert "".join(split_sentences("." * 1_000_000)) == "." * 1_000_000

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import UsageError
from monitor.querywords import for_index, to_match

CLAUSES = (
    "We train models on posts.",
    "We are training a model.",
    "Trained staff read your résumé.",
    "Our trainers opted out of opt-out lists.",
    "Die Beiträge der Nutzer.",
)


class Index:
    """The full-text index and its stems, as storage keeps them."""

    def __init__(self, clauses: tuple[str, ...], language: str = "en") -> None:
        self.connection = sqlite3.connect(":memory:")
        self.connection.execute(
            "CREATE VIRTUAL TABLE found USING fts5("
            "words, content='', tokenize=\"unicode61 remove_diacritics 2 tokenchars '_'\")"
        )
        self.stems: dict[str, list[str]] = {}
        for number, clause in enumerate(clauses):
            words, pairs = for_index(clause, language)
            self.connection.execute("INSERT INTO found (rowid, words) VALUES (?, ?)", (number, words))
            for stem, word in sorted(pairs):
                self.stems.setdefault(stem, []).append(word)

    def find(self, query: str, languages: tuple[str, ...] = ("en",)) -> set[int]:
        match = to_match(query, languages, lambda stem: self.stems.get(stem, []))
        rows = self.connection.execute("SELECT rowid FROM found WHERE found MATCH ?", (match,))
        return {number for (number,) in rows}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("train", {0, 1, 2}),
        ("TRAINS model", {0, 1}),
        ('"train"', {0}),
        ('"training a model"', {1}),
        ("NEAR(train models, 1)", {0, 1}),
        ("NEAR(train models, 0)", {0}),
        ('NEAR(train "a model", 2)', {1}),
        ('NEAR("on posts" we, 5)', {0}),
        ("NEAR(train posts, 1)", set()),
        ("resume", {2}),
        ("résumés", {2}),
        ("opting-out", {3}),
        ("train*", {0, 1, 2, 3}),
        ("trained OR beitrage", {0, 1, 2, 4}),
        ("training NOT posts", {1, 2}),
    ],
)
def test_unquoted_words_find_every_inflection_that_the_index_has(query: str, found: set[int]) -> None:
    assert Index(CLAUSES).find(query) == found


def test_a_word_is_inflected_as_in_each_language_of_the_archive() -> None:
    index = Index(("Wir verarbeiten die Beiträge.",), "de")
    assert index.find("Beitrag", ("de",)) == {0}
    assert index.find("verarbeitete", ("de", "fr")) == {0}


@pytest.mark.parametrize("query", ["NEAR(a b c d e f g h i j k l, 3)", "a-b-c-d-e-f-g-h-i-j-k-l"])
def test_too_many_inflections_at_once_are_said_to_be_too_many(query: str) -> None:
    with pytest.raises(UsageError, match="put some of them in quotes"):
        to_match(query, ("en",), lambda stem: [stem + ending for ending in ("s", "ed", "ing")])


@settings(deadline=None, max_examples=60)
@given(st.lists(st.text(st.sampled_from("abcäßé 日n'-._"), max_size=12), max_size=5), st.data())
def test_the_words_of_a_clause_in_quotes_find_it(texts: list[str], data: st.DataObject) -> None:
    clauses = (*texts, "aba ban")
    number = data.draw(st.integers(0, len(clauses) - 1))
    words = for_index(clauses[number], "en")[0].split()
    if words:
        begin = data.draw(st.integers(0, len(words) - 1))
        phrase = words[begin : data.draw(st.integers(begin + 1, len(words)))]
        assert number in Index(clauses).find(f'"{" ".join(phrase)}"')

from __future__ import annotations

import pytest

from tests.monitor.detect.helpers import findings, matched

NEAR = {"words": ["train|teach", "model|AI"], "within": 4}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("We train on your posts the model.", None),
        ("We train with posts our models.", "train with posts our models"),
        ("Models that we train.", "Models that we train"),
        ("We teach artificial intelligence.", "teach artificial intelligence"),
        ("We train. A model follows.", None),
    ],
)
def test_near_words_match_within_their_distance_in_any_order(text: str, words: str | None) -> None:
    assert matched(text, near=NEAR) == ((words,) if words else ())


def test_of_matches_within_each_other_the_shortest_is_told() -> None:
    windows = [{"words": ["data", "train"], "within": 4}, {"words": ["use", "train"], "within": 6}]
    assert matched("We use your data to train it.", near=windows) == ("data to train",)


def test_near_takes_the_shortest_window() -> None:
    text = "We train you, train staff and train models."
    assert matched(text, near={"words": ["train", "models"], "within": 9}) == ("train models",)


def test_several_near_tables_are_alternatives() -> None:
    near = [NEAR, {"words": ["sell", "data"], "within": 3}]
    assert matched("We sell your data.", near=near) == ("sell your data",)


def test_pattern_reads_folded_text_in_any_case() -> None:
    text = "Users\u2019  DATA is kept."
    assert matched(text, pattern="users' data") == ("Users\u2019  DATA",)


def test_pattern_knows_letters_of_all_scripts() -> None:
    assert matched("Vos donn\u00e9es, d\u00e9j\u00e0.", "fr", pattern=r"donn\p{L}es") == ("donn\u00e9es",)


def test_hostile_pattern_cannot_hang() -> None:
    assert not findings(None, "a" * 50_000 + "!", pattern=r"(a+)+$")


def test_unless_silences_the_clause_it_stands_in() -> None:
    assert matched("Model training.", phrases=["training"], unless=["staff training"])
    assert not matched("Model training and staff training.", phrases=["training"], unless=["staff training"])

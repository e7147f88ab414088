"""The words that a search meant are marked in a clause, and no others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.querywords import to_match
from web.marking import marked, wordings_of

INDEX = {"train": ["trains", "trained", "training"], "model": ["models"]}
TEXT = "Training models on résumés: we trained a model, artificial (AI) too."


def shown(query: str, text: str = TEXT) -> str:
    match = to_match(query, [], lambda stem: INDEX.get(stem, []))
    return "".join(
        f"[{piece.text}]" if piece.is_meant else piece.text for piece in marked(text, wordings_of(match))
    )


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("train", "[Training] models on résumés: we [trained] a model, artificial (AI) too."),
        ('"trained a model"', "Training models on résumés: we [trained a model], artificial (AI) too."),
        ('"model trained"', TEXT),
        ("artif*", "Training models on résumés: we trained a model, [artificial] (AI) too."),
        ("RESUMES", "Training models on [résumés]: we trained a model, artificial (AI) too."),
        ("NEAR(train model)", "[Training models] on résumés: we [trained] a [model], artificial (AI) too."),
        ("ai OR nothing", "Training models on résumés: we trained a model, artificial ([AI]) too."),
    ],
)  # fmt: skip
def test_the_words_of_a_search_are_marked(query: str, expected: str) -> None:
    assert shown(query).replace("] [", " ") == expected


def test_words_of_one_wording_are_one_mark() -> None:
    assert shown('"on resumes"').count("[") == 1


@given(st.text(), st.text(st.sampled_from('"ab *é\u0301'), max_size=20))
def test_nothing_of_the_text_is_lost(text: str, match: str) -> None:
    assert "".join(piece.text for piece in marked(text, wordings_of(match))) == text

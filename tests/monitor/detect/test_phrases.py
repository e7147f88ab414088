from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.detect.languages import algorithm_for, stem
from monitor.detect.reading import read
from tests.monitor.detect.helpers import matched

PHRASE = ["train AI models"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Posts help us train AI models.", "train AI models"),
        ("We trained our AI models on posts.", "trained our AI models"),
        ("TRAINING AI MODEL", "TRAINING AI MODEL"),
        ("It trains generative AI models.", "trains generative AI models"),
        ("We train any of our own AI models.", "train any of our own AI models"),
        ("We train all our own AI models.", "train all our own AI models"),
        ("We train\u00a0AI\u202fmodels.", "train\u00a0AI\u202fmodels"),
        ("We train\n   AI models.", "train\n   AI models"),
        ("We tr\u00adain A\u200bI models.", "tr\u00adain A\u200bI models"),
        ("We \u201ctrain\u201d AI \u2018models\u2019.", "train\u201d AI \u2018models"),
        ("We train the company\u2019s AI models.", "train the company\u2019s AI models"),
        ("We train the AI\u2019s models.", "train the AI\u2019s models"),
        ("We train \uff21\uff29 models.", "train \uff21\uff29 models"),
        (
            "We develop and train artificial intelligence (AI) models.",
            "train artificial intelligence (AI) models",
        ),
        ("We train Artificial-Intelligence models.", "train Artificial-Intelligence models"),
        ("We train employees on AI models.", None),
        ("We train. AI models are listed below.", None),
        ("We train staff, AI models do the rest.", None),
        ("We train, e.g. AI models.", None),
        ("AI models train us.", None),
        ("A trainer checks AI models.", None),
    ],
)
def test_phrase_survives_what_no_reader_sees_and_no_more(text: str, words: str | None) -> None:
    assert matched(text, phrases=PHRASE) == ((words,) if words else ())


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("machine learning purposes", "for ML purposes"),
        ("ML purposes", "for machine-learning purposes"),
        ("large language models", "we build LLMs"),
        ("train LLM", "to train large language models"),
        ("artificial intelligence", "We use AI."),
        ("user data", "every user\u2019s data"),
        ("do not train", "We do not train on it."),
        ("opt-out", "You can opt out."),
    ],
)
def test_abbreviations_hyphens_and_possessives_are_equal_to_what_they_stand_for(phrase: str, text: str) -> None:
    assert matched(text, phrases=[phrase])


@pytest.mark.parametrize(
    ("language", "phrase", "text"),
    [
        ("de", "KI-Modelle trainieren", "um KI-Modellen zu trainieren"),
        ("de", "KI", "K\u00fcnstlicher Intelligenz"),
        ("fr", "entra\u00eener mod\u00e8les IA", "pour entra\u00eener nos mod\u00e8les d\u2019IA"),
        ("fr", "IA", "l'intelligence artificielle"),
        ("es", "entrenar modelos", "entrenamos nuestros modelos"),
        ("zh", "\u8bad\u7ec3\u6a21\u578b", "\u6211\u4eec\u4f1a\u8bad\u7ec3\u6a21\u578b\u3002"),
        ("ja", "AI\u30e2\u30c7\u30eb", "\u79c1\u305f\u3061\u306eAI\u30e2\u30c7\u30eb\u3092"),
        (
            "th",
            "\u0e02\u0e49\u0e2d\u0e21\u0e39\u0e25",
            "\u0e43\u0e0a\u0e49\u0e02\u0e49\u0e2d\u0e21\u0e39\u0e25\u0e19\u0e35\u0e49",
        ),
        ("de-AT", "Daten", "Die Daten"),
        (None, "train models", "We trained models."),
    ],
)
def test_phrase_is_stemmed_by_the_language_of_the_document(
    language: str | None, phrase: str, text: str
) -> None:
    assert matched(text, language, phrases=[phrase])


def test_letters_of_a_script_without_spaces_must_follow_each_other() -> None:
    assert not matched("\u8bad\u7ec3\u4eba\u6a21\u578b", "zh", phrases=["\u8bad\u7ec3\u6a21\u578b"])


def test_several_matches_in_one_clause_are_one_finding() -> None:
    text = "We train AI models, and partners train their AI models."
    assert matched(text, phrases=PHRASE) == ("train AI models", "train their AI models")


def test_repeated_words_do_not_multiply_the_work() -> None:
    assert matched("data " * 3000, phrases=["data " * 30])


@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=80), st.sampled_from(["en", "de", "fr", "ja"])
)
def test_any_text_can_be_read_and_each_word_stands_where_it_says(text: str, language: str) -> None:
    reading = read(text, algorithm_for(language))
    assert [stem(text[start:stop], reading.algorithm) for start, stop in reading.spans] == list(reading.stems)


def test_stemming_is_safe_in_threads() -> None:
    roots = ["train", "model", "collect", "obtain"] * 200
    answers: list[list[str]] = []
    threads = [
        threading.Thread(
            target=lambda: answers.append([stem.__wrapped__(root + "ing", "english") for root in roots])
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [roots] * 4

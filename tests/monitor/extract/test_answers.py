"""Answers in JSON-LD count once: not again where the page shows them, as clauses where it does not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.extract import ExtractOptions
from monitor.extract.structured import ANSWERS_LIMIT, DATA_LIMIT, Answer, read_answers
from tests.monitor.extract.helpers import FILLER, hard_texts, headings, read_html

QUESTION = "Do you train models on my posts?"
LONG = (
    "We train our models on what you post in public, unless you object in the settings of your account "
    "before the training begins."
)
OTHER = "You can object at any time, and we then leave your posts out of every later training of our models."


def question(name: str, *answers: Any) -> dict[str, Any]:
    found = [{"@type": "Answer", "text": text} if isinstance(text, str) else text for text in answers]
    return {"@type": "Question", "name": name, "acceptedAnswer": found if len(found) > 1 else found[0]}


def faq(*questions: dict[str, Any]) -> dict[str, Any]:
    return {"@context": "https://schema.org", "@type": "FAQPage", "mainEntity": list(questions)}


def script(data: Any) -> str:
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False).replace("</", "<\\/")
    return f'<script type="application/ld+json">{text}</script>'


def page(data: Any, body: str = "") -> str:
    return f"<html><head>{script(data)}</head><body><main><h1>Questions</h1>{FILLER}{body}</main></body></html>"


def added(data: Any, body: str = "") -> list[str]:
    """The clauses that the structured data adds to the page."""
    return hard_texts(page(data, body))[len(hard_texts(page("", body))) :]


def test_answer_that_stands_only_in_the_data_is_a_clause_under_its_question() -> None:
    assert added(faq(question(QUESTION, LONG))) == [QUESTION, LONG]
    assert (1, QUESTION) in headings(page(faq(question(QUESTION, LONG))))


@pytest.mark.parametrize(
    "shown",
    [
        f"<h2>{QUESTION}</h2><p>{LONG}</p><p>{OTHER}</p>",
        f"<details><summary>{QUESTION}</summary>{LONG} {OTHER}</details>",
        f"<dl><dt>{QUESTION}</dt><dd>{LONG}<br>{OTHER}</dd></dl>",
        f"<h2>{QUESTION}</h2><ol><li>{LONG}</li><li>{OTHER}</li></ol>",
        f"<h2>Another wording of it</h2><p>{LONG.replace('unless', '<b>unless</b>')} {OTHER}</p>",
    ],
)
def test_answer_that_the_page_shows_adds_nothing(shown: str) -> None:
    assert added(faq(question(QUESTION, f"<p>{LONG}</p><p>{OTHER}</p>")), shown) == []


def test_page_and_data_read_as_the_page_alone() -> None:
    shown = f"<h2>{QUESTION}</h2><p>{LONG}</p>"
    assert (
        read_html(page(faq(question(QUESTION, LONG)), shown)).fingerprint
        == read_html(page("", shown)).fingerprint
    )


def test_edit_of_an_answer_that_stands_only_in_the_data_is_another_text() -> None:
    before, after = (read_html(page(faq(question(QUESTION, text)))) for text in (LONG, f"{LONG} {OTHER}"))
    assert before.fingerprint != after.fingerprint
    assert [clause.text for clause in after.clauses if clause not in before.clauses] == [OTHER]


def test_short_answer_is_not_taken_for_shown_because_its_words_stand_elsewhere() -> None:
    elsewhere = "<h2>Do you sell my data?</h2><p>No.</p><p>You may opt out.</p>"
    data = faq(question("Do you keep my data?", "No."), question("May I object?", "You may opt out."))
    assert added(data, elsewhere) == ["Do you keep my data?", "No.", "May I object?", "You may opt out."]


def test_short_answer_under_its_question_is_shown() -> None:
    assert added(faq(question(QUESTION, "No.")), f"<h2>{QUESTION}</h2><p>No.</p>") == []


def test_sentence_that_the_page_leaves_out_of_an_answer_is_added_alone() -> None:
    shown = f"<h2>{QUESTION}</h2><p>{LONG}</p>"
    assert added(faq(question(QUESTION, f"{LONG} {OTHER}")), shown) == [QUESTION, OTHER]


def test_answer_that_is_hidden_on_the_page_for_good_is_read_from_the_data() -> None:
    hidden = f"<div hidden><p>{LONG}</p></div>"
    assert added(faq(question(QUESTION, LONG)), hidden) == [QUESTION, LONG]


def test_the_same_answer_twice_in_the_data_counts_once() -> None:
    twice = [faq(question(QUESTION, LONG)), faq(question(QUESTION, f"<p>{LONG}</p>"))]
    assert added(twice) == [QUESTION, LONG]


def test_answers_are_html() -> None:
    text = f"<p>It depends:</p><ul><li>{LONG}</li><li>Fish &amp; chips stay out.</li></ul><script>x()</script>"
    read = read_html(page(faq(question(f"<b>{QUESTION}</b>", text))))
    kinds = [(clause.kind.value, clause.text) for clause in read.clauses[-4:]]
    assert kinds == [
        ("heading", QUESTION), ("paragraph", "It depends:"), ("list-item", LONG),
        ("list-item", "Fish & chips stay out."),
    ]  # fmt: skip


def test_answer_of_one_link_or_one_word_is_an_answer() -> None:
    data = faq(
        question("Where is it said?", '<a href="/p">In our policy</a>'), question("Do you share?", "Never")
    )
    assert added(data) == ["Where is it said?", "In our policy", "Do you share?", "Never"]


def test_markup_that_one_answer_leaves_open_swallows_no_other() -> None:
    data = faq(
        question("One?", f"{LONG}<!-- "), question("Two?", f"{OTHER}<textarea>"), question("Three?", "Yes.")
    )
    assert added(data) == ["One?", LONG, "Two?", OTHER, "Three?", "Yes."]


@pytest.mark.parametrize(
    "data",
    [
        [question(QUESTION, LONG)],
        {"@graph": [{"@type": "WebPage", "mainEntity": faq(question(QUESTION, LONG))}]},
        {"@graph": [faq(question(QUESTION, {"@id": "#a"})), {"@id": "#a", "@type": "Answer", "text": LONG}]},
        {"mainEntity": {**question("", LONG), "name": [{"@value": QUESTION, "@language": "en"}]}},
        {"mainEntity": {"@type": ["Question"], "text": QUESTION, "acceptedAnswer": LONG}},
        question(QUESTION, {"@type": "Answer", "text": {"@value": LONG}}),
    ],
    ids=["list", "graph", "reference", "language", "bare", "value"],
)
def test_answers_are_found_wherever_they_stand_in_the_data(data: Any) -> None:
    assert added(data) == [QUESTION, LONG]


def test_several_answers_to_one_question_stand_under_it_each() -> None:
    assert added(question(QUESTION, LONG, OTHER)) == [QUESTION, LONG, QUESTION, OTHER]


@pytest.mark.parametrize("around", ["<!--\n{}\n-->", "//<![CDATA[\n{}\n//]]>", "\ufeff{};", "{}"])
def test_signs_around_the_data_and_line_breaks_in_it_do_no_harm(around: str) -> None:
    text = (
        json.dumps(faq(question(QUESTION, "@"))).replace("@}", "@}").replace('"@"', f'"{LONG[:9]}\n{LONG[9:]}"')
    )
    assert added(around.format(text)) == [QUESTION, LONG]


@pytest.mark.parametrize(
    "text",
    [
        '{"acceptedAnswer": {"text": "We',
        *(f'{{"acceptedAnswer": {value}}}' for value in ("[" * 10**5, "1e", "9" * 5_000)),
    ],
    ids=["cut", "deep", "no number", "long number"],
)
def test_data_that_cannot_be_read_is_declared_and_the_page_is_read(text: str) -> None:
    read = read_html(page(text))
    assert read.clauses == read_html(page("")).clauses
    assert read.warnings == ("the page holds answers in JSON-LD that is no valid JSON: they were not read",)


def test_data_beyond_the_limits_is_declared() -> None:
    long = [json.dumps(question(QUESTION, "x" * DATA_LIMIT))]
    many = [json.dumps([question(f"Question {number}?", "Yes.") for number in range(ANSWERS_LIMIT + 1)])]
    assert [(answers, len(warnings)) for answers, warnings in map(read_answers, (long, many))] == [
        ([], 1),
        ([], 1),
    ]


def test_deep_data_is_read_without_recursion() -> None:
    data: Any = question(QUESTION, LONG)
    for _ in range(200):
        data = {"mainEntity": [data]}
    assert added(data) == [QUESTION, LONG]


def test_data_without_answers_says_nothing() -> None:
    assert added({"@type": "Organization", "description": LONG}) == []
    assert added('{"broken": ') == []
    assert read_html(page('{"broken": ')).warnings == ()


def test_other_scripts_are_no_data() -> None:
    data = json.dumps(faq(question(QUESTION, LONG)))
    assert hard_texts(f"<script>{data}</script>{FILLER}") == hard_texts(FILLER)


def test_selectors_hold_for_the_data_as_well() -> None:
    html = page(faq(question(QUESTION, LONG)))
    for options in (ExtractOptions(select=("main",)), ExtractOptions(remove=("script",))):
        assert LONG not in [clause.text for clause in read_html(html, options).clauses]


def test_half_of_a_character_in_the_data_harms_nothing() -> None:
    assert added('{"acceptedAnswer": {"text": "We keep \\ud800 it for a while."}, "name": "How\\udfff long?"}')


_leaves = st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.floats()
_trees = st.recursive(
    _leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["acceptedAnswer", "text", "name", "@id", "@value", "@graph"]), inner, max_size=4
        )
    ),
    max_leaves=20,
)


@given(_trees)
def test_no_shape_of_data_breaks_the_reading(data: Any) -> None:
    answers, warnings = read_answers([json.dumps({"acceptedAnswer": data})])
    assert all(isinstance(answer, Answer) and answer.text for answer in answers)
    assert warnings == ()
    read_html(page(json.dumps({"acceptedAnswer": data}).replace("</", "<\\/")))

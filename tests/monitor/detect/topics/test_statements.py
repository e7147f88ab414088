from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.detect.topics.find import find, find_in_text
from monitor.detect.topics.model import Stance
from monitor.detect.topics.read import Reader
from monitor.detect.topics.table import shipped_books
from monitor.detect.topics.words import Lexicon, tokenise
from monitor.diff.compare import compare
from monitor.extract.read import extract_markdown
from storage.records import Clause, Direction

BOOK = next(book for book in shipped_books() if book.topic == "ai-training" and "en" in book.languages)
WAYS_TO_SAY_IT = tomllib.loads(Path(__file__).with_name("stances.en.toml").read_text(encoding="utf-8"))
DOCUMENTATION = Path(__file__).parents[4] / "docs" / "detection.md"
TRAINS = "We may use your messages to train our AI models."


def stances(text: str) -> list[Stance]:
    return [found.stance for found in Reader(BOOK).statements(extract_markdown(text).clauses)]


def effects(before: str, after: str, said: frozenset[str] = frozenset()) -> list[str]:
    old, new = extract_markdown(before).clauses, extract_markdown(after).clauses
    return [finding.effect for finding in find(compare(old, new), [BOOK], "en", said)]


@pytest.mark.parametrize(
    ("text", "stance"),
    [
        (TRAINS, Stance.PERMITS),
        ("Extraction of Acme articles for training AI models is not permitted.", Stance.PROHIBITS_USER),
        ("Training AI models on your personal data is not permitted.", Stance.FORBIDS),
        ("Your posts (only if they are public) are used to train our AI models.", Stance.PERMITS),
        ("We will not use your messages to train our AI models.", Stance.FORBIDS),
        ("Under no circumstances will we train AI models on your messages.", Stance.FORBIDS),
        ("You can opt out of AI training in your settings.", Stance.CONTROLS),
        ("You also must not use our content to train AI models.", Stance.PROHIBITS_USER),
        ("Do we use your messages to train our AI models?", Stance.MENTIONS),
        ("We do not sell your data, and we use it to train our AI models.", Stance.PERMITS),
        ("If you opt out, we will not use your messages to train our AI models.", Stance.CONTROLS),
        ("We do not use your data except to train our AI models.", Stance.PERMITS),
    ],
)
def test_clause_has_the_stance_of_who_acts_in_it(text: str, stance: Stance) -> None:
    assert stances(text) == [stance]


@pytest.mark.parametrize("stance", WAYS_TO_SAY_IT)
def test_sentences_of_policies_are_read_as_people_read_them(stance: str) -> None:
    """The last clause that says anything of the service or of users has the stance of the whole."""
    said = {
        text: [each for each in stances(text) if each is not Stance.MENTIONS] for text in WAYS_TO_SAY_IT[stance]
    }
    wanted = [] if stance == "none" else [stance]
    assert {text: found for text, found in said.items() if found[-1:] != wanted} == {}


def test_item_takes_its_subject_from_the_sentence_that_opens_the_list() -> None:
    items = "\n- train AI models with content from the platform;"
    assert stances("You agree that you will not:\n" + items) == [Stance.PROHIBITS_USER]
    assert stances("We use your data to:\n" + items) == [Stance.PERMITS]
    assert stances("We will not:\n" + items) == [Stance.FORBIDS]


def test_answer_says_what_its_question_asks() -> None:
    question = "## Do you use my data to train AI models?\n\n"
    assert stances(question + "No, we do not.") == [Stance.MENTIONS, Stance.FORBIDS]
    assert stances(question + "Yes, unless you opt out.") == [Stance.MENTIONS, Stance.PERMITS]


def test_next_sentence_may_limit_what_was_said() -> None:
    assert stances(TRAINS + " This does not apply in Europe.") == [Stance.PERMITS, Stance.FORBIDS]


def worked_examples() -> list[list[str]]:
    table = DOCUMENTATION.read_text(encoding="utf-8").partition("## Worked examples")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("|")]
    return [[cell.strip().replace("*", "") for cell in row] for row in rows[2:]]


@pytest.mark.parametrize(("before", "after", "told"), worked_examples())
def test_worked_example_of_the_documentation_has_its_effect(before: str, after: str, told: str) -> None:
    around = "We keep logs.\n\n{}\n\nWrite to us."
    assert effects(around.format(before), around.format(after))[0] == told.split("`")[1]


def test_dropped_promise_expands() -> None:
    assert effects("We do not train AI on your data.\n\nWrite to us.", "Write to us.") == ["expands"]


def test_brand_within_a_name_changes_nothing() -> None:
    before = "For example, Nimbus uses your posts to train Nimbus AI models and Stratus."
    assert effects(before, before.replace("Nimbus AI", "its artificial intelligence")) == ["reworded"]
    assert effects(before, before.replace("Nimbus uses", "we use")) == ["reworded"]


def test_what_is_said_near_the_topic_is_told_where_nothing_stood_before() -> None:
    near = "We use your messages to improve our services, including through machine learning."
    assert effects("Write to us.", f"Write to us.\n\n{near}") == ["introduces"]
    assert effects(f"Write to us.\n\n{near}", "Write to us.") == ["mentions"]
    assert effects(TRAINS, f"{TRAINS}\n\n{near}") == ["mentions"]


def test_data_that_another_clause_still_names_is_not_lost() -> None:
    stays = "Your photos are used to train our AI models."
    before = f"{stays}\n\nWe use your messages and photos to train our language models."
    assert effects(before, before.replace("messages and photos", "messages")) == ["reworded"]


def test_text_that_once_stood_is_no_event() -> None:
    assert effects("Write to us.", f"Write to us.\n\n{TRAINS}", frozenset({TRAINS})) == []


def test_moved_clause_is_no_event() -> None:
    one, other = f"{TRAINS}\n\nWrite to us.\n\nWe store logs.", f"Write to us.\n\nWe store logs.\n\n{TRAINS}"
    assert effects(one, other) == []


def test_statement_that_another_clause_makes_is_reworded() -> None:
    after = f"{TRAINS}\n\nWe may also use your messages to train our AI models."
    assert effects(TRAINS, after) == ["reworded"]


def test_reason_names_what_came_in() -> None:
    old, new = Clause(TRAINS), Clause(TRAINS.replace("We", "We and our affiliates"))
    (finding,) = find(compare([old], [new]), [BOOK], "en")
    assert (finding.effect, finding.direction) == ("expands", Direction.EDITED)
    assert finding.reason == "Adds affiliates as recipients; the clause on AI training itself stood before."
    assert (finding.before, finding.quote) == (old.text, new.text)


def test_first_text_tells_what_stands_in_it() -> None:
    clauses = extract_markdown(f"{TRAINS} You may not use our content to train AI.").clauses
    assert [finding.quote for finding in find_in_text(clauses, [BOOK], "en")] == [TRAINS]


def test_book_is_for_documents_of_its_language() -> None:
    change = compare([], [Clause(TRAINS)])
    assert find(change, [BOOK], "de") == ()
    assert find(change, [BOOK], None)


@given(st.text(alphabet="We you may not train AI models, our data; (a)\u00ad\u2019?:.", max_size=300))
def test_any_text_is_read_and_an_equal_one_is_no_event(text: str) -> None:
    clauses = [Clause(text or "x")]
    list(Reader(BOOK).statements(clauses))
    assert find(compare(clauses, clauses), [BOOK], "en") == ()


@given(st.text(max_size=200))
def test_tokens_stand_where_they_say(text: str) -> None:
    tokens = tokenise(text)
    for number, word in enumerate(tokens.words):
        assert tokens.as_it_stands(number, number + 1).casefold()[:1] == word.casefold()[:1]


def test_longer_wording_hides_shorter_ones_within_it() -> None:
    lexicon = Lexicon({"model": ["model*", "-pricing model*"]})
    assert lexicon.tag(tokenise("our pricing models and our models").words) == {"model": [(5, 6)]}

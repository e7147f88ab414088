from __future__ import annotations

from typing import Any

import pytest

from monitor.detect.errors import RuleError
from monitor.detect.judge import detect
from monitor.detect.rulebook import Example, read_rulebook, rule_examples, shipped_rulebooks, shipped_rules
from monitor.detect.table import parse_rule, problems_in
from monitor.diff.compare import compare
from storage.records import Direction, Severity
from tests.monitor.detect.helpers import rule
from tests.monitor.diff.helpers import version


@pytest.mark.parametrize(
    ("table", "where", "says"),
    [
        ({}, "phrases", "looks for nothing"),
        ({"phrases": ["train", "..."]}, "phrases[1]", "no word"),
        ({"phrases": ["word " * 41]}, "phrases[0]", "too many"),
        ({"phrases": ["a"], "unless": [""]}, "unless[0]", "no word"),
        ({"near": {"words": ["train"], "within": 3}}, "near[0].words", "at least 2"),
        ({"near": {"words": ["train", "|"], "within": 3}}, "near[0].words[1]", "no word"),
        ({"near": {"words": ["train", "AI"], "within": 0}}, "near[0].within", "greater"),
        ({"pattern": "("}, "pattern[0]", "missing )"),
        ({"pattern": ["ok", "(?=a)"]}, "pattern[1]", "(?="),
        ({"pattern": "a*"}, "pattern[0]", "empty text"),
        ({"pattern": r"\b"}, "pattern[0]", "empty text"),
        ({"pattern": "x" * 10_001}, "pattern[0]", "10000"),
        ({"pattern": r"((\pL{100}){100}){9}"}, "pattern[0]", "no valid pattern"),
        ({"phrases": ["a"], "languages": ["english"]}, "languages", "'english'"),
        ({"phrases": ["a"], "languages": ["xx"]}, "languages", "two-letter"),
        ({"phrases": ["a"], "on": []}, "on", "at least one"),
        ({"phrases": ["a"], "on": ["born"]}, "on[0]", "'added'"),
        ({"phrases": ["a"], "severity": "urgent"}, "severity", "'high'"),
        ({"phrases": "train"}, "phrases", "list"),
        ({"phrase": ["train"]}, "phrase", "not permitted"),
        ({"phrases": ["a"], "id": "two words"}, "id", "pattern"),
    ],
)
def test_bad_rule_says_which_one_where_and_what(table: dict[str, Any], where: str, says: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse_rule({"id": "mine"} | table)
    assert caught.value.rule_id == table.get("id", "mine")
    assert caught.value.where == where
    assert says in caught.value.message
    assert caught.value.exit_code == 78


def test_all_problems_of_a_rule_are_reported_at_once() -> None:
    problems = problems_in({"id": "mine", "phrases": ["!"], "pattern": ["(", "b*"], "languages": ["zz"]})
    assert [problem.where for problem in problems] == ["phrases[0]", "pattern[0]", "pattern[1]", "languages"]


def test_table_becomes_a_rule() -> None:
    parsed = parse_rule(
        {"id": "mine", "near": {"words": ["a|b", "c"], "within": 3}, "pattern": "d", "on": ["added"]}
    )
    assert parsed.title == "mine"
    assert parsed.severity is Severity.MEDIUM
    assert parsed.near[0].words == (("a", "b"), ("c",))
    assert parsed.patterns == ("d",)
    assert parsed.on == {Direction.ADDED}


EXAMPLES = [
    pytest.param(rule_id, example, right, id=f"{rule_id or book.name}-{number}")
    for book in shipped_rulebooks()
    for number, (rule_id, example, right) in enumerate(rule_examples(book))
]


@pytest.mark.parametrize(("rule_id", "example", "right"), EXAMPLES)
def test_shipped_rulebook_gets_its_own_examples_right(rule_id: str, example: Example, right: bool) -> None:
    assert right, f"{rule_id or 'some rule'} should {'' if example.fires else 'not '}fire on {example}"


def test_every_shipped_rule_has_examples_of_both_sorts_and_an_id_of_its_own() -> None:
    rules = shipped_rules()
    assert len({shipped.id for shipped in rules}) == len(rules) > 0
    for book in shipped_rulebooks():
        for shipped in book.rules:
            assert {example.fires for example in book.examples[shipped.id]} == {True, False}, shipped.id


def test_wrong_example_is_told_from_a_right_one() -> None:
    book = read_rulebook(
        "own.toml", '[[rules]]\nid = "own"\nphrases = ["sell"]\nmust_match = ["We sell.", "We buy."]'
    )
    assert [right for _, _, right in rule_examples(book)] == [True, False]


def test_ten_thousand_rules_are_answered() -> None:
    rules = [rule(id=f"r{number}", phrases=[f"word{number} models"]) for number in range(10_000)]
    change = compare((), version(*(f"We train word{number} models on it." for number in range(0, 10_000, 500))))
    assert [finding.rule for finding in detect(change, rules, "en")] == [f"r{n}" for n in range(0, 10_000, 500)]

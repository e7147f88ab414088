"""From the tables of rules, and the shipped rulebooks in force, to rules that compile."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pydantic import ValidationError

from monitor.config.check import check
from monitor.config.places import Item, Place, Problems, suggestion
from monitor.config.shape import RuleTable
from monitor.detect.compile import problems_of
from monitor.detect.model import Rule
from monitor.detect.rulebook import shipped_rulebooks
from monitor.detect.severity import gravest_of_topic
from monitor.detect.topics.model import Book
from monitor.detect.topics.table import shipped_books


def read_rules(
    items: list[Item], rulebooks: Sequence[str], place: Place, problems: Problems
) -> tuple[Rule, ...]:
    """The rules of `rulebooks` (which are named at `place`), then the user's own in their order."""
    rules = {rule.id: rule for rule in _shipped(rulebooks, place, problems)}
    origins = dict.fromkeys(rules, "a shipped rulebook")
    for item in items:
        table = check(RuleTable, item, problems)
        if table is None:
            _check_the_rest(item, problems)
            continue
        _check_wordings(table, item.place, problems)
        if table.id in rules:
            problems.add(item.place.at("id"), f'"{table.id}" is the id of another rule, at {origins[table.id]}')
        else:
            rules[table.id] = table.to_rule()
            origins[table.id] = item.place.position
    return tuple(rules.values())


def books_of(rulebooks: Sequence[str]) -> tuple[Book, ...]:
    """The books, in all languages, of the shipped topics that are named."""
    return tuple(book for book in shipped_books() if book.topic in rulebooks)


def stands_for(book: Book) -> Rule:
    """A topic's book as routes see it: something that fires, as severe as its findings ever are."""
    gravest = gravest_of_topic(book.severity)
    return Rule(id=book.topic, title=book.title, severity=gravest, topic=book.topic)


def _shipped(names: Sequence[str], place: Place, problems: Problems) -> list[Rule]:
    books = {book.name.removesuffix(".toml"): book.rules for book in shipped_rulebooks()}
    books = {book.topic: () for book in shipped_books()} | books
    rules: list[Rule] = []
    for index, name in enumerate(names):
        if name in books:
            rules.extend(books[name])
        else:
            problems.add(place.at(index), f'unknown rulebook "{name}"{suggestion(name, books)}')
    return rules


def _check_wordings(table: RuleTable, place: Place, problems: Problems) -> None:
    for error in problems_of(table.to_rule()):
        problems.add(place.at(*_path(error.where)), error.message)


def _check_the_rest(item: Item, problems: Problems) -> None:
    """Look at the wordings of a rule in which something else is wrong, key by key."""
    for key in ("phrases", "near", "pattern", "unless", "ignore", "languages"):
        if item.value.get(key):
            try:
                table = RuleTable.model_validate({"id": "rule", "phrases": ["any"], key: item.value[key]})
            except ValidationError:
                continue  # noted already
            _check_wordings(table, item.place, problems)


def _path(where: str) -> list[str | int]:
    """The parts of a path such as `near[0].words`."""
    return [int(part) if part.isdigit() else part for part in re.findall(r"[^.\[\]]+", where)]

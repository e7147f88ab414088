from __future__ import annotations

import pytest

from monitor.detect.topics.find import find
from monitor.detect.topics.table import BookTable, Example, examples, parse_book, shipped_tables
from monitor.diff.compare import compare
from storage.records import Clause

SHIPPED = [
    pytest.param(table, example, id=f"{table.topic}-{table.languages[0]}-{number}")
    for table in shipped_tables()
    for number, example in enumerate(examples(table))
]


def clauses(texts: tuple[str, ...]) -> tuple[Clause, ...]:
    return tuple(Clause(text) for text in texts)


@pytest.mark.parametrize(("table", "example"), SHIPPED)
def test_example_of_a_shipped_book_has_its_effect(table: BookTable, example: Example) -> None:
    change = compare(clauses(example.before), clauses(example.after))
    found = find(change, [table.to_book()], None)
    assert (found[0].effect if found else "none") == example.effect


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[[frames]]\nid = "f"\nlists = ["a"]', "asks for the list 'a'"),
        ('[lists]\na = ["@b"]\n[[frames]]\nid = "f"\nlists = ["a"]', "no list 'b'"),
        ('[lists]\na = ["@a"]\n[[frames]]\nid = "f"\nlists = ["a"]', "holds itself"),
        ('[lists]\na = ["*"]\n[[frames]]\nid = "f"\nlists = ["a"]', "no word"),
        ('[lists]\na = ["ab*"]\n[[frames]]\nid = "f"\nlists = ["a"]', "needs 3 letters"),
    ],
)
def test_bad_book_says_what_is_wrong(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse_book(f'topic = "t"\ntitle = "T"\n{text}').to_book()

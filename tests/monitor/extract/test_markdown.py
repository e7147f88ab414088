from __future__ import annotations

import pytest

from monitor.clauses import heading_paths
from monitor.extract import extract_markdown
from storage.records import Clause, ClauseKind


def read(text: str) -> list[Clause]:
    return list(extract_markdown(text).clauses)


def outline(text: str) -> list[tuple[str, int, str]]:
    return [(clause.kind.value, clause.level, clause.text) for clause in read(text)]


def test_both_kinds_of_headings_carry_their_level() -> None:
    assert outline("Privacy\n=======\n\n1\\. Data\n-------\n\n### Logs ###\n\nWe log.") == [
        ("heading", 1, "Privacy"),
        ("heading", 2, "1. Data"),
        ("heading", 3, "Logs"),
        ("paragraph", 0, "We log."),
    ]


def test_heading_within_an_item_is_a_heading() -> None:
    assert outline("*   ### 1.6 Mail\n    \n    We write.\n    \n    ## Rest\n\nEnd of it.") == [
        ("heading", 3, "1.6 Mail"),
        ("paragraph", 0, "We write."),
        ("heading", 2, "Rest"),
        ("paragraph", 0, "End of it."),
    ]


def test_underlined_heading_within_an_item_is_a_heading() -> None:
    assert outline(
        "1.  1\\. What we collect\n    ------------------\n    \n    We collect.\n\n2.  Item\n----\n"
    ) == [
        ("heading", 2, "1. What we collect"),
        ("paragraph", 0, "We collect."),
        ("list-item", 1, "Item"),
    ]


def test_link_around_several_blocks_leaves_no_markup() -> None:
    assert outline("[\n\n![](l.png)\n\n### Shop\n\nBuy it here](https://x.example/a)") == [
        ("heading", 3, "Shop"),
        ("paragraph", 0, "Buy it here"),
    ]


def test_wrapped_lines_join_and_sentences_part() -> None:
    clauses = read("We keep your\ndata safe. You may\nobject.")
    assert [(clause.text, clause.opens_block) for clause in clauses] == [
        ("We keep your data safe.", True),
        ("You may object.", False),
    ]


def test_markup_is_gone_as_a_reader_sees_it() -> None:
    text = (
        "We _never_ sell **your** [data](https://x.example/a_(b) 'T') to `them`; READ\\_CALL\\_LOG and "
        "snake_case stay, ![logo](l.png)as does <me@x.example> and \\[this\\]."
    )
    assert [clause.text for clause in read(text)] == [
        "We never sell your data to them; READ_CALL_LOG and snake_case stay, as does me@x.example and [this]."
    ]


def test_nested_items_carry_their_depth_and_may_have_several_sentences() -> None:
    text = "You may:\n\n*   Ask. We answer.\n    \n    *   By mail\n    *   By phone\n*   Object"
    assert [(clause.kind, clause.level, clause.text, clause.opens_block) for clause in read(text)] == [
        (ClauseKind.PARAGRAPH, 0, "You may:", True),
        (ClauseKind.LIST_ITEM, 1, "Ask.", True),
        (ClauseKind.LIST_ITEM, 1, "We answer.", False),
        (ClauseKind.LIST_ITEM, 2, "By mail", True),
        (ClauseKind.LIST_ITEM, 2, "By phone", True),
        (ClauseKind.LIST_ITEM, 1, "Object", True),
    ]


def test_table_rows_are_one_clause_and_rules_none() -> None:
    assert outline(
        "| **Data** | Why |\n| --- | --- |\n| Mail \\| phone | To [write](u) |\n| x |  |\n\n- - -"
    ) == [
        ("table-row", 0, "Data | Why"),
        ("table-row", 0, "Mail | phone | To write"),
        ("table-row", 0, "x |"),
    ]


def test_cells_with_lists_are_read_block_by_block() -> None:
    assert outline("| Use | We take:<br><br>*   Names<br>    <br>*   Logs |") == [
        ("table-row", 0, "Use"),
        ("table-row", 0, "We take:"),
        ("table-row", 0, "Names"),
        ("table-row", 0, "Logs"),
    ]


def test_paragraph_line_that_begins_with_a_number_is_no_item() -> None:
    assert outline("It was in the year\n1984. Nothing else.") == [
        ("paragraph", 0, "It was in the year 1984."),
        ("paragraph", 0, "Nothing else."),
    ]


def test_quotes_are_read_and_fences_ignored() -> None:
    assert outline("> Quoted text here.\n\n```\nplain code\n```") == [
        ("paragraph", 0, "Quoted text here."),
        ("paragraph", 0, "plain code"),
    ]


def test_headings_give_the_path_of_what_follows() -> None:
    clauses = read("# Terms\n\n## Data\n\nWe store it.")
    assert heading_paths(clauses)[-1] == ("Terms", "Data")


def test_link_markup_does_not_change_the_fingerprint() -> None:
    plain, linked = extract_markdown("See our terms."), extract_markdown("See [our terms](https://x.example).")
    assert plain.fingerprint == linked.fingerprint
    assert plain.extractor == "markdown-5"


@pytest.mark.parametrize("opening", ["![", "![[", "[", "[a](", "[a](((", "[a][", "![a](", "<!--", "**", "`"])
def test_marks_that_never_close_are_read_in_linear_time(opening: str) -> None:
    assert read(opening * 50_000 + "\n\nWe keep it.")[-1].text.endswith("We keep it.")


def test_only_the_mark_that_opens_a_block_of_a_cell_is_dropped() -> None:
    assert outline("| - By law - or consent<br>- Rated 1-3\\* (stars) | |") == [
        ("table-row", 0, "By law - or consent"),
        ("table-row", 0, "Rated 1-3* (stars)"),
    ]

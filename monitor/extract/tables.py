"""PURE: which table rows read as one line of cells, and which are layout."""

from __future__ import annotations

from monitor.extract.page import Page

_ROW_LIMIT = 2000
"""Characters of a row that is one clause; the cells of longer rows are read one by one."""


class Tables:
    """Answers about the tables of one page; remembers each table it looked at."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._layout: dict[int, bool] = {}

    def simple_cells(self, row: int) -> list[int] | None:
        """The cells of `row` if each holds one block of text at most and together make a line; else None.

        By their roles, rows hold what is no cell as well; then all of it is read block by block.
        """
        size = self._page.size(row)
        cells = [child for child in self._page.children(row) if self._page.nodes[child].tag in ("td", "th")]
        if not cells or size > _ROW_LIMIT or sum(map(self._page.size, cells)) != size or self.is_layout(row):
            return None
        return cells if all(map(self._is_simple, cells)) else None

    def is_layout(self, index: int) -> bool:
        """Whether the table around `index` has no two cells beside each other, or says that it is layout."""
        table = self._table_of(index)
        if table not in self._layout:
            self._layout[table] = self._looks_like_layout(table)
        return self._layout[table]

    def _table_of(self, index: int) -> int:
        parent = self._page.nodes[index].parent
        while parent >= 0 and self._page.nodes[parent].tag != "table":
            parent = self._page.nodes[parent].parent
        return parent

    def _looks_like_layout(self, table: int) -> bool:
        nodes = self._page.nodes
        if table >= 0 and nodes[table].role in ("presentation", "none"):
            return True
        start, end = (table, nodes[table].end) if table >= 0 else (0, len(nodes))
        return not any(nodes[row].tag == "tr" and self._worded_cells(row) > 1 for row in range(start, end))

    def _worded_cells(self, row: int) -> int:
        return sum(self._page.size(child) > 0 for child in self._page.children(row))

    def _is_simple(self, cell: int) -> bool:
        inside = self._page.nodes[cell : self._page.nodes[cell].end]
        blocks = {node.block for node in inside if node.is_text and node.text.strip()}
        return len(blocks) <= 1 and not any(
            node.heading_level or node.tag in ("tr", "dt", "summary") for node in inside
        )

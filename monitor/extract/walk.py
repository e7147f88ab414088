"""PURE: the block walk: the nodes of an HTML page, in reading order, into clauses."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from monitor.extract.aids import without_hint
from monitor.extract.blocks import HEADING_LIMIT, ClauseWriter
from monitor.extract.inline import BREAK, Flag, Segment, ends_with_break, strip_buttons, why_soft
from monitor.extract.lists import Lists
from monitor.extract.model import ExtractOptions, SetAside
from monitor.extract.page import Node, Page
from monitor.extract.panels import LABEL_LIMIT, Panels, find_panels
from monitor.extract.softness import find_soft
from monitor.extract.tables import Tables
from monitor.extract.trailing import set_trailing_headings_aside
from storage.records import ClauseKind

_LISTS = frozenset({"ul", "ol", "menu", "dir"})
_BLANK_LINE = re.compile(r"\n\s*\n")


@dataclass(slots=True)
class _Context:
    """What the text of a block is part of; `opened` once its first block was written."""

    kind: ClauseKind = ClauseKind.PARAGRAPH
    level: int = 0
    keeps_short: bool = False
    opened: bool = False


class _Frame(NamedTuple):
    """What to restore when the subtree that ends before `end` is left."""

    end: int
    context: _Context
    depth: int
    base: int | None
    outer: int
    surrounding: SetAside | None


def walk(page: Page, options: ExtractOptions) -> ClauseWriter:
    """The clauses of `page`; what surrounds the document is soft unless the user selected it."""
    panels = find_panels(page)
    soft = find_soft(page, panels, choose_main=not options.select)
    return _Walk(page, panels, soft).run()


class _Walk:
    """The state of one walk.

    `base` is the level of the heading in force, `outer` that around the open `<details>` or `<dl>`, `aside`
    holds texts that were taken out of the current block and follow it as soft ones, `drawn` the end of the open
    list item and the number that awaits its first text.
    """

    def __init__(self, page: Page, panels: Panels, soft: dict[int, SetAside]) -> None:
        self._page = page
        self._panels = panels
        self._soft = soft
        self._tables = Tables(page)
        self._panel_levels: dict[int, int] = {}
        self._writer = ClauseWriter()
        self._frames: list[_Frame] = []
        self._context = _Context()
        self._buffer: list[Segment] = []
        self._aside: list[tuple[str, SetAside]] = []
        self._depth = self._base = self._outer = 0
        self._link_until = self._button_until = self._pre_until = 0
        self._link_flag = Flag.LINK
        self._surrounding: SetAside | None = None
        self._lists = Lists(page)
        self._drawn: tuple[int, int] | None = None

    def run(self) -> ClauseWriter:
        index, nodes = 0, self._page.nodes
        while index < len(nodes):
            if self._frames and self._frames[-1].end <= index:
                self._leave(index)
            index = self._text(index) if nodes[index].is_text else self._enter(index)
        self._leave(len(nodes))
        self._flush()
        set_trailing_headings_aside(self._writer)
        return self._writer

    def _leave(self, index: int) -> None:
        while self._frames and self._frames[-1].end <= index:
            self._flush()
            frame = self._frames.pop()
            self._context, self._depth, self._outer = frame.context, frame.depth, frame.outer
            self._surrounding = frame.surrounding
            if frame.base is not None:
                self._base = frame.base
        if self._drawn and self._drawn[0] <= index:
            self._drawn = None

    def _text(self, index: int) -> int:
        text = self._page.nodes[index].text
        if index in self._soft:
            self._aside.append((text, self._soft[index]))
        elif index < self._pre_until:
            self._preformatted(index, text)
        elif self._buffer or not text.isspace():  # most texts are the white space between blocks
            self._buffer.append(self._segment(index, text))
        return index + 1

    def _segment(self, index: int, text: str) -> Segment:
        flag = self._flag(index)
        if flag in (Flag.LINK, Flag.ANCHOR):
            text, hint = without_hint(text)
            if hint:
                self._aside.append((hint, SetAside.AID))
        return Segment(text, flag)

    def _preformatted(self, index: int, text: str) -> None:
        first, *rest = _BLANK_LINE.split(text)
        self._buffer.append(Segment(first, self._flag(index)))
        for part in rest:
            self._flush()
            self._buffer.append(Segment(part, self._flag(index)))

    def _enter(self, index: int) -> int:
        node = self._page.nodes[index]
        if index in self._soft and not self._opens_soft(index, node):
            return node.end
        if index in self._panels.labels or index in self._panel_levels:
            self._open_panel(index, node)
        if self._is_heading(index, node):
            self._heading(index, node)
            return node.end
        if node.tag == "tr" and self._row(index):
            return node.end
        if node.is_block:
            self._open_block(index, node)
        else:
            self._open_inline(index, node)
        return index + 1

    def _opens_soft(self, index: int, node: Node) -> bool:
        """Begin a soft stretch; soft words within a block are set aside and do not cut its sentence."""
        if not self._page.holds_block(index):
            self._aside.append((self._page.label(index), self._soft[index]))
            return False
        self._flush()
        self._push(node)
        self._surrounding = self._soft[index]
        return True

    def _open_panel(self, index: int, node: Node) -> None:
        self._flush()
        label = self._panels.labels.get(index)
        level = self._panel_levels.get(index, min(6, self._base + 1))
        if label:
            self._writer.add(label, ClauseKind.HEADING, level, soft=self._surrounding)
        self._push(node, base=self._base)
        self._base = level

    def _push(self, node: Node, *, base: int | None = None) -> None:
        self._frames.append(_Frame(node.end, self._context, self._depth, base, self._outer, self._surrounding))

    def _open_block(self, index: int, node: Node) -> None:
        self._flush()
        match node.tag:
            case "details" | "dl":
                self._push(node, base=self._base)
                self._outer = self._base
            case tag if tag in _LISTS:
                self._push(node)
                self._depth += 1
            case "li":
                self._push(node)
                number = self._lists.number(index)
                self._drawn = None if number is None else (node.end, number)
                self._context = _Context(ClauseKind.LIST_ITEM, max(1, self._depth), keeps_short=True)
            case "dd":
                self._push(node)
                self._context = _Context(keeps_short=True)
            case "td" | "th":
                self._push(node)
                layout = self._tables.is_layout(index)
                self._context = _Context() if layout else _Context(ClauseKind.TABLE_ROW)
            case "pre":
                self._push(node)
                self._pre_until = max(self._pre_until, node.end)
            case _:
                self._push(node)

    def _open_inline(self, index: int, node: Node) -> None:
        if node.tag == "br":
            if ends_with_break(self._buffer):
                self._flush()
            else:
                self._buffer.append(BREAK)
        self._mark(index, node, self._buffer)

    def _mark(self, index: int, node: Node, segments: list[Segment]) -> None:
        """Note that the texts up to the end of a link or button are its label."""
        if (node.tag == "button" or node.role == "button") and self._page.size(index) <= LABEL_LIMIT:
            self._button_until = max(self._button_until, node.end)
            if segments and segments[-1].flag is Flag.BUTTON:
                segments.append(BREAK)
        elif node.tag == "a" and index >= self._link_until and node.attributes.get("href"):
            self._link_until = node.end
            self._link_flag = Flag.ANCHOR if "#" in (node.attributes["href"] or "") else Flag.LINK

    def _flag(self, index: int) -> Flag:
        if index < self._button_until:
            return Flag.BUTTON
        return self._link_flag if index < self._link_until else Flag.PLAIN

    def _is_heading(self, index: int, node: Node) -> bool:
        named = node.heading_level or node.tag in ("summary", "dt") or index in self._panels.questions
        return bool(named) and self._page.size(index) <= HEADING_LIMIT

    def _heading(self, index: int, node: Node) -> None:
        self._flush()
        level = self._heading_level(index, node)
        panel = self._panels.questions.get(index)
        soft = self._emit(self._collect(index), _Context(ClauseKind.HEADING, level))
        if panel is not None:
            self._panel_levels[panel] = level
        elif not soft:
            self._base = level
        self._write_aside()

    def _heading_level(self, index: int, node: Node) -> int:
        inner = (inside.heading_level for inside in self._page.nodes[index : node.end] if inside.heading_level)
        around = self._base if index in self._panels.questions else self._outer
        return next(inner, min(6, around + 1))

    def _row(self, index: int) -> bool:
        """Write a row of simple cells as one clause; False where its cells must be walked."""
        cells = self._tables.simple_cells(index)
        if cells is None:
            return False
        self._flush()
        texts = ["".join(segment.text for segment in self._collect(cell)) for cell in cells]
        if self._surrounding:
            self._writer.add(" | ".join(texts), ClauseKind.TABLE_ROW, soft=self._surrounding)
        else:
            self._writer.add_row(texts)
        self._write_aside()
        return True

    def _collect(self, start: int) -> list[Segment]:
        """The text of a subtree as one line; its soft parts are set aside."""
        segments: list[Segment] = []
        index, nodes = start, self._page.nodes
        while index < nodes[start].end:
            node = nodes[index]
            if index in self._soft and index != start:
                self._aside.append((self._page.label(index), self._soft[index]))
                index = node.end
                continue
            if node.is_text:
                segments.append(self._segment(index, node.text))
            elif node.is_block or node.tag == "br":
                segments.append(BREAK)
            else:
                self._mark(index, node, segments)
            index += 1
        return segments

    def _flush(self) -> None:
        if self._buffer:
            segments, self._buffer = self._buffer, []
            if any(segment.text.strip() for segment in segments):
                self._emit(segments, self._context)
        if self._aside:
            self._write_aside()

    def _emit(self, segments: list[Segment], context: _Context) -> bool:
        """Write one block and say whether it is soft; buttons at its edges are no part of its sentences."""
        before, segments, after = strip_buttons(segments, context.kind)
        soft = self._surrounding or why_soft(segments, context.kind, keeps_short=context.keeps_short)
        goes_on = context.kind is ClauseKind.LIST_ITEM and context.opened
        kind, level = (ClauseKind.PARAGRAPH, 0) if goes_on else (context.kind, context.level)
        if self._drawn and not soft:
            self._writer.drawn[len(self._writer.clauses)] = self._drawn[1]
            self._drawn = None
        self._writer.add("".join(segment.text for segment in segments), kind, level, soft=soft)
        context.opened = True
        if before or after:
            self._aside += [(before, SetAside.BUTTON), (after, SetAside.BUTTON)]
        return soft is not None

    def _write_aside(self) -> None:
        aside, self._aside = self._aside, []
        for text, reason in aside:
            if any(map(str.isalnum, text)):
                self._writer.add(text, soft=reason)

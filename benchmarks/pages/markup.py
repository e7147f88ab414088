"""Policies of our own making, and the HTML page that a site would make of one."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

HERE = Path(__file__).resolve().parent
Kind = Literal["heading", "paragraph", "bullets", "numbers", "table", "question"]

_MAIL = re.compile(r"[\w.]+@[\w.]+\.example")
_MARKS: dict[str, Kind] = {"#": "heading", "-": "bullets", "1": "numbers", "|": "table", "?": "question"}
_DELIMITER_ROW = re.compile(r"[|\s-]+")


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a policy; `parts` are its lines: items, rows, or the question and the paragraphs below."""

    kind: Kind
    parts: tuple[str, ...]
    level: int = 0

    @property
    def text(self) -> str:
        return self.parts[0]


@dataclass(frozen=True, slots=True)
class Policy:
    name: str
    language: str
    blocks: tuple[Block, ...]

    @property
    def title(self) -> str:
        return self.blocks[0].text


def read_folder(folder: str) -> list[Policy]:
    """The policies of `folder` by their names, which end in the code of the language."""
    return [_read(path) for path in sorted((HERE / folder).glob("*.md"))]


def _read(path: Path) -> Policy:
    blocks: list[Block] = []
    for text in path.read_text(encoding="utf-8").strip().split("\n\n"):
        block = _block(text)
        if block.kind == "paragraph" and blocks and blocks[-1].kind == "question":
            blocks[-1] = replace(blocks[-1], parts=(*blocks[-1].parts, *block.parts))
        else:
            blocks.append(block)
    return Policy(path.stem, path.stem.rpartition("-")[2], tuple(blocks))


def _block(text: str) -> Block:
    kind = _MARKS.get(text[0], "paragraph") if re.match(r"#+ |- |1\. |\||\? ", text) else "paragraph"
    lines = text.split("\n")
    match kind:
        case "heading":
            return Block(kind, (text.lstrip("# "),), len(text) - len(text.lstrip("#")))
        case "table":
            return Block(kind, tuple(line for line in lines if not _DELIMITER_ROW.fullmatch(line)))
        case "bullets" | "numbers" | "question":
            return Block(kind, tuple(line.split(" ", 1)[1] for line in lines))
    return Block("paragraph", (text,))


def cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip("|").split("|")]


def inline(text: str) -> str:
    """`text` as HTML, its mail addresses as links."""
    return _MAIL.sub(
        lambda found: f'<a href="mailto:{found[0]}">{found[0]}</a>', html.escape(text, quote=False)
    )


@dataclass(frozen=True, slots=True)
class Page:
    """A page in parts that mutators replace; with a `frame` of plain `<div>`s nothing names the document."""

    policy: Policy
    landmarks: bool
    write: Callable[[str], str] = inline
    block: Callable[[Page, Block], str] | None = None
    head: str = ""
    banner: str = ""
    menu: tuple[str, ...] = ("Home", "Products", "Help", "About us")
    below_title: str = ""
    end_of_text: str = ""
    below_text: str = ""
    footer: str = "© 2024 All rights reserved."
    end: str = ""

    def html(self) -> str:
        first, *rest = self.policy.blocks
        draw = self.block or plain_block
        text = "\n".join([draw(self, first), self.below_title, *(draw(self, block) for block in rest)])
        menu = "".join(f'<li><a href="/{at}">{name}</a></li>' for at, name in enumerate(self.menu))
        body = self._with_landmarks if self.landmarks else self._without
        return (
            f'<!doctype html>\n<html lang="{self.policy.language}">\n<head><meta charset="utf-8">'
            f"<title>{self.policy.title} | Example</title>{self.head}</head>\n"
            f"<body>\n{body(menu, text)}\n{self.end}\n</body>\n</html>\n"
        )

    def _with_landmarks(self, menu: str, text: str) -> str:
        return (
            f"<header>{self.banner}<nav><ul>{menu}</ul></nav></header>\n"
            f'<main id="content"><article>\n{text}\n{self.end_of_text}</article></main>\n{self.below_text}\n'
            f"<footer><p>{self.footer}</p></footer>"
        )

    def _without(self, menu: str, text: str) -> str:
        return (
            f'<div class="top"><header>{self.banner}</header><ul class="menu">{menu}</ul></div>\n'
            f'<div class="content" id="content">\n{text}\n{self.end_of_text}</div>\n{self.below_text}\n'
            f'<div class="bottom"><p>{self.footer}</p></div>'
        )


def plain_block(page: Page, block: Block) -> str:
    """The block in the tags that its kind has in HTML."""
    written = [page.write(part) for part in block.parts]
    match block.kind:
        case "heading":
            return f'<h{block.level} class="title" data-level="{block.level}">{written[0]}</h{block.level}>'
        case "bullets" | "numbers":
            tag = "ul" if block.kind == "bullets" else "ol"
            return f'<{tag} class="list">' + "".join(f"<li>{item}</li>" for item in written) + f"</{tag}>"
        case "table":
            return "<table>" + "".join(_rows(page, block)) + "</table>"
        case "question":
            answer = "".join(f"<p>{paragraph}</p>" for paragraph in written[1:])
            return f"<details><summary>{written[0]}</summary>{answer}</details>"
        case "paragraph":
            return f'<p class="text" data-kind="body">{written[0]}</p>'


def _rows(page: Page, block: Block) -> Iterator[str]:
    for at, row in enumerate(block.parts):
        tag = "td" if at else "th"
        yield "<tr>" + "".join(f"<{tag}>{page.write(cell)}</{tag}>" for cell in cells(row)) + "</tr>"


def token(seed: int) -> str:
    """What sites write to tell one answer from the next."""
    return hashlib.sha256(b"noise" + bytes([seed])).hexdigest()

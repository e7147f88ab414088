"""Noise in how a page is made: attributes, class names, numbering, other elements for the same text."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace

from benchmarks.pages.markup import Block, Page, cells, inline, plain_block, token


def order_of_attributes(page: Page, look: int) -> str:
    def turn(found: re.Match[str]) -> str:
        attributes = re.findall(r'[\w-]+="[^"]*"', found[2])
        return f"<{found[1]} {' '.join(attributes[look % 2 * -1 :] + attributes[: look % 2 * -1])}>"

    return re.sub(r'<(\w+)((?: [\w-]+="[^"]*"){2,})>', turn, page.html())


def class_names(page: Page, look: int) -> str:
    return re.sub(
        r'(class|id)="(\w+)"', lambda found: f'{found[1]}="{found[2]}__{token(look)[:5]}"', page.html()
    )


def numbers_of_items(page: Page, look: int) -> str:
    def draw(page: Page, block: Block) -> str:
        if block.kind != "numbers" or not look:
            return plain_block(page, block)
        items = [page.write(item) for item in block.parts]
        if look == 1:
            return "".join(f"<p>{at}. {item}</p>" for at, item in enumerate(items, 1))
        numbers = "abcdefgh"
        return (
            "<ul>"
            + "".join(f"<li><span>({numbers[at]})</span> {item}</li>" for at, item in enumerate(items))
            + "</ul>"
        )

    return replace(page, block=draw).html()


def numbers_of_headings(page: Page, look: int) -> str:
    count = itertools.count(1)

    def draw(page: Page, block: Block) -> str:
        bare = re.sub(r"^\d+\. ", "", block.text) if block.kind == "heading" else block.text
        if bare == block.text or not look:
            return plain_block(page, block)
        number = next(count)
        return (
            f"<h2>{page.write(bare)}</h2>"
            if look == 1
            else f"<h2><span>{number}.</span> {page.write(bare)}</h2>"
        )

    return replace(page, block=draw).html()


def redesign(page: Page, look: int) -> str:
    """Look 1 is made of `<div>`s with roles; look 2 of sections, definition lists and line breaks."""

    def roles(page: Page, block: Block) -> str:
        parts = [page.write(part) for part in block.parts]
        match block.kind:
            case "heading":
                return f'<div role="heading" aria-level="{block.level}"><span>{parts[0]}</span></div>'
            case "bullets" | "numbers":
                items = "".join(f'<div role="listitem"><div>{item}</div></div>' for item in parts)
                return f'<div role="list">{items}</div>'
            case "table":
                rows = (
                    "".join(f'<div role="cell">{page.write(cell)}</div>' for cell in cells(row))
                    for row in block.parts
                )
                return '<div role="table">' + "".join(f'<div role="row">{row}</div>' for row in rows) + "</div>"
            case "question":
                question = f'<h3><button aria-expanded="false">{parts[0]}</button></h3>'
                return f"{question}<div hidden>{_paragraphs(parts[1:])}</div>"
        return f'<div class="rich"><div>{parts[0]}</div></div>'

    def sections(page: Page, block: Block) -> str:
        parts = [page.write(part) for part in block.parts]
        match block.kind:
            case "paragraph":
                return f"<section><div>{re.sub(r'(?<=[a-z]{3}[.]) ', '<br><br>', parts[0])}</div></section>"
            case "question":
                return f"<dl><dt>{parts[0]}</dt><dd>{'<br><br>'.join(parts[1:])}</dd></dl>"
            case "bullets":
                return "<p>" + "<br><br>".join(f"• {part}" for part in parts) + "</p>"
        return f"<section>{plain_block(page, block)}</section>"

    return replace(page, block=(None, roles, sections)[look]).html()


def emphasis(page: Page, look: int) -> str:
    tag = ("b", "strong", 'span style="font-weight:700"')[look]
    closing = tag.split()[0]

    def write(text: str) -> str:
        return re.sub(r"(?<![<\w@.=\"/:])\b([A-Z]\w{3,})\b(?![^<]*>)", rf"<{tag}>\1</{closing}>", inline(text))

    return replace(page, write=write).html()


def wrapped_blocks(page: Page, look: int) -> str:
    opening, closing = ("<div><section>\n  ", "\n</section></div>")

    def draw(page: Page, block: Block) -> str:
        return opening * look + plain_block(page, block) + closing * look

    return replace(page, block=draw).html()


def panels(page: Page, look: int) -> str:
    """Questions as an accordion that somebody opened or closed, else sections below their headings."""
    shown, hidden = (("true", ""), ("false", " hidden"), ("false", ' style="display:none"'))[look]
    count = itertools.count()

    def draw(page: Page, block: Block) -> str:
        if block.kind != "question":
            return plain_block(page, block)
        at, parts = next(count), [page.write(part) for part in block.parts]
        control = f'<button aria-expanded="{shown}" aria-controls="panel{at}">{parts[0]}</button>'
        answer = f'<div id="panel{at}" role="region"{hidden}>{_paragraphs(parts[1:])}</div>'
        return f"<h3>{control}</h3>{answer}"

    more = f'<button aria-expanded="{shown}" aria-controls="more">More</button>'
    held = (
        f'<div id="more"{hidden}><p>What this page said before is kept in the archive of the company.</p></div>'
    )
    return replace(page, block=draw, end_of_text=more + held).html()


def _paragraphs(texts: list[str]) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)

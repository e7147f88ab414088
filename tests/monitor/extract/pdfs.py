"""PDFs for tests, written by hand: pages of placed words, and a typesetter that flows a text over pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

A4 = (595.0, 842.0)
LETTER = (612.0, 792.0)
A5 = (420.0, 595.0)

_NARROW, _WIDE = frozenset("iIljtf.,;:'|!()[]- "), frozenset("mwMW@%")
_FONTS = {"sans": ("Helvetica", 1.0), "serif": ("Times-Roman", 0.88), "mono": ("Courier", 1.1)}
_BOLD = {"Helvetica": "Helvetica-Bold", "Times-Roman": "Times-Bold", "Courier": "Courier-Bold"}
_LIGATURE = "\N{EURO SIGN}"  # its place in our encoding is that of the letter "fi"


class Text(NamedTuple):
    """A text whose baseline lies `y` points above the lower edge; `turn` in quarters, or 0.5 for slanted."""

    x: float
    y: float
    text: str
    size: float = 11.0
    bold: bool = False
    turn: float = 0.0


def width(text: str, size: float, font: str = "sans", *, bold: bool = False) -> float:
    """Points; our fonts state these widths, so that the reader measures what we set."""
    factor = _FONTS[font][1] * (1.08 if bold else 1.0)
    return sum(300 if c in _NARROW else 850 if c in _WIDE else 550 for c in text) * factor * size / 1000


def objects_to_pdf(objects: Sequence[bytes], trailer: bytes = b"") -> bytes:
    """`objects` numbered from 1, the first being the catalogue."""
    body, offsets = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    head = b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
    return (
        body
        + head
        + b"trailer << /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n"
        % (
            size,
            trailer,
            len(body),
        )
    )


def stream(content: bytes, entries: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), entries, content)


@dataclass
class Paper:
    """How a document is printed; `info` and `catalogue` are raw entries of these dictionaries."""

    size: tuple[float, float] = A4
    font: str = "sans"
    rotate: int = 0
    info: bytes = b""
    catalogue: bytes = b""
    trailer: bytes = b""


def pdf(pages: Iterable[Sequence[Text]], paper: Paper | None = None) -> bytes:
    """A PDF of `pages`, each a list of placed texts in the order in which the file is to write them."""
    paper = paper or Paper()
    contents = [_content(page) for page in pages]
    kids = b" ".join(b"%d 0 R" % (6 + 2 * index) for index in range(len(contents)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R %s >>" % paper.catalogue,
        b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(contents), kids),
        _font(paper.font, bold=False),
        _font(paper.font, bold=True),
        b"<< %s >>" % paper.info,
    ]
    for index, content in enumerate(contents):
        objects += [
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %g %g] /Rotate %d /Contents %d 0 R"
            b" /Resources << /Font << /F0 3 0 R /F1 4 0 R >> >> >>"
            % (*paper.size, paper.rotate, 7 + 2 * index),
            stream(content),
        ]
    return objects_to_pdf(objects, b"/Info 5 0 R " + paper.trailer)


def _font(name: str, *, bold: bool) -> bytes:
    base = _FONTS[name][0]
    widths = " ".join(f"{width(chr(code), 1000, name, bold=bold):.0f}" for code in range(32, 256))
    encoding = "/Encoding << /BaseEncoding /WinAnsiEncoding /Differences [128 /fi] >>"
    face = _BOLD[base] if bold else base
    return (
        f"<< /Type /Font /Subtype /Type1 /BaseFont /{face} /FirstChar 32 /LastChar 255"
        f" /Widths [{widths}] {encoding} >>"
    ).encode()


def _content(texts: Sequence[Text]) -> bytes:
    turns = {0.0: "1 0 0 1", 0.5: "0.7 0.7 -0.7 0.7", 1.0: "0 1 -1 0", 2.0: "-1 0 0 -1", 3.0: "0 -1 1 0"}
    return b"\n".join(
        f"BT /F{int(text.bold)} {text.size:g} Tf {turns[text.turn]} {text.x:.2f} {text.y:.2f} Tm ".encode()
        + b"<%s> Tj ET" % text.text.replace("\ufb01", _LIGATURE).encode("cp1252", "replace").hex().encode()
        for text in texts
    )


class Block(NamedTuple):
    """A block of a document: "h1", "h2", "p", "li"; of a "row" the cells are parted by "|"."""

    kind: str
    text: str


_SIZES = {"h1": 1.8, "h2": 1.3}


@dataclass
class Typesetter:
    """Flows blocks over pages; `head` and `foot` may name the page with {page} and {pages}."""

    paper: Paper = field(default_factory=Paper)
    size: float = 11.0
    margin: float = 60.0
    pitch: float = 1.25
    head: str = ""
    foot: str = ""
    hyphenate: bool = False
    columns: int = 1

    def print(self, blocks: Sequence[Block]) -> bytes:
        pages = self._pages(blocks)
        for number, page in enumerate(pages, start=1):
            around = {"page": number, "pages": len(pages)}
            if self.head:
                page.insert(0, Text(self.margin, self.paper.size[1] - 30, self.head.format(**around), 8))
            if self.foot:
                page.append(Text(self.margin, 25, self.foot.format(**around), 8))
        return pdf(pages, self.paper)

    def _pages(self, blocks: Sequence[Block]) -> list[list[Text]]:
        page_width, height = self.paper.size
        gutter = 20.0
        measure = (page_width - 2 * self.margin - (self.columns - 1) * gutter) / self.columns
        pages: list[list[Text]] = [[]]
        column, y = 0, height - self.margin
        for block in blocks:
            size = self.size * _SIZES.get(block.kind, 1.0)
            y -= 0.8 * self.size
            for line in self._lines(block, size, measure):
                y -= size * self.pitch
                if y < self.margin:
                    column, y = (column + 1) % self.columns, height - self.margin - size * self.pitch
                    if column == 0:
                        pages.append([])
                left = self.margin + column * (measure + gutter)
                pages[-1] += [text._replace(x=left + text.x, y=y) for text in line]
        return pages

    def _lines(self, block: Block, size: float, measure: float) -> list[list[Text]]:
        bold = block.kind in _SIZES
        if block.kind == "row":
            cells = block.text.split("|")
            share = measure / len(cells)
            return [[Text(share * index, 0, cell.strip(), size) for index, cell in enumerate(cells)]]
        indent = 18.0 if block.kind == "li" else 0.0
        lines = [
            [Text(indent, 0, line, size, bold)]
            for line in self._wrapped(block.text, size, measure - indent, bold=bold)
        ]
        if block.kind == "li":
            lines[0].insert(0, Text(6, 0, "\u2022", size))
        return lines

    def _wrapped(self, text: str, size: float, measure: float, *, bold: bool) -> list[str]:
        lines, words = [""], text.split(" ")
        while words:
            word = words.pop(0)
            longer = f"{lines[-1]} {word}".lstrip()
            if self._width(longer, size, bold=bold) <= measure:
                lines[-1] = longer
                continue
            cut = self._cut(lines[-1], word, size, measure) if self.hyphenate and not bold else 0
            if cut:
                lines[-1] += f" {word[:cut]}-"
                words.insert(0, word[cut:])
            else:
                words.insert(0, word)
            lines.append("")
        return lines

    def _cut(self, line: str, word: str, size: float, measure: float) -> int:
        """How many letters of `word` still go on `line`, with a hyphen; 0 where it may not be cut."""
        if len(word) < 8 or not word.isalpha():
            return 0
        fitting = [
            cut
            for cut in range(3, len(word) - 3)
            if self._width(f"{line} {word[:cut]}-", size, bold=False) <= measure
        ]
        return max(fitting, default=0)

    def _width(self, text: str, size: float, *, bold: bool) -> float:
        return width(text, size, self.paper.font, bold=bold)

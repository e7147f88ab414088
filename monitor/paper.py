"""PURE: a drawing of rectangles and words, on paper: as SVG, written here, or as PNG, by Pillow."""

from __future__ import annotations

import io
from dataclasses import dataclass
from html import escape

WIDTH = 960
INK, FAINT = "#1f2328", "#d1d9e0"

_SCALE = 2
"""Pixels of a PNG for each of the drawing: sharp on screens of today."""


@dataclass(frozen=True, slots=True)
class Box:
    """A filled rectangle; lengths are in pixels, `hint` tells more to whoever points at it."""

    x: float
    y: float
    width: float
    height: float
    color: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """One line of text; `x` is its beginning, or its end if `ends`, and `y` its base line."""

    x: float
    y: float
    text: str
    size: int = 12
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    height: int
    shapes: tuple[Box | Words, ...]


def as_svg(drawing: Drawing) -> str:
    """One file that needs nothing else: no script, no remote content, every text escaped."""
    shapes = "\n".join(_box(each) if isinstance(each, Box) else _words(each) for each in drawing.shapes)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {drawing.height}"'
        f' width="{WIDTH}" height="{drawing.height}" font-family="system-ui, sans-serif" fill="{INK}">\n'
        f'<rect width="100%" height="100%" fill="#ffffff"/>\n{shapes}\n</svg>\n'
    )


def as_png(drawing: Drawing) -> bytes:
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("RGB", (WIDTH * _SCALE, drawing.height * _SCALE), "#ffffff")
    canvas = ImageDraw.Draw(image)
    for each in drawing.shapes:
        if isinstance(each, Words):
            font = ImageFont.load_default(each.size * _SCALE)
            anchor = "rs" if each.ends else "ls"
            canvas.text((each.x * _SCALE, each.y * _SCALE), each.text, INK, font, anchor=anchor)
        elif each.width * each.height > 0:
            right, lower = each.x + each.width, each.y + each.height
            corners = (each.x * _SCALE, each.y * _SCALE, right * _SCALE - 1, lower * _SCALE - 1)
            canvas.rectangle(corners, each.color)
    written = io.BytesIO()
    image.save(written, "PNG")
    return written.getvalue()


def _box(box: Box) -> str:
    if box.width * box.height <= 0:
        return ""
    place = f'x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}"'
    hint = f"<title>{_escaped(box.hint)}</title>" if box.hint else ""
    return f'<rect {place} fill="{box.color}">{hint}</rect>'


def _words(words: Words) -> str:
    anchor = ' text-anchor="end"' if words.ends else ""
    place = f'x="{words.x:.1f}" y="{words.y:.1f}" font-size="{words.size}"'
    return f"<text {place}{anchor}>{_escaped(words.text)}</text>"


def _escaped(text: str) -> str:
    """XML has no control characters, escaped or not."""
    return escape("".join(sign if sign.isprintable() else "\ufffd" for sign in text))

"""Pages of random structure, well-formed or not, in which every sentence is known and unique."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

_BLOCKS = """
div p section article main header footer nav aside h1 h2 h3 h6 blockquote pre figure figcaption form
fieldset legend address hgroup dialog search noscript center li dt dd td tr tbody caption summary body html
custom-element object
"""
_INLINE = "span b i em a label button font slot custom-word map ruby rt small sup code marquee nobr q abbr"
_ROLES = """
heading row cell table list listitem main article navigation menu toolbar banner contentinfo search dialog
tooltip complementary region tab tabpanel button textbox status progressbar presentation none
"""
_HIDING = ["hidden", 'aria-hidden="true"', 'style="display: none"', 'style="visibility:hidden"']
_UNREAD = [
    '<iframe src="/terms">{}</iframe>',
    '<iframe srcdoc="{}"></iframe>',
    "<svg><text>{}</text></svg>",
    "<svg><foreignObject><p>{}</p></foreignObject></svg>",
    '<embed src="/terms.pdf" alt="{}">',
]
_NO_TEXT = [
    "<!-- {} -->",
    "<script>let text = '{}';</script>",
    "<style>p::after {{ content: '{}' }}</style>",
    "<template><p>{}</p></template>",
    '<img alt="{}">',
    "<select><option>{}</option></select>",
    "<svg><title>{}</title><path d=''></path></svg>",
    "<video>{}</video>",
    "<![CDATA[ {} ]]>",
    '<input value="{}">',
]


_SPECIAL = [
    "<details{attributes}><summary>{sentence}</summary>{inside}</details>",
    "<dl><dt>{inside}<dd>{inside}</dl>",
    "<table{attributes}><tr><td>{inside}<td>{inside}<tr><th>{sentence}</table>",
    "<div role=table><div role=row>{inside}<div role=cell>{inside}</div><p role=cell>{inside}</div></div>",
    "<ol{attributes}><li>{inside}<li>{inside}</ol>",
    "<button aria-controls={name} aria-expanded=false>{sentence}</button><div id={name} hidden>{inside}</div>",
    "<template shadowrootmode='open'>{inside}</template>",
    "<table>{sentence}<tr>{inside}</table>",
    "<main>" * 300 + "{inside}" + "</main>" * 299,
    "<b>" * 300 + "{inside}" + "</b>" * 300,
]
_OTHERS = [
    "id={}", "href=#{}", "aria-controls={}", "aria-describedby={}", "aria-expanded=true", "aria-busy=true",
    "aria-haspopup=menu", "contenteditable", "start=3", "aria-level=9",
]  # fmt: skip
_DEEPEST = 8


@dataclass
class RandomPage:
    """The markup with the sentences that a browser may show and those that it never shows.

    `has_unread`: parts of it are shown and not read.
    """

    html: str = ""
    shown: list[str] = field(default_factory=list)
    never_shown: list[str] = field(default_factory=list)
    has_unread: bool = False


def random_page(random: Random) -> RandomPage:
    page = RandomPage()
    maker = _Maker(random, page)
    head = "".join(maker.no_text() for _ in range(random.randint(0, 2)))
    body = "".join(maker.content(depth=0) for _ in range(random.randint(1, 6)))
    page.html = f"<!doctype html><html><head><title>A page</title></head><body>{head}{body}"
    return page


class _Maker:
    def __init__(self, random: Random, page: RandomPage) -> None:
        self._random = random
        self._page = page
        self._number = 0

    def content(self, depth: int) -> str:
        pick = self._random.randint(0, 19)
        if depth >= _DEEPEST or pick < 6:
            return self._shown()
        if pick < 8:
            return self.no_text()
        if pick == 8:
            return self._special(depth)
        if pick == 9:
            return self._unread()
        return self._element(depth)

    def no_text(self) -> str:
        sentence = self._sentence()
        self._page.never_shown.append(sentence)
        return self._random.choice(_NO_TEXT).format(sentence)

    def _sentence(self) -> str:
        self._number += 1
        length = self._random.choice((0, 0, 0, 1, 12))
        return f"Sentence x{self._number}x {'is longer ' * length}stands here."

    def _shown(self) -> str:
        sentence = self._sentence()
        self._page.shown.append(sentence)
        return sentence + self._random.choice(("", " ", "\n\n", "<br>"))

    def _unread(self) -> str:
        self._page.has_unread = True
        return self._random.choice(_UNREAD).format(self._sentence())

    def _inside(self, depth: int) -> str:
        return "".join(self.content(depth + 1) for _ in range(self._random.randint(1, 3)))

    def _element(self, depth: int) -> str:
        tag = self._random.choice((_BLOCKS if self._random.randint(0, 2) else _INLINE).split())
        closing = self._random.choice((f"</{tag}>",) * 8 + ("", "</div>"))
        return f"<{tag}{self._attributes()}>{self._inside(depth)}{closing}"

    def _special(self, depth: int) -> str:
        if self._random.randint(0, 9) == 0:
            answer = {"name": self._shown(), "acceptedAnswer": {"text": self._inside(_DEEPEST)}}
            return f'<script type="application/ld+json">{json.dumps(answer)}</script>'
        made: dict[str, Callable[[], str]] = {
            "attributes": self._attributes,
            "sentence": self._shown,
            "inside": lambda: self._inside(depth),
            "name": lambda: f"p{depth}",
        }
        return re.sub(r"\{(\w+)\}", lambda found: made[found[1]](), self._random.choice(_SPECIAL))

    def _attributes(self) -> str:
        made = ""
        if self._random.randint(0, 3) == 0:
            made += " " + self._random.choice(_HIDING)
        if self._random.randint(0, 3) == 0:
            made += f' role="{self._random.choice(_ROLES.split())}"'
        if self._random.randint(0, 5) == 0:
            made += " " + self._random.choice(_OTHERS).format(f"p{self._random.randint(0, 7)}")
        return made

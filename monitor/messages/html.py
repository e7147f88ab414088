"""PURE: a letter as HTML for mail clients: styles inlined, nothing fetched, no link made of page text."""

from __future__ import annotations

from pathlib import Path

from css_inline import CSSInliner
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from monitor.messages.escape import is_web_address
from monitor.messages.letter import Letter

_environment = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
# Some clients drop style sheets, so that rules are inlined; what cannot be (dark mode, phones) stays in one.
_inliner = CSSInliner(keep_at_rules=True, minify_css=True, load_remote_stylesheets=False)


def as_html(letter: Letter, picture: str = "") -> str:
    """The letter; `picture` is markup of our own that stands above its listings."""
    template = _environment.get_template("letter.html.j2")
    shown = Markup(f'<p class="picture">{picture}</p>') if picture else ""  # noqa: S704 - see above
    return _inliner.inline(template.render(letter=letter, is_web_address=is_web_address, picture=shown))

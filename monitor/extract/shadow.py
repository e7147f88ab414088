"""PURE: opens components that write down what they show (declarative shadow roots) before a page is parsed."""

from __future__ import annotations

import re

_ATTRIBUTE = "shadowrootmode"
_TAG = re.compile(
    r"<!--(?:.*?-->|.*)|<(script|style)\b(?:.*?</\1\b|.*)|<(?P<closes>/?)template\b(?P<attributes>[^>]*)>",
    re.DOTALL | re.IGNORECASE,
)


def open_shadow_roots(html: str) -> str:
    """`html` with its declarative shadow roots (HTML Standard) as plain elements.

    Browsers show what they hold; parsers keep no content of templates.
    """
    if _ATTRIBUTE not in html:
        return html
    open_templates: list[bool] = []

    def opened(found: re.Match[str]) -> str:
        if found["attributes"] is None:
            return found[0]
        if not found["closes"]:
            open_templates.append(_ATTRIBUTE in found["attributes"])
            return "<span>" if open_templates[-1] else found[0]
        return "</span>" if open_templates and open_templates.pop() else found[0]

    return _TAG.sub(opened, html)

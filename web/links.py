"""PURE: addresses of our own pages."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from monitor.pages import of_document

document_link = of_document


def feed_link(*parts: str) -> str:
    """`/feeds/documents/KEY.atom`, `/feeds/topics/TOPIC.atom` and so on."""
    return "/feeds/" + "/".join(map(quote, parts)) + ".atom"


def with_query(path: str, values: Mapping[str, object], **changed: object) -> str:
    """`path` with a query of what has a value; `changed` overrides `values`."""
    query = {name: value for name, value in {**values, **changed}.items() if value not in (None, "")}
    return f"{path}?{urlencode(query)}" if query else path


def is_own_path(path: str) -> bool:
    """Whether it leads to a page of ours and nowhere else."""
    return path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()

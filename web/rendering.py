"""Templates to pages: everything escaped, every text on one line and without signs that deceive the eye."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, StreamingResponse

from monitor.messages.escape import readable
from monitor.messages.names import counted, name_of_error, name_of_flag, name_of_kind, shortened, what_happened
from web.links import document_link, feed_link, with_query
from web.wording import day, document_name, extent, iso, moment, sentence

_PIECES = 400
"""Of a template that leave together: a few thousand characters."""

MEDIA_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2"}


def page(request: Request, template: str, values: Mapping[str, Any], *, status: int = 200) -> HTMLResponse:
    """A template of ours with its values, and with what all of them show."""
    text = environment().get_template(template).render(**_shared(request), **values)
    return HTMLResponse(text, status)


def long_page(request: Request, template: str, values: Mapping[str, Any]) -> StreamingResponse:
    """As `page`, for what may be long: its beginning leaves while the rest is made."""
    stream = environment().get_template(template).stream(**_shared(request), **values)
    stream.enable_buffering(_PIECES)
    return StreamingResponse(stream, media_type="text/html; charset=utf-8")


def _shared(request: Request) -> dict[str, Any]:
    """What every page shows."""
    site = request.scope["site"]
    return {
        "visitor": request.scope.get("visitor"),
        "path": request.url.path,
        "zone": site.settings.timezone,
        "now": site.clock(),
    }


def make_ready() -> None:
    """Translate every template, so that nobody waits for it."""
    for name in environment().list_templates():
        environment().get_template(name)


@cache
def environment() -> Environment:
    made = Environment(
        loader=PackageLoader("web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    made.filters |= {
        "moment": moment, "day": day, "iso": iso, "kind_name": name_of_kind, "error_name": name_of_error,
        "counted": counted, "happened": what_happened, "extent": extent, "sentence": sentence,
        "document_name": document_name, "flag_name": name_of_flag,
        "shortened": shortened,
    }  # fmt: skip
    made.globals |= {
        "static": static_address,
        "document_link": document_link,
        "feed_link": feed_link,
        "with_query": with_query,
    }
    return made


@cache
def static_files() -> dict[str, tuple[bytes, str]]:
    """Our own style, scripts and pictures by name, each with its media type."""
    found = {}
    for file in files("web").joinpath("static").iterdir():
        suffix = "." + file.name.rpartition(".")[2]
        if suffix in MEDIA_TYPES:
            found[file.name] = (file.read_bytes(), MEDIA_TYPES[suffix])
    return found


@cache
def static_address(name: str) -> str:
    """Where a file of ours is; the address changes with the file, so that it may be kept for ever."""
    content, _ = static_files()[name]
    return f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:12]}"


def _shown(value: Any) -> Any:
    """Whatever a template prints passes through here, also what others wrote."""
    return readable(value) if type(value) is str else value

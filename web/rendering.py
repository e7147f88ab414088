"""Templates to pages: everything escaped, every text on one line and without signs that deceive the eye."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from monitor.messages.escape import readable
from monitor.messages.names import counted, name_of_error, name_of_kind
from web.links import document_link, with_query

MEDIA_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2"}


def page(request: Request, template: str, values: Mapping[str, Any], *, status: int = 200) -> HTMLResponse:
    """A template of ours with its values, and with what all of them show."""
    site = request.scope["site"]
    shared = {
        "visitor": request.scope.get("visitor"),
        "path": request.url.path,
        "zone": site.settings.timezone,
        "now": site.clock(),
    }
    text = environment().get_template(template).render(**shared, **values)
    return HTMLResponse(text, status)


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
        "counted": counted,
    }  # fmt: skip
    made.globals |= {"static": static_address, "document_link": document_link, "with_query": with_query}
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


def moment(at: datetime, zone: ZoneInfo) -> str:
    """`18 Sep 2024, 14:05` in the timezone of people."""
    return f"{at.astimezone(zone):%-d %b %Y, %H:%M}"


def day(at: date, zone: ZoneInfo | None = None) -> str:
    """`18 Sep 2024`."""
    return f"{at.astimezone(zone) if isinstance(at, datetime) and zone else at:%-d %b %Y}"


def iso(at: date) -> str:
    """As programs read it: a day, or a time in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if isinstance(at, datetime) else at.isoformat()


def _shown(value: Any) -> Any:
    """Whatever a template prints passes through here, also what others wrote."""
    return readable(value) if type(value) is str else value

"""Documents to watch as the TOML of a configuration file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from monitor.importers.ota_declarations import Service, Watchable
from monitor.keys import slug

MARK = "# Made by `policywatch import ota-declarations`; a new import writes this file anew."


def render(services: Iterable[Service]) -> str:
    """The text of a file for `conf.d/`."""
    return "\n".join([MARK, *(line for service in services for line in _service(service))]) + "\n"


def _service(service: Service) -> Iterator[str]:
    yield ""
    yield "[[services]]"
    yield f"name = {_text(service.name)}"
    if slug(service.name.replace("/", " ")) != service.id:
        yield f"id = {_text(service.id)}"
    for document in service.documents:
        yield ""
        yield from _document(document)


def _document(document: Watchable) -> Iterator[str]:
    yield "[[services.documents]]"
    for note in document.notes:
        yield f"# {note if note.isprintable() else json.dumps(note)}"
    yield f"kind = {_text(document.kind)}"
    if len(document.urls) == 1:
        yield f"url = {_text(document.urls[0])}"
    else:
        yield f"urls = [{', '.join(map(_text, document.urls))}]"
    for key, selectors in (("select", document.select), ("remove", document.remove)):
        if selectors:
            yield f"{key} = [{', '.join(map(_text, selectors))}]"


def _text(value: str) -> str:
    """A TOML basic string; what JSON escapes is escaped alike, and U+007F besides."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")

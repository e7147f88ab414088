"""PURE: where a document's history lies in an export, out of names that nobody vouches for.

What is made here is always a path below the export's folder: plain parts, none of them `..` or hidden.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from monitor.errors import InputUnreadable
from monitor.keys import archive_key, is_key_part
from monitor.messages.names import name_of_kind
from storage.records import Document

_UNWANTED = re.compile(r"[^\w .,&'()+-]")
"""What some file system, or git, would take for something other than a letter of a name."""

_MAX_BYTES = 240
"""Of one part of a path; file systems end at 255, and some names grow by a suffix."""


def keys_of(documents: Iterable[Document]) -> dict[int, str]:
    """By each document's id the key that it has in an export, `service/kind[/variant]`.

    It is its own, but that an import of several origins makes longer keys, whose last parts are joined here.

    Raises:
        InputUnreadable: a key is none.
    """
    keys: dict[int, str] = {}
    for document in documents:
        first, *others = _parts(document)[1:]
        key = "/".join((document.key.split("/")[0], first, *filter(None, ("-".join(others),))))
        while key in keys.values():
            key += "-2" if others else "/2"
        keys[document.id] = key
    return keys


def archive_path_of(document: Document, key: str, recorded_as: str | None) -> str:
    """`Service/Terms type.md` as Open Terms Archive names its files, such that it makes this key.

    `recorded_as` is the path in the archive that the document was imported from, if it was.
    """
    service, kind, *variant = key.split("/")
    suffix = "".join(f" #{part}" for part in variant)
    own = (recorded_as or "").removesuffix(".md")
    named = f"{document.service}/{name_of_kind(kind)}{suffix}"
    plain = f"{service}/{kind}{suffix}"
    return next((path for path in (own, named) if _stands_for(path, key)), plain) + ".md"


def stamp_of(at: datetime) -> str:
    """`2024-09-19T10-00-00Z`, as `monitor.importers.stamps` reads it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")


def _parts(document: Document) -> list[str]:
    parts = document.key.split("/")
    if len(parts) < 2 or not all(map(is_key_part, parts)) or len(document.key) > _MAX_BYTES:
        raise InputUnreadable(f"the document {document.key!r} has no proper key; the database is damaged")
    return parts


def _stands_for(path: str, key: str) -> bool:
    parts = path.split("/")
    return len(parts) == 2 and all(map(_is_plain, parts)) and archive_key(f"{path}.md") == key


def _is_plain(part: str) -> bool:
    name = part.replace(" #", " ")
    return (
        not _UNWANTED.search(name)
        and not part.startswith((".", "-", " "))
        and not part.endswith(" ")
        and len(part.encode()) <= _MAX_BYTES
    )

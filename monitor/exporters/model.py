"""What exporters have in common: what was chosen, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from monitor.errors import InputMissing
from storage import documents
from storage.database import Database
from storage.records import Document

Progress = Callable[[int, int], None]
"""Called with the number of documents done and of all."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export wrote: `entries` are files, commits or records; `left_out` names what it did not."""

    documents: int
    entries: int
    left_out: tuple[str, ...] = ()


def chosen(
    database: Database, keys: Sequence[str] = (), *, service: str | None = None, kind: str | None = None
) -> list[Document]:
    """The documents of these keys (all, if there are none) that the filters let pass, in the order of keys.

    Raises:
        InputMissing: there is no such document, or none passes.
    """
    with database.read() as transaction:
        every = documents.every(transaction)
        passed = documents.every(transaction, service=service, kind=kind)
    if missing := sorted(set(keys) - {document.key for document in every}):
        raise InputMissing(f"there is no document {', '.join(missing)}; `policywatch documents` lists them")
    found = [document for document in passed if not keys or document.key in keys]
    if not found:
        raise InputMissing("there is no document to export; `policywatch documents` lists what there is")
    return found

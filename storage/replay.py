"""One document's changes in the order they were recorded, with what each went from and to, to be judged anew.

Every list of clauses is taken out of its chain once, and every clause out of its block.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import Connection, select

from storage import changes, clauses, compression
from storage.clause_lists import Entry, hard_ids, restore, unpack
from storage.database import driver_of
from storage.errors import DataDamaged
from storage.records import ChangeRecord, Clause
from storage.schema import versions


@dataclass(frozen=True, slots=True)
class Step:
    """A change as it was recorded. `language` is that of the text that came; a `suspect` one alerted nobody."""

    change: ChangeRecord
    language: str | None
    suspect: bool


class Replay:
    """Of one document, from one transaction.

    Raises:
        DataDamaged: a list or a text cannot be read. Damage that leaves them readable is not looked for.
    """

    def __init__(self, connection: Connection, document_id: int) -> None:
        self._driver = driver_of(connection)
        lists = select(versions.c.id, versions.c.clause_list, versions.c.base_id)
        rows = connection.execute(lists.where(versions.c.document_id == document_id))
        self._frames = {row.id: (row.clause_list, row.base_id) for row in rows}
        self._packed: dict[int, bytes] = {}
        self._made: dict[Entry, Clause] = {}
        self.steps = tuple(Step(*found) for found in changes.of_document(connection, document_id))

    def touched(self, before: int | None, after: int) -> frozenset[int]:
        """The clauses that one of the two versions has more often than the other."""
        old, new = Counter(self.ids(before) if before is not None else ()), Counter(self.ids(after))
        return frozenset((old - new).keys() | (new - old).keys())

    def ids(self, version_id: int) -> list[int]:
        """The version's clauses in their order."""
        return [clause_id for clause_id, _ in self._entries(version_id)]

    def hard_ids(self, version_id: int) -> frozenset[int]:
        """Those of its clauses that count."""
        return hard_ids(self._entries(version_id))

    def clauses(self, version_id: int) -> tuple[Clause, ...]:
        for entry in (entries := self._entries(version_id)):
            if entry not in self._made:
                (self._made[entry],) = restore((entry,), self.texts)
        return tuple(self._made[entry] for entry in entries)

    def _entries(self, version_id: int) -> list[Entry]:
        try:
            return unpack(self._list(version_id))
        except ValueError as error:
            raise _damaged(version_id, str(error)) from error

    def _list(self, version_id: int) -> bytes:
        """As many of the chain as are not at hand; a chain is as long as `compression.KEY_FRAME_EVERY` says."""
        if version_id not in self._packed:
            frame, base = self._frames[version_id]
            self._packed[version_id] = compression.decompress_on(self._list(base) if base else b"", frame)
        return self._packed[version_id]

    @cached_property
    def texts(self) -> Mapping[int, str]:
        """Every clause that some version of the document has."""
        wanted = {clause_id for version_id in self._frames for clause_id in self.ids(version_id)}
        try:
            found = clauses.texts(self._driver, wanted)
        except ValueError as error:
            raise _damaged(next(iter(self._frames)), str(error)) from error
        if len(found) < len(wanted):
            raise _damaged(next(iter(self._frames)), "a clause is missing")
        return found


def _damaged(version_id: int, how: str) -> DataDamaged:
    return DataDamaged(f"the clauses of stored version {version_id} are damaged: {how}; restore a backup")

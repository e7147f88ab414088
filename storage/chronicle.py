"""Writes what others recorded of one document: many versions, appearances and changes in few statements."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, delete, func, insert, select

from storage import alerts, appearances, changes
from storage.clauses import ClauseWriter, Index
from storage.database import driver_of
from storage.records import Appearance, Cause, NewAlert, NewChange, NewVersion
from storage.schema import alerts as alert_table
from storage.schema import appearances as appearance_table
from storage.schema import changes as change_table
from storage.schema import findings as finding_table
from storage.versions import VersionWriter

_ENOUGH = 500
"""Appearances that are gathered before they are written."""


class Chronicle:
    """The history of one document, written on from its last appearance.

    Rows wait in memory until `flush`, which must come before the transaction ends. `index` is as for
    `versions.save`.
    """

    def __init__(self, connection: Connection, document_id: int, index: Index) -> None:
        self._connection = connection
        self._document_id = document_id
        self._clauses = ClauseWriter(driver_of(connection), index)
        self._versions = VersionWriter(connection, document_id, self._clauses)
        self._next_appearance = _next_id(connection, appearance_table)
        self._next_change = _next_id(connection, change_table)
        self._appearances: dict[int, dict[str, Any]] = {}
        self._changes: list[dict[str, Any]] = []
        self._findings: list[dict[str, Any]] = []
        self._alerts: list[NewAlert] = []
        self.standing = appearances.latest(connection, document_id)

    def add_version(self, new: NewVersion) -> tuple[int, int]:
        """Store a version, which the standing one is likely to resemble; returns its id and number."""
        return self._versions.add(new, self.standing.version_id if self.standing else None)

    def begin(
        self,
        version: tuple[int, int],
        captured_at: datetime,
        cause: Cause,
        source: str | None,
        change: NewChange,
        *,
        suspect: bool,
        compared: tuple[int, datetime] | None = None,
    ) -> int:
        """The version stands from `captured_at` on, and this changed with it; returns the change's id.

        `version` is its id and number. `compared` is the id of the version that the change starts from, and
        until when that was seen, where it is not the standing one.
        """
        if len(self._appearances) >= _ENOUGH:
            self.flush()
        version_id, number = version
        before = self.standing
        stood = (before.version_id, before.observed_until) if before else (None, None)
        previous_id, seen_at = compared or stood
        self.standing = Appearance(
            self._next_appearance, self._document_id, version_id, number, captured_at, captured_at, 1, cause,
            source, suspect,
        )  # fmt: skip
        self._next_appearance += 1
        self._appearances[self.standing.id] = appearances.row_of(self.standing)
        change_id, self._next_change = self._next_change, self._next_change + 1
        self._changes.append(
            changes.row_of(self.standing, change, previous_id=previous_id, previous_seen_at=seen_at)
            | {"id": change_id}
        )
        self._findings += changes.finding_rows(change_id, change)
        return change_id

    def extend(self, observed_until: datetime) -> None:
        """Another look showed what stands."""
        if self.standing is None:
            raise ValueError("nothing stands that another look could show")
        until = max(observed_until, self.standing.observed_until)
        self.standing = replace(self.standing, observed_until=until, looks=self.standing.looks + 1)
        if self.standing.id in self._appearances:
            self._appearances[self.standing.id] = appearances.row_of(self.standing)
        else:
            appearances.extend(self._connection, self.standing.id, observed_until)

    def add_alert(self, new: NewAlert) -> None:
        self._alerts.append(new)

    def flush(self) -> None:
        """Write what waits."""
        self._clauses.flush()
        self._versions.flush()
        for table, rows in (
            (appearance_table, list(self._appearances.values())),
            (change_table, self._changes),
            (finding_table, self._findings),
        ):
            if rows:
                self._connection.execute(insert(table), rows)
        for new in self._alerts:
            alerts.save(self._connection, new)
        self._appearances, self._changes, self._findings, self._alerts = {}, [], [], []

    def cut(self, appearance_id: int) -> None:
        """Forget this appearance and all after it, with what was said of them, so that they are written anew.

        The versions stay, with their numbers. Only what others recorded may be cut: nobody was told of it.
        """
        later = select(change_table.c.id).where(
            change_table.c.document_id == self._document_id, change_table.c.appearance_id >= appearance_id
        )
        self._connection.execute(delete(alert_table).where(alert_table.c.change_id.in_(later)))
        self._connection.execute(delete(finding_table).where(finding_table.c.change_id.in_(later)))
        self._connection.execute(delete(change_table).where(change_table.c.id.in_(later)))
        self._connection.execute(
            delete(appearance_table).where(
                appearance_table.c.document_id == self._document_id, appearance_table.c.id >= appearance_id
            )
        )
        self.standing = appearances.latest(self._connection, self._document_id)


def _next_id(connection: Connection, table: Table) -> int:
    """Nobody else numbers rows while our transaction holds the write lock."""
    return (connection.scalar(select(func.max(table.c.id))) or 0) + 1

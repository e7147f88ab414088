"""What a database holds, row by row, so that two of them can be held against each other."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from storage.clauses import texts
from storage.database import Database, driver_of

TABLES = {
    "documents": "id",
    "clauses": "id",
    "versions": "id",
    "appearances": "id",
    "lifespans": "clause_id, document_id, first_number",
    "changes": "id",
    "findings": "id",
    "alerts": "id",
}


def contents(database: Database) -> dict[str, list[Any]]:
    """Every row of what an import writes, the texts of the clauses, and the clauses that a search finds."""
    with database.read() as transaction:
        held: dict[str, list[Any]] = {
            name: [tuple(row) for row in transaction.execute(text(f"SELECT * FROM {name} ORDER BY {order}"))]  # noqa: S608
            for name, order in TABLES.items()
        }
        held["texts"] = sorted(texts(driver_of(transaction), [row[1] for row in held["clauses"]]).items())
        query = "SELECT rowid FROM clause_index WHERE clause_index MATCH 'we' ORDER BY rowid"
        held["found"] = list(transaction.execute(text(query)).scalars())
    return held

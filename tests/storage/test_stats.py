from __future__ import annotations

from storage import stats
from storage.database import Database
from tests.storage.builders import a_document, an_appearance, clauses_of, hours


def test_the_parts_add_up_to_the_whole_file_and_name_what_they_hold(database: Database) -> None:
    with database.write() as transaction:
        document = a_document(transaction)
        for number in range(3):
            an_appearance(
                transaction, document, clauses_of("We sell nothing.", f"Text {number}."), hours(number)
            )
    database.checkpoint()
    with database.read() as transaction:
        found = stats.parts(transaction)
    assert sum(part.bytes for part in found) == database.path.stat().st_size
    rows = {part.name: part.rows for part in found}
    assert (rows["versions"], rows["clause digests"], rows["full-text index"]) == (3, 4, 4)
    assert stats.FREE in rows

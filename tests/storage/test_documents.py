from __future__ import annotations

import pytest

from storage import documents
from storage.database import Database
from tests.storage.builders import START, a_document


def test_a_document_is_made_once_and_follows_its_configuration(database: Database) -> None:
    with database.write() as transaction:
        made = a_document(transaction)
        assert a_document(transaction) == made
        moved = documents.ensure(
            transaction,
            key=made.key,
            origin="elsewhere",
            service="Acme Inc.",
            kind="terms",
            region="EU",
            language=None,
            urls=("https://acme.example/a", "https://acme.example/b"),
            now=START,
        )
        assert documents.find(transaction, made.key) == moved == documents.get(transaction, made.id)
        assert (moved.id, moved.origin, moved.region) == (made.id, made.origin, "EU")
        assert documents.find(transaction, "acme/none") is None


@pytest.mark.parametrize(
    ("service", "kind", "keys"),
    [
        (None, None, ["acme/faq", "acme/terms", "beta/terms"]),
        ("acme", None, ["acme/faq", "acme/terms"]),
        ("Acme", "terms", ["acme/terms"]),
        (None, "terms", ["acme/terms", "beta/terms"]),
        ("a%", None, []),
    ],
)
def test_documents_are_listed_by_service_and_kind_in_order(
    database: Database, service: str | None, kind: str | None, keys: list[str]
) -> None:
    with database.write() as transaction:
        for key in ("beta/terms", "acme/terms", "acme/faq"):
            a_document(transaction, key, kind=key.split("/")[1])
        found = documents.every(transaction, service=service, kind=kind)
    assert [document.key for document in found] == keys

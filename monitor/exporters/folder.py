"""Writes histories as folders of dated Markdown, `service/kind/2024-09-18T10-00-00Z.md`, one an appearance.

`import folder` reads them back. What files cannot say, `versions.jsonl` at the top does: the records of
`policywatch versions`, with the name and the hash of each file.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from monitor.exporters.model import Exported, Progress
from monitor.exporters.names import keys_of, stamp_of
from monitor.exporters.target import new_folder
from monitor.extract.to_markdown import to_markdown
from monitor.views import version_row
from storage import appearances, changes, versions
from storage.database import Database, Transaction
from storage.records import Document

INDEX = "versions.jsonl"


def export_folder(
    database: Database, documents: Sequence[Document], destination: Path, *, progress: Progress
) -> Exported:
    """Write every appearance of `documents`; each document is read as it stands at one moment.

    Raises as `monitor.exporters.target.new_folder` and `keys_of`.
    """
    keys, written = keys_of(documents), 0
    with new_folder(destination) as folder, (folder / INDEX).open("w", encoding="utf-8") as index:
        for number, document in enumerate(documents, 1):
            with database.read() as transaction:
                for row in _write_all(transaction, document, folder, keys[document.id]):
                    index.write(json.dumps(row, ensure_ascii=False) + "\n")
                    written += 1
            progress(number, len(documents))
    return Exported(len(documents), written)


def _write_all(
    transaction: Transaction, document: Document, folder: Path, key: str
) -> Iterator[dict[str, Any]]:
    (folder / key).mkdir(parents=True)
    first_files: dict[int, tuple[str, str]] = {}
    for appearance in appearances.every(transaction, document.id):
        version = versions.get(transaction, appearance.version_id)
        name = _free_name(folder, f"{key}/{stamp_of(appearance.captured_at)}")
        if version.id in first_files:
            first, sha256 = first_files[version.id]
            shutil.copyfile(folder / first, folder / name)
        else:
            text = to_markdown(versions.load_clauses(transaction, version.id)).encode()
            sha256 = hashlib.sha256(text).hexdigest()
            first_files[version.id] = name, sha256
            (folder / name).write_bytes(text)
        change = changes.of_appearance(transaction, appearance.id)
        yield version_row(document, appearance, version, change) | {"file": name, "sha256": sha256}


def _free_name(folder: Path, stem: str) -> str:
    """Two appearances may have begun in the same second; the later one's name then says no time alone."""
    name, number = f"{stem}.md", 2
    while (folder / name).exists():
        name, number = f"{stem}-{number}.md", number + 1
    return name

"""Keeps pages in a temporary file until it is their turn, each distinct one once; memory stays small."""

from __future__ import annotations

import hashlib
import json
import tempfile
from types import TracebackType
from typing import NamedTuple, Self

import zstandard


class Place(NamedTuple):
    """Where something lies in the file, in bytes."""

    offset: int
    size: int


class Spool:
    """The file goes with the block that uses it; `TMPDIR` says where it is."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="policywatch-import-")  # noqa: SIM115 (closed by __exit__)
        self._size = 0
        self._held: dict[bytes, Place] = {}
        self._compressor = zstandard.ZstdCompressor(level=1)
        self._decompressor = zstandard.ZstdDecompressor()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, content: bytes) -> Place:
        digest = hashlib.sha256(content).digest()
        if digest not in self._held:
            packed = self._compressor.compress(content)
            self._file.seek(self._size)
            self._file.write(packed)
            self._held[digest] = Place(self._size, len(packed))
            self._size += len(packed)
        return self._held[digest]

    def read(self, place: Place) -> bytes:
        self._file.seek(place.offset)
        return self._decompressor.decompress(self._file.read(place.size))

    def add_headers(self, headers: tuple[tuple[str, str], ...]) -> Place:
        return self.add(json.dumps(headers).encode())

    def read_headers(self, place: Place) -> tuple[tuple[str, str], ...]:
        return tuple((name, value) for name, value in json.loads(self.read(place)))

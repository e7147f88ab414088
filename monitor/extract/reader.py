"""Reads pages one after the other, outside of any event loop: for those who go through archives."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from types import TracebackType
from typing import Self

from monitor.extract.model import Extraction, ExtractOptions, Source
from monitor.extract.pool import ExtractionPool


class PageReader:
    """One worker process; a page that takes it down fails alone."""

    def __init__(self) -> None:
        self._pool = ExtractionPool(workers=1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._pool.close()

    def read(self, sources: Sequence[Source], options: ExtractOptions) -> list[Extraction]:
        """What each page says.

        Raises:
            ExtractionRefused, ExtractionFailed: one of them cannot be read.
        """
        return [reading.result() for reading in [self.begin(source, options) for source in sources]]

    def begin(self, source: Source, options: ExtractOptions) -> Future[Extraction]:
        """Read a page while the caller goes on; the result raises as `read` does."""
        return self._pool.begin(source, options)

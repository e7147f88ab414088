"""What the recorded document said so far: wordings that come back are no news."""

from __future__ import annotations

from collections.abc import Iterable, Set

from monitor.clauses import fold
from storage.records import Clause


class Said:
    """The texts of all clauses so far; a version is asked only for those it does not share with them."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._texts = set(texts)
        self._folded = set(map(fold, self._texts))

    @property
    def folded(self) -> Set[str]:
        return self._folded

    def add(self, clauses: Iterable[Clause]) -> None:
        new = {clause.text for clause in clauses if not clause.soft} - self._texts
        self._texts |= new
        self._folded.update(map(fold, new))

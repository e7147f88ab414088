"""PURE: long lists in pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Slice(Generic[_T]):
    """One page of a list, counted from 1."""

    items: Sequence[_T]
    number: int
    pages: int
    total: int


def sliced(items: Sequence[_T], number: int, size: int) -> Slice[_T]:
    """The page of this number; beyond the last one there is the last one."""
    pages = max(1, -(-len(items) // size))
    number = min(max(1, number), pages)
    return Slice(items[(number - 1) * size : number * size], number, pages, len(items))


def page_number(asked: Mapping[str, str]) -> int:
    """The page that a query asks for; the first, if it says nothing that makes sense."""
    return whole_number(asked.get("page")) or 1


def whole_number(text: str | None) -> int | None:
    """A positive number as people and links write it; None for anything else."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 10 else None

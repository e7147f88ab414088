"""PURE: what a check says, and the facts that the judging ones are given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Result(StrEnum):
    """`error` needs a person now, `warning` when there is time; `unknown` is what could not be found out."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One row: the check's name, its result, what was found (a line, then `details`), and what to do."""

    check: str
    result: Result
    found: str
    advice: str = ""
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or folder: its owner's id, its permission bits, and whether this user may write it."""

    name: str
    owner: int
    mode: int
    writable: bool


@dataclass(frozen=True, slots=True)
class Disk:
    """What is free to this user, in bytes and files; `inodes` is None where the file system does not count."""

    free: int
    inodes: int | None


@dataclass(frozen=True, slots=True)
class Holder:
    """The daemon's process, and the files of the database that it has open though their name is gone.

    None where this user may not see what another's process has open.
    """

    process: int
    deleted: Sequence[str] | None

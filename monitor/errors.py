"""The errors that reach a user, each with the exit code its command ends with.

    PolicywatchError            70  a bug, unless a subclass says otherwise
    +-- UsageError              64  the command line makes no sense
    +-- InputUnreadable         65  the input is there but cannot be read
    +-- InputMissing            66  the input is not there
    +-- Unavailable             69  a server that is needed does not answer
    +-- InputOutputFailed       74  the disk or the database failed
    +-- TryLater                75  somebody else holds the lock
    +-- NotPermitted            77  the operating system refuses
    +-- ConfigInvalid           78  the configuration has problems

Codes are those of BSD's sysexits.h. Every message says what, which one, and what to do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class PolicywatchError(Exception):
    exit_code = 70


class UsageError(PolicywatchError):
    exit_code = 64


class InputUnreadable(PolicywatchError):
    exit_code = 65


class InputMissing(PolicywatchError):
    exit_code = 66


class Unavailable(PolicywatchError):
    exit_code = 69


class InputOutputFailed(PolicywatchError):
    exit_code = 74


class TryLater(PolicywatchError):
    exit_code = 75


class NotPermitted(PolicywatchError):
    exit_code = 77


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a configuration file; `line` counts from 1."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class ConfigInvalid(PolicywatchError):
    """Where files were read, `problems` holds every single one, and the message a line for each."""

    exit_code = 78

    def __init__(self, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)

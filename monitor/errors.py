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


class ConfigInvalid(PolicywatchError):
    exit_code = 78

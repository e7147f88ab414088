"""Errors as people meet them: one clear line each on standard error, and the exit code."""

from __future__ import annotations

import os
import sys
import traceback

from monitor.errors import ConfigInvalid, PolicywatchError
from storage import errors as storage_errors

_STORAGE_CODES: dict[type[storage_errors.StorageError], int] = {
    storage_errors.DatabaseMissing: 66,
    storage_errors.NotADatabase: 65,
    storage_errors.DatabaseDamaged: 65,
    storage_errors.DataDamaged: 65,
    storage_errors.BytesLetGo: 66,
    storage_errors.BackupRefused: 64,
    storage_errors.SchemaTooNew: 78,
    storage_errors.DatabaseLocked: 75,
    storage_errors.DatabaseNotWritable: 77,
    storage_errors.DatabaseFull: 74,
    storage_errors.StaleDecision: 75,
}


def explain(error: Exception) -> int:
    """Print what went wrong; returns the exit code that says so to programs."""
    if isinstance(error, ConfigInvalid):
        print_error(str(error), prefix="")
        return error.exit_code
    if isinstance(error, PolicywatchError):
        print_error(str(error))
        return error.exit_code
    if isinstance(error, storage_errors.StorageError):
        print_error(str(error))
        return _STORAGE_CODES.get(type(error), 74)
    if isinstance(error, OSError):
        print_error(f"{error.filename or 'input/output'}: {error.strerror or error}")
        return 77 if isinstance(error, PermissionError) else 74
    if os.environ.get("POLICYWATCH_TRACEBACK"):
        traceback.print_exception(error)
    print_error(
        f"this is a fault in policywatch: {type(error).__name__}: {error};"
        " set POLICYWATCH_TRACEBACK=1 for the whole trace and report it"
    )
    return 70


def print_error(text: str, prefix: str = "policywatch: ") -> None:
    sys.stderr.write(prefix + text.rstrip("\n") + "\n")

"""Where an export goes: a new folder or file, which gets its name only when all of it is written.

An interrupted export leaves nothing under the name; a killed one leaves a hidden `.NAME.*.partial` beside it,
which may be removed.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from monitor.errors import InputMissing, UsageError


@contextmanager
def new_folder(destination: Path) -> Iterator[Path]:
    """A folder to fill; it becomes `destination` when the block ends well.

    Raises:
        UsageError: something is there already (an empty folder does no harm).
        InputMissing: the folder that it is to lie in is not there.
        OSError: it cannot be written.
    """
    _must_be_free(destination)
    partial = Path(tempfile.mkdtemp(".partial", f".{destination.name}.", destination.absolute().parent))
    try:
        yield partial
        _must_be_free(destination)  # writing took its time
        partial.replace(destination)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


@contextmanager
def new_file(destination: Path) -> Iterator[IO[bytes]]:
    """A file to write; it becomes `destination` when the block ends well. Raises as `new_folder`."""
    _must_be_free(destination, may_be_folder=False)
    parent = destination.absolute().parent
    descriptor, name = tempfile.mkstemp(".partial", f".{destination.name}.", parent)
    partial = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _must_be_free(destination, may_be_folder=False)
        partial.replace(destination)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def _must_be_free(destination: Path, *, may_be_folder: bool = True) -> None:
    if not destination.name:
        raise UsageError(f"{destination}: name what is to be made, such as `archive`")
    if not destination.absolute().parent.is_dir():
        raise InputMissing(f"{destination.parent}: there is no such folder; make it first")
    if not os.path.lexists(destination):
        return
    is_folder = destination.is_dir() and not destination.is_symlink()
    if not (may_be_folder and is_folder) or any(destination.iterdir()):
        raise UsageError(
            f"{destination} is there already; nothing is replaced: remove it, or name another place"
        )

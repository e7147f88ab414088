"""A library for LD_PRELOAD that moves a program's wall clock and leaves its monotonic clock alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Shim:
    library: Path

    @classmethod
    def build(cls, folder: Path) -> Shim:
        compiler = shutil.which("gcc") or shutil.which("cc")
        if compiler is None or sys.platform != "linux":
            pytest.skip("moving a program's clock needs a C compiler and Linux")
        library = folder / "clock_shim.so"
        source = HERE / "clock_shim.c"
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
        return cls(library)

    def environ(self, offset: Path, **more: str) -> dict[str, str]:
        """An environment in which the clock is as many seconds ahead as the file `offset` says."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        ours = {
            "LD_PRELOAD": str(self.library),
            "CLOCK_OFFSET": str(offset),
            "PYTHONPATH": str(HERE.parents[1]),
        }
        return kept | ours | more

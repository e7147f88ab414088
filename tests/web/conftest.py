from __future__ import annotations

from tests.storage.conftest import empty_file

__all__ = ["empty_file"]

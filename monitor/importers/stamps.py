"""PURE: times as names of files and lines of indexes write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_STAMP = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:[T ]?(\d\d)[-:]?(\d\d)[-:]?(\d\d)Z?)?")


def stamp(text: str) -> datetime | None:
    """The time that `text` says, in UTC; None if it says none.

    `2024-09-18`, `2024-09-18T10-00-00Z` and `20240918100000` are understood; a day alone is its beginning.
    """
    found = _STAMP.fullmatch(text)
    if found is None:
        return None
    try:
        year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None

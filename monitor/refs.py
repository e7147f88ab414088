"""PURE: how people name a version: a number, `latest`, a date or a time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor.errors import UsageError

_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Reference:
    """Either a version's `number`, or what stood at a time (`at`); neither: the latest."""

    number: int | None = None
    at: datetime | None = None
    text: str = "latest"


def parse(text: str, zone: ZoneInfo | None = None) -> Reference:
    """Read `3`, `v3`, `latest`, `2024-09-18` (the end of that day in `zone`, else UTC) or a time with offset.

    Raises:
        UsageError: it is none of these.
    """
    if text in ("", "latest"):
        return Reference()
    if match := _NUMBER.fullmatch(text.removeprefix("v")):
        return Reference(number=int(match[0]), text=text)
    return Reference(at=parse_time(text, zone, end_of_day=True), text=text)


def referred(reference: Reference | str) -> Reference:
    """The reference itself, or what its text means.

    Raises:
        UsageError: as `parse`.
    """
    return parse(reference) if isinstance(reference, str) else reference


def parse_key(text: str, zone: ZoneInfo | None = None) -> tuple[str, Reference]:
    """Read `KEY` or `KEY@REF`."""
    key, _, reference = text.partition("@")
    return key, parse(reference, zone)


def is_key(text: str) -> bool:
    """Whether a document is meant: keys have a slash, references to versions have none."""
    return "/" in text


def parse_time(text: str, zone: ZoneInfo | None = None, *, end_of_day: bool = False) -> datetime:
    """A date (its beginning, or its last microsecond if `end_of_day`) or a time with offset, in UTC.

    Raises:
        UsageError: it is neither.
    """
    try:
        if _DATE.fullmatch(text):
            start = datetime.combine(date.fromisoformat(text), time.min, zone or UTC)
            if end_of_day:
                start = (start + timedelta(days=1)) - timedelta(microseconds=1)
            return start.astimezone(UTC)
        at = datetime.fromisoformat(text)
        if at.tzinfo is None:
            raise UsageError(f"{text!r} has no offset; write 2024-09-18T12:00Z or 2024-09-18T12:00+02:00")
        return at.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f"{text!r} is not a version number, a date such as 2024-09-18 or a time such as 2024-09-18T12:00Z"
        ) from error

"""What an archive of raw captures brings: one page as its server sent it, at its own time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class RawCapture:
    """One look that somebody else took.

    `key` names the document. `url` is the address that stands for it, `final_url` where the page was found
    (another one after redirects). `body` is decoded; `source` says where in the archive it stands.
    """

    key: str
    captured_at: datetime
    url: str
    final_url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    content_type: str | None
    body: bytes
    source: str

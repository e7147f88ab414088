"""The two ways in which reading a page fails: we refuse it, or the worker that read it broke."""

from __future__ import annotations

from typing import Literal

from monitor.errors import InputUnreadable, PolicywatchError

FailureClass = Literal["timeout", "crashed", "memory"]


class ExtractionRefused(InputUnreadable):
    """The source is nothing that we read (an image, a scanned PDF) or passes a limit; `reason` says which."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ExtractionFailed(PolicywatchError):
    """The worker that read the page ran out of time or memory, or died."""

    def __init__(self, error_class: FailureClass, reason: str) -> None:
        super().__init__(reason)
        self.error_class: FailureClass = error_class
        self.reason = reason

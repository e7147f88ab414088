"""PURE: where the history browser shows what, as paths; messages and the browser itself take them from here."""

from __future__ import annotations

from urllib.parse import quote


def of_alert(alert_id: int) -> str:
    return f"/alerts/{alert_id}"


def of_message(message: int) -> str:
    """All alerts that shared a message."""
    return f"/alerts?message={message}"


def of_document(key: str) -> str:
    """A document and its history."""
    return f"/documents/{quote(key)}"


def of_version(key: str, number: int) -> str:
    return f"{of_document(key)}/versions/{number}"


def of_change(key: str, previous: int, version: int) -> str:
    """Two versions side by side."""
    return f"{of_document(key)}/diff?from={previous}&to={version}"

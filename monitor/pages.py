"""PURE: where the history browser shows what, as paths; messages and the browser itself take them from here."""

from __future__ import annotations

from urllib.parse import quote


def of_alert(alert_id: int) -> str:
    return f"/alerts/{alert_id}"


def of_message(message: int) -> str:
    """All alerts that shared a message."""
    return f"/alerts?status=all&message={message}"


def of_incident(number: int) -> str:
    return f"/incidents/{number}"


def of_document(key: str, *more: str | int) -> str:
    """`/documents/KEY`, and further parts behind it."""
    return "/".join(["/documents", quote(key), *(quote(str(part), safe="") for part in more)])


def of_version(key: str, number: int) -> str:
    return of_document(key, "at", number)


def of_change(key: str, previous: int, version: int) -> str:
    """Two versions side by side."""
    return f"{of_document(key, 'diff')}?from={previous}&to={version}"

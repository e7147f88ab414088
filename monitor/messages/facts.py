"""PURE: what messages of several kinds say in the same words."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.messages.model import DocumentLabel, Envelope
from monitor.messages.names import name_of_kind


def facts_of_document(label: DocumentLabel) -> Iterator[tuple[str, str]]:
    """Which document this is about."""
    yield "Company", label.service
    yield "Document", f"{name_of_kind(label.kind)} ({label.key})"
    place = " · ".join(part for part in (label.region and label.region.upper(), label.language) if part)
    if place:
        yield "Region and language", place


def why_you_get_this(envelope: Envelope) -> str:
    """The foot of every message: who gets it, and what decides that."""
    return (
        f'Sent to {envelope.recipient} over the channel "{envelope.channel}" of policywatch. '
        "The routes in its configuration decide who gets what."
    )

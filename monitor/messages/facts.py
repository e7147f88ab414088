"""PURE: what messages of several kinds say in the same words."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

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
    *most, last = (str(number) for number in envelope.routes) if envelope.routes else [""]
    if not last:
        why = "The routes in its configuration decide who gets what."
    elif most:
        why = f"Routes {', '.join(most)} and {last} of its configuration, counted from the top, lead here."
    else:
        why = f"Route {last} of its configuration, counted from the top, leads here."
    return f'Sent to {envelope.recipient} over the channel "{envelope.channel}" of policywatch. {why}'


def how_to_silence(key: str) -> tuple[str, str]:
    """The command that keeps back what else comes up on a document."""
    return "Silence this document", f"policywatch silence add --document {key} --for 1w --reason WHY"


def link_to_alert(envelope: Envelope, alert_id: int) -> str:
    """The address of an alert in the history browser; empty where there is none."""
    return f"{envelope.public_url}/alerts/{alert_id}" if envelope.public_url else ""


def links_to(
    envelope: Envelope, alert_id: int, key: str = "", previous: int | None = None, version: int | None = None
) -> tuple[tuple[str, str], ...]:
    """What the history browser shows of an alert, its document and its change."""
    if not envelope.public_url:
        return ()
    links = [("This alert", link_to_alert(envelope, alert_id))]
    document = f"{envelope.public_url}/documents/{quote(key)}"
    if previous is not None and version is not None:
        links.append(("The change, side by side", f"{document}/diff?from={previous}&to={version}"))
    if key:
        links.append(("The document and its history", document))
    return tuple(links)

"""PURE: what messages of several kinds say in the same words."""

from __future__ import annotations

from collections.abc import Iterator

from monitor import pages
from monitor.messages.letter import Letter, Line, Listing, Section
from monitor.messages.model import DocumentLabel, Envelope
from monitor.messages.names import name_of_kind
from storage.records import Severity


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
    return f"{envelope.public_url}{pages.of_alert(alert_id)}" if envelope.public_url else ""


def link_to_message(envelope: Envelope, message: int) -> tuple[tuple[str, str], ...]:
    """Where the history browser lists all alerts that shared a message."""
    address = f"{envelope.public_url}{pages.of_message(message)}"
    return (("All alerts of this message, to work on", address),) if envelope.public_url else ()


def links_to(
    envelope: Envelope,
    alert_id: int,
    key: str = "",
    previous: int | None = None,
    version: int | None = None,
    incident: int | None = None,
) -> tuple[tuple[str, str], ...]:
    """What the history browser shows of an alert, its incident, its document and its change."""
    if not envelope.public_url:
        return ()
    links = [("This alert, to work on", pages.of_alert(alert_id))]
    if incident is not None:
        links.append(("The whole incident", pages.of_incident(incident)))
    if previous is not None and version is not None:
        links += [
            ("The change, side by side", pages.of_change(key, previous, version)),
            ("The old text", pages.of_version(key, previous)),
        ]
    if version is not None:
        links.append(("The text as it stands now", pages.of_version(key, version)))
    if key:
        links.append(("The document and its history", pages.of_document(key)))
    return tuple((purpose, envelope.public_url + path) for purpose, path in links)


def letter_on(  # noqa: PLR0913 (a letter is these things)
    severity: Severity,
    title: str,
    envelope: Envelope,
    *,
    lead: str,
    facts: tuple[tuple[str, str], ...],
    commands: tuple[tuple[str, str], ...],
    see_all: str,
    url: str = "",
    links: tuple[tuple[str, str], ...] = (),
    sections: tuple[Section, ...] = (),
    lines: tuple[Line, ...] = (),
    listings: tuple[Listing, ...] = (),
) -> Letter:
    """A letter with the head and foot that all alerts have; what a link shows needs no command."""
    linked = {purpose for purpose, _ in links}
    return Letter(
        severity=severity,
        subject=f"[{severity.upper()}] {title}",
        title=title,
        lead=lead,
        sections=sections,
        facts=facts,
        url=url,
        commands=tuple(each for each in commands if each[0] not in linked),
        see_all=see_all,
        why=why_you_get_this(envelope),
        lines=lines,
        links=links,
        listings=listings,
    )

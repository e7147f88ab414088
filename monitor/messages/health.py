"""PURE: what a notice says that tells of the watch itself: what it cannot see, deliver or write."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.messages.facts import facts_of_document, how_to_silence, letter_on, links_to
from monitor.messages.group import lines_of
from monitor.messages.letter import Letter
from monitor.messages.model import (
    ChannelNotice,
    DeliveryNotice,
    Envelope,
    OutageNotice,
    RecoveryNotice,
    SilenceNotice,
    StorageNotice,
)
from monitor.messages.names import moment, name_of_error


def letter_on_health(
    notice: DeliveryNotice | OutageNotice | RecoveryNotice | ChannelNotice | SilenceNotice | StorageNotice,
    envelope: Envelope,
) -> Letter:
    """The letter for a notice whose texts are readable already."""
    match notice:
        case DeliveryNotice():
            return _delivery(notice, envelope)
        case OutageNotice():
            return _outage(notice, envelope)
        case RecoveryNotice():
            return _recovery(notice, envelope)
        case ChannelNotice():
            return _channel(notice, envelope)
        case SilenceNotice():
            return _silence(notice, envelope)
        case StorageNotice():
            return _storage(notice, envelope)


def _channel(notice: ChannelNotice, envelope: Envelope) -> Letter:
    facts = [
        ("Channel", notice.channel),
        ("Since", moment(notice.since, envelope.timezone)),
        ("Last answer", notice.error),
    ]
    lead = (
        "Nothing has got through over this channel since then. What it should have told waits and goes out once"
        " it works again."
    )
    if notice.until is not None:
        facts.insert(2, ("Until", moment(notice.until, envelope.timezone)))
        lead = "What waited for this channel goes out now."
    return letter_on(
        notice.severity,
        notice.title,
        envelope,
        lead=lead,
        facts=tuple(facts),
        commands=(("What waits", "policywatch status"), ("Try it", f"policywatch test {notice.channel}")),
        see_all="policywatch status",
    )


def _silence(notice: SilenceNotice, envelope: Envelope) -> Letter:
    facts = [
        ("Covered", notice.covers),
        ("Made by", f"{notice.author}: {notice.reason}"),
        ("From", moment(notice.since, envelope.timezone)),
        ("Until", moment(notice.until, envelope.timezone)),
    ]
    if notice.ended_by is not None:
        facts.append(("Ended early by", notice.ended_by))
    return letter_on(
        notice.severity,
        notice.title,
        envelope,
        lead="What comes up from now on is told again. While it held, you were not told of these.",
        facts=tuple(facts),
        commands=(("All silences", "policywatch silence list"),),
        see_all="policywatch silence list",
        lines=lines_of(notice.kept_back, envelope),
    )


def _delivery(notice: DeliveryNotice, envelope: Envelope) -> Letter:
    explain = f"policywatch explain {notice.alert_id}"
    return letter_on(
        notice.severity,
        notice.title,
        envelope,
        lead="A message could not be delivered and will not be tried again. Its recipient does not know of it.",
        facts=(
            ("Message", notice.failed_title),
            ("Channel", notice.failed_channel),
            ("Recipient", notice.failed_recipient),
            ("Tries", f"{notice.attempts:,}"),
            ("Last answer", notice.error),
        ),
        commands=(("What happened, step by step", explain),),
        see_all=explain,
    )


def _outage(notice: OutageNotice, envelope: Envelope) -> Letter:
    key, explain = notice.document.key, f"policywatch explain {notice.alert_id}"
    commands = [("Look again now", f"policywatch check {key}")]
    if notice.last_good is not None:
        commands.append(("The text as it stood last", f"policywatch show {key}"))
    commands += [
        ("All documents that are not seen", "policywatch status"),
        ("Who was told", explain),
        how_to_silence(key),
    ]
    return letter_on(
        notice.severity,
        notice.title,
        envelope,
        lead=_WITHDRAWN if notice.withdrawn else _BLIND,
        facts=tuple(_facts_of_outage(notice, envelope.timezone)),
        url=notice.document.url,
        links=links_to(envelope, notice.alert_id, key),
        commands=tuple(commands),
        see_all=explain,
    )


_BLIND = (
    "We cannot see this document at present: a change in it would go unnoticed until it can be read again."
    " You will be told once when it is."
)
_WITHDRAWN = (
    "The address of this document answers that there is no such page, and did so again when we looked a second"
    " time. It was withdrawn or has moved; if it has moved, put its new address into the configuration."
    " You will be told once if it comes back."
)


def _facts_of_outage(notice: OutageNotice, timezone: str) -> Iterator[tuple[str, str]]:
    yield from facts_of_document(notice.document)
    yield "Not seen since", moment(notice.since, timezone)
    yield "Last good look", moment(notice.last_good, timezone) if notice.last_good else "never"
    yield "Looks in vain", f"{notice.looks:,}"
    yield "What is wrong", name_of_error(notice.error_class)
    yield "The last look said", notice.error
    if notice.next_try is not None:
        yield "Next try", moment(notice.next_try, timezone)


def _recovery(notice: RecoveryNotice, envelope: Envelope) -> Letter:
    key, version, previous = notice.document.key, notice.version, notice.previous
    show = f"policywatch show {key}@{version}"
    commands = [("The text as it stands now", show)]
    if previous is not None and previous != version:
        commands.insert(0, ("What changed meanwhile", f"policywatch diff {key} {previous} {version}"))
    return letter_on(
        notice.severity,
        notice.title,
        envelope,
        lead=_what_came_back(notice),
        facts=tuple(_facts_of_recovery(notice, envelope.timezone)),
        url=notice.document.url,
        links=links_to(envelope, notice.alert_id, key, previous if previous != version else None, version),
        commands=tuple(commands),
        see_all=show,
    )


def _what_came_back(notice: RecoveryNotice) -> str:
    lead = "The document was withdrawn and is back." if notice.withdrawn else "The document can be read again."
    if notice.previous is None:
        return f"{lead} This is the first text that we read of it."
    if notice.previous == notice.version:
        return f"{lead} Its text is the one that stood before."
    return f"{lead} Its text is another one than before; if a rule fires on that, it has an alert of its own."


def _facts_of_recovery(notice: RecoveryNotice, timezone: str) -> Iterator[tuple[str, str]]:
    yield from facts_of_document(notice.document)
    yield "Not seen since", moment(notice.since, timezone)
    yield "Last good look before", moment(notice.last_good, timezone) if notice.last_good else "never"
    yield "Seen again", moment(notice.back_at, timezone)
    yield "Version", f"{notice.version}"


def _storage(notice: StorageNotice, envelope: Envelope) -> Letter:
    facts = [
        ("Database", notice.database),
        ("Error", notice.error),
        ("Since", moment(notice.since, envelope.timezone)),
    ]
    if notice.until is not None:
        facts.append(("Until", moment(notice.until, envelope.timezone)))
        lead = (
            "Checks are recorded and alerts delivered again. A text that stood only in between was not kept;"
            " every document is looked at again when it is next due."
        )
    else:
        lead = (
            "What changes now cannot be recorded, so that nobody is alerted to it. Make room or repair the"
            " disk; nothing needs to be restarted: policywatch goes on trying, and will tell when it succeeds."
        )
    return letter_on(
        notice.severity,
        notice.title,
        envelope,
        lead=lead,
        facts=tuple(facts),
        commands=(("How things stand", "policywatch status"),),
        see_all="policywatch status",
    )

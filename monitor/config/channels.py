"""From the tables of channels to channels with their secrets."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address

from monitor.config.check import check, forms_of
from monitor.config.paths import Surroundings, trusted_file
from monitor.config.places import Item, Place, Problems, suggestion
from monitor.config.secret import Secret, SecretForm, read_secret
from monitor.config.settings import (
    AppriseChannel,
    ChannelSettings,
    EmailChannel,
    SlackBotChannel,
    SlackChannel,
    WebhookChannel,
)
from monitor.config.shape import (
    CHANNEL_TABLES,
    AppriseTable,
    ChannelTable,
    EmailTable,
    SlackBotTable,
    SlackTable,
    WebhookTable,
)
from monitor.config.types import split_sender
from monitor.keys import is_key_part
from monitor.urls import check_url, host_of

_DEFAULT_PORTS = {"starttls": 587, "tls": 465, "none": 25}


def read_channels(
    items: dict[str, Item], around: Surroundings, problems: Problems
) -> dict[str, ChannelSettings]:
    """The channels that could be understood, by name."""
    channels = {}
    for name, item in items.items():
        channel = _read(name, item, around, problems)
        if channel is not None:
            channels[name] = channel
    return channels


def recipients_of(item: Item) -> tuple[str, ...]:
    """The recipients that a channel's table names, whatever else may be wrong with it."""
    to = item.value.get("to") if isinstance(item.value, dict) else None
    return tuple(each for each in to if isinstance(each, str)) if isinstance(to, list) else ()


def _read(name: str, item: Item, around: Surroundings, problems: Problems) -> ChannelSettings | None:
    if not is_key_part(name):
        problems.add(item.place, "name a channel with lower-case letters a to z, digits and hyphens")
        return None
    table = _table_of(item, problems)
    if table is None:
        return None
    before = len(problems.found)
    settings = check(table, item, problems)
    secrets = [read_reference(secret, item, around, problems) for secret in table.secrets]
    channel = _channel(name, settings, secrets, item.place, around, problems)
    return channel if len(problems.found) == before else None


def _channel(
    name: str,
    table: ChannelTable | None,
    secrets: Sequence[Secret | None],
    place: Place,
    around: Surroundings,
    problems: Problems,
) -> ChannelSettings | None:
    if isinstance(table, EmailTable):
        return _email(name, table, secrets[0], place, around, problems)
    known = [secret for secret in secrets if secret is not None]
    return _by_secret(name, table, known, place, problems) if len(known) == len(secrets) else None


def _by_secret(
    name: str, table: ChannelTable | None, known: Sequence[Secret], place: Place, problems: Problems
) -> ChannelSettings | None:
    match table:
        case SlackTable():
            _check_address(known[0], place, problems)
            return SlackChannel(name, known[0])
        case SlackBotTable():
            if not may_be_sent_to(table.api_url):
                problems.add(place.at("api_url"), _ENCRYPTED)
            return SlackBotChannel(name, known[0], table.api_url.rstrip("/"), tuple(dict.fromkeys(table.to)))
        case WebhookTable():
            _check_address(known[0], place, problems)
            return WebhookChannel(name, known[0], known[1])
        case AppriseTable():
            return AppriseChannel(name, known[0])
    return None


def _table_of(item: Item, problems: Problems) -> type[ChannelTable] | None:
    kind = item.value.get("type") if isinstance(item.value, dict) else None
    if isinstance(kind, str) and kind in CHANNEL_TABLES:
        return CHANNEL_TABLES[kind]
    *most, last = (f'"{name}"' for name in CHANNEL_TABLES)
    known = f"{', '.join(most)} or {last}"
    if kind is None:
        problems.add(item.place, f'a channel is a table with a "type": {known}')
    else:
        hint = suggestion(kind, CHANNEL_TABLES) if isinstance(kind, str) else ""
        problems.add(item.place.at("type"), f"must be {known}{hint}")
    return None


def _email(
    name: str,
    table: EmailTable,
    password: Secret | None,
    place: Place,
    around: Surroundings,
    problems: Problems,
) -> EmailChannel:
    if (table.username is not None) != any(getattr(table, key) for key in forms_of("password")):
        problems.add(place, '"username" and a password go together; one of them is missing')
    if table.tls == "none" and table.username is not None:
        problems.add(place.at("tls"), 'a password must not travel unencrypted; use "starttls" or "tls"')
    sender_name, sender = split_sender(table.sender)
    return EmailChannel(
        name=name,
        host=table.host,
        port=table.port or _DEFAULT_PORTS[table.tls],
        tls=table.tls,
        ca_file=trusted_file(table.ca_file, place.at("ca_file"), around, problems),
        username=table.username,
        password=password,
        sender=sender,
        sender_name=sender_name or "policywatch",
        recipients=tuple(dict.fromkeys(table.to)),
    )


def _check_address(url: Secret, place: Place, problems: Problems) -> None:
    reason = secret_address_problem(url)
    if reason:
        problems.add(place, f"the secret is no address of a webhook: {reason}")


def secret_address_problem(url: Secret) -> str | None:
    """Why an address that is a secret itself cannot be used; None if it can."""
    problem = check_url(url.reveal())
    if problem is None and not may_be_sent_to(url.reveal()):
        return _ENCRYPTED
    return problem


_ENCRYPTED = 'the address must begin with "https://", or the secret travels unencrypted'


def may_be_sent_to(url: str) -> bool:
    """Plain http is for this machine alone."""
    return url.lower().startswith("https:") or _is_loopback(host_of(url))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def read_reference(secret: str, table: Item, around: Surroundings, problems: Problems) -> Secret | None:
    """The secret that a table refers to; looked for even if something else is wrong with the table."""
    for form, key in zip(SecretForm, forms_of(secret), strict=True):
        reference = table.value.get(key) if isinstance(table.value, dict) else None
        if not isinstance(reference, str) or not reference:
            continue
        try:
            return read_secret(form, reference, around)
        except ValueError as error:
            problems.add(table.place.at(key), str(error))
            return None
    return None

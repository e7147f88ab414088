"""The settings that the rest of the program works with: resolved, complete, frozen."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from monitor.cadence import Cadence
from monitor.config.secret import Secret
from monitor.detect.model import Rule
from monitor.detect.severity import Adjustment
from monitor.detect.topics.model import Book
from monitor.errors import Problem
from monitor.routes import Route
from storage.records import Keep

Baseline = Literal["summary", "alert", "off"]


@dataclass(frozen=True, slots=True)
class Storage:
    """Where the history is kept, and which captured bytes stay in it."""

    database: Path
    keep: Keep = "changed"


@dataclass(frozen=True, slots=True)
class Fetch:
    """Limits on every fetch, in seconds and bytes, and who stands behind it.

    `contact` is None only if no document is watched. `max_download_bytes` counts on the wire,
    `max_page_bytes` after decompression.
    """

    contact: str | None
    total_seconds: float
    connect_seconds: float
    max_download_bytes: int
    max_page_bytes: int
    max_redirects: int
    host_delay_seconds: float
    retries: int
    allow_private: tuple[IPv4Network | IPv6Network, ...]
    ca_file: Path | None


@dataclass(frozen=True, slots=True)
class Target:
    """A document to watch. `service` is the name for people, `service_id` the first part of most keys.

    `fresh_within` is how many seconds it may go unseen before people are told, `confirm_after` how many lie
    between a new text and the second look that confirms it. With `browser` its scripts run
    before it is read.
    """

    key: str
    service: str
    service_id: str
    kind: str
    region: str | None
    language: str | None
    urls: tuple[str, ...]
    cadence: Cadence
    fresh_within: float
    confirm_after: float
    headers: tuple[tuple[str, str], ...]
    select: tuple[str, ...]
    remove: tuple[str, ...]
    ignore_robots: bool
    paused: bool
    browser: bool = False


@dataclass(frozen=True, slots=True)
class EmailChannel:
    name: str
    host: str
    port: int
    tls: Literal["starttls", "tls", "none"]
    ca_file: Path | None
    username: str | None
    password: Secret | None
    sender: str
    sender_name: str
    recipients: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SlackChannel:
    """An incoming webhook, which is bound to one Slack channel: its one recipient is only a label."""

    name: str
    webhook_url: Secret

    @property
    def recipients(self) -> tuple[str, ...]:
        return ("webhook",)


@dataclass(frozen=True, slots=True)
class SlackBotChannel:
    """A bot; its recipients are the Slack channels it posts to, by id or name."""

    name: str
    token: Secret
    api_url: str
    recipients: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WebhookChannel:
    """An address that takes signed JSON."""

    name: str
    url: Secret
    signing_secret: Secret

    @property
    def recipients(self) -> tuple[str, ...]:
        return ("webhook",)


@dataclass(frozen=True, slots=True)
class AppriseChannel:
    """An address in Apprise's own form."""

    name: str
    url: Secret

    @property
    def recipients(self) -> tuple[str, ...]:
        return ("apprise",)


ChannelSettings = EmailChannel | SlackChannel | SlackBotChannel | WebhookChannel | AppriseChannel


def secrets_of(channel: ChannelSettings) -> tuple[Secret, ...]:
    match channel:
        case EmailChannel():
            return (channel.password,) if channel.password else ()
        case SlackChannel():
            return (channel.webhook_url,)
        case SlackBotChannel():
            return (channel.token,)
        case WebhookChannel():
            return channel.url, channel.signing_secret
        case AppriseChannel():
            return (channel.url,)


@dataclass(frozen=True, slots=True)
class DeadMan:
    """Whom to ping while all is well, if anybody, and how often, in seconds.

    `delivered_within` is how many seconds the oldest open delivery may wait.
    """

    url: Secret | None
    every: float
    delivered_within: float


@dataclass(frozen=True, slots=True)
class Web:
    """Where the history browser listens, and who may use it.

    `hosts` are names by which it may be called besides those of this machine, `proxies` networks from which
    `user_header` is believed besides this machine. `users` are tokens by the name of who has it.
    """

    host: str = "127.0.0.1"
    port: int = 8470
    hosts: frozenset[str] = frozenset()
    user_header: str | None = None
    proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    users: dict[str, Secret] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WebSettings:
    """What the history browser works with; nothing that the daemon keeps secret is in it."""

    web: Web
    database: Path
    timezone: ZoneInfo
    public_url: str
    paused: frozenset[str]


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that was configured. `timezone` is for people; records and storage are UTC.

    `public_url` is where the history browser is reached, without a slash at its end; empty if nowhere.
    `warnings` are doubts that let the configuration pass, for `validate` to show.
    """

    timezone: ZoneInfo
    baseline: Baseline
    storage: Storage
    fetch: Fetch
    dead_man: DeadMan
    targets: tuple[Target, ...]
    rules: tuple[Rule, ...]
    books: tuple[Book, ...]
    channels: dict[str, ChannelSettings]
    routes: tuple[Route, ...]
    adjustments: tuple[Adjustment, ...] = ()
    warnings: tuple[Problem, ...] = ()
    public_url: str = ""

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Every secret in use, so that logging can blot them out."""
        found = tuple(secret for channel in self.channels.values() for secret in secrets_of(channel))
        return (*found, self.dead_man.url) if self.dead_man.url else found

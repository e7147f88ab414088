"""The shape of the configuration file: every table, every key, its type and its default.

`docs/configuration.md` and `config.example.toml` are tested against these models.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from monitor.config.types import (
    Boolean,
    Contact,
    CronExpression,
    DatabasePath,
    Headers,
    HostName,
    Hours,
    Interval,
    Key,
    Language,
    ListenAddress,
    LocalTime,
    MailAddress,
    Name,
    Network,
    Pause,
    Port,
    PublicUrl,
    Region,
    RequestHeader,
    Retention,
    Seconds,
    Selectors,
    Sender,
    SlackPlace,
    Text,
    Timezone,
    Url,
    Whole,
)
from monitor.detect.table import RuleTable as SharedRuleTable
from storage.records import Severity

MEBIBYTE = 1_048_576


class Table(BaseModel):
    """A TOML table. `one_of` and `at_most_one_of` list keys that exclude each other, `secrets` what may only be
    given by reference, as `NAME_file`, `NAME_env` or `NAME_credential`.
    """  # noqa: D205 - one sentence needs two lines

    model_config = ConfigDict(extra="forbid", frozen=True)

    one_of: ClassVar[tuple[tuple[str, ...], ...]] = ()
    at_most_one_of: ClassVar[tuple[tuple[str, ...], ...]] = ()
    secrets: ClassVar[tuple[str, ...]] = ()


class StorageTable(Table):
    database: DatabasePath | None = None
    keep: Retention = "changed"


class FetchTable(Table):
    contact: Contact | None = None
    every: Interval = "6h"
    fresh_within: Interval | None = None
    confirm_after: Pause = "60s"
    total_seconds: Seconds = Field(default=60.0, ge=1, le=600)
    connect_seconds: Seconds = Field(default=15.0, ge=0.1, le=120)
    max_download_bytes: Whole = Field(default=10 * MEBIBYTE, ge=1024, le=256 * MEBIBYTE)
    max_page_bytes: Whole = Field(default=20 * MEBIBYTE, ge=1024, le=256 * MEBIBYTE)
    max_redirects: Whole = Field(default=8, ge=0, le=20)
    host_delay_seconds: Seconds = Field(default=1.0, ge=0, le=600)
    retries: Whole = Field(default=2, ge=0, le=10)
    allow_private: tuple[Network, ...] = ()
    ca_file: Text | None = None


class DocumentTable(Table):
    one_of = (("url", "urls"),)
    at_most_one_of = (("every", "cron"),)

    kind: Name
    url: Url | None = None
    urls: tuple[Url, ...] = Field(default=(), min_length=1)
    variant: Name | None = None
    key: Key | None = None
    region: Region | None = None
    language: Language | None = None
    every: Interval | None = None
    cron: CronExpression | None = None
    timezone: Timezone | None = None
    fresh_within: Interval | None = None
    confirm_after: Pause | None = None
    headers: Headers = {}
    select: Selectors = ()
    remove: Selectors = ()
    browser: Boolean = False
    ignore_robots: Boolean = False
    paused: Boolean = False


class ServiceTable(Table):
    name: Text
    id: Name | None = None
    documents: tuple[DocumentTable, ...] = ()


class RuleTable(SharedRuleTable, Table):
    """A rule in the shape that the shipped rulebooks have as well."""


class EmailTable(Table):
    secrets = ("password",)

    type: Literal["email"]
    host: Text
    port: Port | None = None
    tls: Literal["starttls", "tls", "none"] = "starttls"
    ca_file: Text | None = None
    username: Text | None = None
    password_file: Text | None = None
    password_env: Text | None = None
    password_credential: Text | None = None
    sender: Sender = Field(alias="from")
    to: tuple[MailAddress, ...] = Field(min_length=1)


class SlackTable(Table):
    secrets = ("webhook_url",)
    one_of = (("webhook_url_file", "webhook_url_env", "webhook_url_credential"),)

    type: Literal["slack"]
    webhook_url_file: Text | None = None
    webhook_url_env: Text | None = None
    webhook_url_credential: Text | None = None


class SlackBotTable(Table):
    secrets = ("token",)
    one_of = (("token_file", "token_env", "token_credential"),)

    type: Literal["slack-bot"]
    token_file: Text | None = None
    token_env: Text | None = None
    token_credential: Text | None = None
    to: tuple[SlackPlace, ...] = Field(min_length=1)
    api_url: Url = "https://slack.com/api"


class WebhookTable(Table):
    secrets = ("url", "signing_secret")
    one_of = (
        ("url_file", "url_env", "url_credential"),
        ("signing_secret_file", "signing_secret_env", "signing_secret_credential"),
    )

    type: Literal["webhook"]
    url_file: Text | None = None
    url_env: Text | None = None
    url_credential: Text | None = None
    signing_secret_file: Text | None = None
    signing_secret_env: Text | None = None
    signing_secret_credential: Text | None = None


class AppriseTable(Table):
    secrets = ("url",)
    one_of = (("url_file", "url_env", "url_credential"),)

    type: Literal["apprise"]
    url_file: Text | None = None
    url_env: Text | None = None
    url_credential: Text | None = None


ChannelTable = EmailTable | SlackTable | SlackBotTable | WebhookTable | AppriseTable

CHANNEL_TABLES: dict[str, type[ChannelTable]] = {
    "email": EmailTable,
    "slack": SlackTable,
    "slack-bot": SlackBotTable,
    "webhook": WebhookTable,
    "apprise": AppriseTable,
}


class DeadManTable(Table):
    secrets = ("url",)

    url_file: Text | None = None
    url_env: Text | None = None
    url_credential: Text | None = None
    every: Interval = "5m"
    delivered_within: Interval = "4h"


class WebTable(Table):
    """What is said of the history browser, but for its users, who are tables of their own."""

    listen: ListenAddress = "127.0.0.1:8470"
    hosts: tuple[HostName, ...] = ()
    user_header: RequestHeader | None = None
    proxies: tuple[Network, ...] = ()
    users: dict[str, dict[str, object]] = {}


class WebUserTable(Table):
    one_of = (("token_file", "token_env", "token_credential"),)
    secrets = ("token",)

    token_file: Text | None = None
    token_env: Text | None = None
    token_credential: Text | None = None


class RouteTable(Table):
    at_most_one_of = (("group_wait", "digest"),)

    to: tuple[Text, ...] = Field(min_length=1)
    recipients: tuple[Text, ...] = ()
    services: tuple[Text, ...] = ()
    kinds: tuple[Text, ...] = ()
    regions: tuple[Text, ...] = ()
    topics: tuple[Text, ...] = ()
    effects: tuple[Text, ...] = ()
    rules: tuple[Text, ...] = ()
    flags: tuple[Text, ...] = ()
    severity: Severity = Severity.INFO
    group_wait: Interval | None = None
    digest: Literal["daily", "weekly"] | None = None
    at: LocalTime = "08:00"
    weekday: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] = "monday"
    quiet: Hours | None = None
    timezone: Timezone | None = None
    repeat_after: Interval | None = None
    repeat_to: tuple[Text, ...] = ()


class SeverityTable(Table):
    one_of = (("to", "raise", "lower"),)

    topics: tuple[Text, ...] = ()
    services: tuple[Text, ...] = ()
    kinds: tuple[Text, ...] = ()
    regions: tuple[Text, ...] = ()
    to: Severity | None = None
    up: int | None = Field(default=None, alias="raise", ge=1, le=3, strict=True)
    down: int | None = Field(default=None, alias="lower", ge=1, le=3, strict=True)


class ConfigTable(Table):
    timezone: Timezone = "UTC"
    public_url: PublicUrl | None = None
    baseline: Literal["summary", "alert", "off"] = "summary"
    rulebooks: tuple[Name, ...] = ("ai-training",)
    topic_files: tuple[Text, ...] = ()
    storage: StorageTable = StorageTable()
    fetch: FetchTable = FetchTable()
    dead_man: DeadManTable = DeadManTable()
    web: WebTable = WebTable()
    services: tuple[ServiceTable, ...] = ()
    rules: tuple[RuleTable, ...] = ()
    channels: dict[str, ChannelTable] = {}
    routes: tuple[RouteTable, ...] = ()
    severities: tuple[SeverityTable, ...] = ()


def keys_of(table: type[BaseModel]) -> dict[str, str]:
    """The keys of a table as they are written, and the model's name for each."""
    return {field.alias or name: name for name, field in table.model_fields.items()}

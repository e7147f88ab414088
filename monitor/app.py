"""Puts the parts together from the settings: who hears of what, how we fetch, how we speak."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version

from monitor.alerting import Audience, Recipients
from monitor.clock import clock_state
from monitor.config import (
    AppriseChannel,
    ChannelSettings,
    EmailChannel,
    Settings,
    SlackBotChannel,
    SlackChannel,
    WebhookChannel,
)
from monitor.detect.compile import compile_rule
from monitor.dispatch import ChannelWorkers, Dispatcher
from monitor.extract.pool import ExtractionPool
from monitor.fetch.fetcher import Fetcher
from monitor.fetch.model import FetchLimits
from monitor.log import Log
from monitor.metrics import Metrics
from monitor.pipeline import Pipeline
from monitor.storage_alarm import Receivers, StorageAlarm
from monitor.thread import DatabaseThread
from monitor.watch import Watch
from notifiers.base import Notifier, Post
from notifiers.email import EmailNotifier, EmailSettings
from notifiers.slack import SlackSettings, SlackWebhookNotifier
from notifiers.slack_bot import SlackBotNotifier, SlackBotSettings
from notifiers.through_apprise import AppriseNotifier, AppriseSettings
from notifiers.webhook import WebhookNotifier, WebhookSettings
from storage.database import Database

EMAIL_RECIPIENTS_AT_ONCE = 4

CHECKS_AT_ONCE = 8
"""Documents under way at a time: each may hold a page of up to `max_page_bytes` in memory."""


@dataclass(frozen=True, slots=True)
class App:
    """The running parts that the daemon and `check` share."""

    settings: Settings
    database: Database
    fetcher: Fetcher
    pipeline: Pipeline
    dispatcher: Dispatcher
    receivers: Receivers
    storage_alarm: StorageAlarm
    worker: DatabaseThread
    log: Log
    metrics: Metrics


def utc_now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def running(
    settings: Settings, database: Database, log: Log, clock: Callable[[], datetime] = utc_now
) -> AsyncIterator[App]:
    """The parts, connected and ready; closed in order when the block ends. `clock` tells the time in UTC."""
    worker, metrics = DatabaseThread(), Metrics()
    pool = ExtractionPool()
    try:
        async with open_fetcher(settings, clock) as fetcher:
            channels = channels_of(settings, fetcher.post)
            receivers = _receivers(settings, channels)
            watch = watch_of(settings, receivers.audience)
            pipeline = Pipeline(database, fetcher, pool, watch, clock, worker)
            alarm = StorageAlarm(receivers, database=database.path, clock=clock, log=log)
            dispatcher = _dispatcher(receivers, channels, database, worker, alarm, log, clock, metrics)
            yield App(settings, database, fetcher, pipeline, dispatcher, receivers, alarm, worker, log, metrics)
    finally:
        pool.close()
        worker.close()


def renewed(app: App, settings: Settings) -> App:
    """The same parts under other settings; `app`'s own go on with what they have begun.

    Who fetches stays where it may, and with it what hosts and their robots.txt asked of us. Where it does not,
    whoever calls closes the fetcher of `app` once nothing uses it, and that of the new one in the end.
    """
    old = app.pipeline
    fetcher = app.fetcher if settings.fetch == app.settings.fetch else open_fetcher(settings, old.clock)
    channels = channels_of(settings, fetcher.post)
    receivers = _receivers(settings, channels)
    watch = watch_of(settings, receivers.audience)
    return replace(
        app,
        settings=settings,
        fetcher=fetcher,
        pipeline=replace(old, fetcher=fetcher, watch=watch),
        dispatcher=_dispatcher(
            receivers, channels, app.database, app.worker, app.storage_alarm, app.log, old.clock, app.metrics
        ),
        receivers=receivers,
    )


def _receivers(settings: Settings, channels: Mapping[str, ChannelWorkers]) -> Receivers:
    notifiers = {name: workers.notifier for name, workers in channels.items()}
    return Receivers(notifiers, audience_of(settings), str(settings.timezone), settings.public_url)


def _dispatcher(  # noqa: PLR0913, PLR0917 (the parts it stands on, as at `Dispatcher`)
    receivers: Receivers,
    channels: Mapping[str, ChannelWorkers],
    database: Database,
    worker: DatabaseThread,
    storage_alarm: StorageAlarm,
    log: Log,
    clock: Callable[[], datetime],
    metrics: Metrics,
) -> Dispatcher:
    return Dispatcher(
        database,
        channels,
        receivers.audience,
        timezone=receivers.timezone,
        public_url=receivers.public_url,
        clock=clock,
        jitter=random.random,
        in_thread=worker,
        storage_alarm=storage_alarm,
        log=log,
        metrics=metrics,
    )


def open_fetcher(settings: Settings, clock: Callable[[], datetime] = utc_now) -> Fetcher:
    fetch = settings.fetch
    contact = f" (+{fetch.contact})" if fetch.contact else ""
    return Fetcher(
        user_agent=f"policywatch/{version('policywatch')}{contact}",
        limits=FetchLimits(
            total_seconds=fetch.total_seconds,
            connect_seconds=fetch.connect_seconds,
            wire_bytes=fetch.max_download_bytes,
            decoded_bytes=fetch.max_page_bytes,
            redirects=fetch.max_redirects,
            host_delay_seconds=fetch.host_delay_seconds,
            retries=fetch.retries,
        ),
        clock=clock,
        allow_private=fetch.allow_private,
        ca_file=fetch.ca_file,
        clock_state=clock_state,
    )


def watch_of(settings: Settings, audience: Audience) -> Watch:
    pages = frozenset(url for target in settings.targets for url in target.urls)
    rules = [compile_rule(rule) for rule in settings.rules]
    return Watch(rules, audience, settings.baseline, settings.books, pages, settings.adjustments)


def audience_of(settings: Settings) -> Audience:
    return Audience(
        settings.routes,
        {
            name: Recipients(channel.recipients, message_domain(channel))
            for name, channel in settings.channels.items()
        },
    )


def channels_of(settings: Settings, post: Post) -> dict[str, ChannelWorkers]:
    return {name: _workers(channel, post) for name, channel in settings.channels.items()}


def notifier_of(channel: ChannelSettings, post: Post) -> Notifier:
    match channel:
        case EmailChannel():
            return EmailNotifier(_mail_settings(channel))
        case SlackChannel():
            return SlackWebhookNotifier(SlackSettings(channel.webhook_url.reveal), post)
        case SlackBotChannel():
            return SlackBotNotifier(SlackBotSettings(channel.token.reveal, channel.api_url), post)
        case WebhookChannel():
            settings = WebhookSettings(channel.url.reveal, channel.signing_secret.reveal)
            return WebhookNotifier(settings, post)
        case AppriseChannel():
            return AppriseNotifier(AppriseSettings(channel.url.reveal))


def _mail_settings(channel: EmailChannel) -> EmailSettings:
    return EmailSettings(
        host=channel.host,
        port=channel.port,
        tls=channel.tls,
        username=channel.username,
        password=channel.password.reveal if channel.password else None,
        sender=channel.sender,
        sender_name=channel.sender_name,
        ca_file=channel.ca_file,
    )


def _workers(channel: ChannelSettings, post: Post) -> ChannelWorkers:
    at_once = min(EMAIL_RECIPIENTS_AT_ONCE, len(channel.recipients)) if isinstance(channel, EmailChannel) else 1
    return ChannelWorkers(notifier_of(channel, post), at_once)


def message_domain(channel: ChannelSettings) -> str:
    """RFC 5322 wants a message id's right side to be ours: the sender's domain is."""
    if isinstance(channel, EmailChannel):
        return channel.sender.rpartition("@")[2]
    return f"{channel.name}.policywatch.invalid"

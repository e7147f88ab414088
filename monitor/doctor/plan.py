"""Which checks there are for a configuration and a database, in the order in which people read them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

from monitor.app import notifier_of, open_fetcher, utc_now
from monitor.clock import said_by_kernel
from monitor.config import ChannelSettings, Settings, SlackBotChannel, SlackChannel, WebhookChannel
from monitor.doctor import judge, network, store, watching
from monitor.doctor.examine import Check, Probe, in_thread
from monitor.doctor.model import Diagnosis, Result
from monitor.errors import ConfigInvalid, PolicywatchError
from monitor.urls import host_of

QUICK_SECONDS = 15.0
NETWORK_SECONDS = 20.0
READING_SECONDS = store.READ_SECONDS + 15.0


def of_configuration(settings: Settings | None, error: PolicywatchError | None) -> Diagnosis:
    """What reading the configuration brought: every problem, or a count of what it names."""
    check = "configuration"
    if isinstance(error, ConfigInvalid) and error.problems:
        told = tuple(map(str, error.problems))
        return Diagnosis(
            check, Result.ERROR, f"{len(told)} to mend", "`policywatch validate` again when done", told
        )
    if error is not None:
        return Diagnosis(check, Result.ERROR, str(error), "name it with --config")
    if settings is None:
        return Diagnosis(check, Result.UNKNOWN, "there is none; the database alone is examined")
    found = (
        f"documents: {len(settings.targets)}, channels: {len(settings.channels)},"
        f" secrets: {len(settings.secrets)}, all read and private"
    )
    warnings = tuple(map(str, settings.warnings))
    result = Result.WARNING if warnings else Result.OK
    return Diagnosis(check, result, found, "see each" if warnings else "", warnings)


def of_database(path: Path, settings: Settings | None) -> Iterator[Check]:
    """What can be asked without a network."""
    paused = frozenset(target.key for target in settings.targets if target.paused) if settings else frozenset()
    there = _may_be_there(path)
    yield _in_thread("daemon", lambda: store.daemon(path, utc_now()))
    yield _in_thread("database", partial(store.opens, path))
    if there:
        yield Check("integrity", READING_SECONDS, in_thread(partial(store.is_whole, path)))
        yield _in_thread("permissions", partial(store.permissions, path, os.geteuid()))
        yield _in_thread("files in use", partial(store.files_in_use, path))
        yield _in_thread("wal", partial(store.wal, path))
    yield _in_thread("file system", partial(store.filesystem, path))
    yield _in_thread("disk", partial(store.disk, path))
    yield _in_thread("clock", lambda: judge.clock(said_by_kernel()))
    if there:
        yield _in_thread("documents", partial(store.documents, path, paused))
        limit = delivered_within(settings)
        yield _in_thread("outbox", lambda: store.outbox(path, utc_now(), limit))
        yield _in_thread("channels", lambda: store.failing_channels(path, utc_now()))


def _may_be_there(path: Path) -> bool:
    """Also where this user may not look: then each check says so."""
    try:
        return path.exists()
    except OSError:
        return True


def delivered_within(settings: Settings | None) -> timedelta:
    """How long the oldest open delivery may wait."""
    seconds = settings.dead_man.delivered_within if settings else None
    return watching.DELIVERED_WITHIN if seconds is None else timedelta(seconds=seconds)


def of_backup(path: Path) -> Check:
    return Check("backup", READING_SECONDS, in_thread(partial(store.backup, path)))


def of_network(settings: Settings) -> Iterator[Check]:
    """What goes out: names, mail servers, webhooks."""
    yield Check("dns", NETWORK_SECONDS, partial(network.names, _hosts(settings), settings.fetch.allow_private))
    for name, channel in settings.channels.items():
        yield Check(f"channel {name}", NETWORK_SECONDS, _channel(name, channel, settings))


def _channel(name: str, channel: ChannelSettings, settings: Settings) -> Probe:
    async def probe() -> Diagnosis:
        async with open_fetcher(settings) as fetcher:
            return await network.channel(name, notifier_of(channel, fetcher.post))

    return probe


def _hosts(settings: Settings) -> frozenset[str]:
    """Of documents, webhooks and the dead man's switch; mail servers are asked themselves."""
    watched = {host_of(url) for target in settings.targets if not target.paused for url in target.urls}
    hooks = {host_of(url) for channel in settings.channels.values() for url in _addresses(channel)}
    pinged = {host_of(settings.dead_man.url.reveal())} if settings.dead_man.url else set()
    return frozenset(watched | hooks | pinged)


def _addresses(channel: ChannelSettings) -> tuple[str, ...]:
    match channel:
        case SlackChannel():
            return (channel.webhook_url.reveal(),)
        case SlackBotChannel():
            return (channel.api_url,)
        case WebhookChannel():
            return (channel.url.reveal(),)
        case _:  # Apprise's own forms of address name no host that we could ask for
            return ()


def _in_thread(name: str, work: Callable[[], Diagnosis | None]) -> Check:
    return Check(name, QUICK_SECONDS, in_thread(work))

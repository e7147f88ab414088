"""`policywatch test`: proves that a channel works."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.errors import Unavailable, UsageError

if TYPE_CHECKING:
    from monitor.config import ChannelSettings, Settings


def register(app: typer.Typer) -> None:
    app.command("test", epilog="Example: policywatch test team-mail")(test)


def test(
    context: typer.Context,
    channel: Annotated[str, typer.Argument(help="The channel's name in the configuration.")],
) -> None:
    """Send a sample alert over a channel and say whether it was accepted; exits with 69 if it was not."""
    import asyncio

    settings = context.obj.settings()
    if channel not in settings.channels:
        known = ", ".join(settings.channels) or "none"
        raise UsageError(f"there is no channel {channel!r} in the configuration; it names {known}")
    asyncio.run(_send(settings, settings.channels[channel]))


async def _send(settings: Settings, channel: ChannelSettings) -> None:
    import secrets

    from monitor.app import message_domain, notifier_of, open_fetcher, utc_now
    from monitor.messages import render
    from monitor.messages.model import Envelope, SampleNotice
    from notifiers.base import DeliveryError

    refused = []
    async with open_fetcher(settings) as fetcher:
        notifier = notifier_of(channel, fetcher.post)
        for recipient in channel.recipients:
            envelope = Envelope(
                message_id=f"sample.{secrets.token_hex(12)}@{message_domain(channel)}",
                channel=channel.name,
                recipient=recipient,
                created_at=utc_now(),
                timezone=str(settings.timezone),
            )
            try:
                await notifier.send(
                    render(SampleNotice(f"Test of the channel {channel.name}"), envelope), recipient
                )
            except DeliveryError as error:
                refused.append(f"{recipient}: {error.reason}")
            else:
                sys.stdout.write(f"{channel.name}: accepted for {recipient}\n")
    if refused:
        raise Unavailable(f"{channel.name}: not accepted for " + "; ".join(refused))

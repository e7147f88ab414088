"""That the database cannot be written is told from memory: once, and once when it can be again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from monitor.alerting import Audience
from monitor.log import make_log
from monitor.storage_alarm import Receivers, StorageAlarm
from notifiers.base import DeliveryError, Message, Notifier
from tests.monitor.stage import Clock, audience

HEARD = audience(mail=("ann@team.test", "bob@team.test"), chat=("webhook",))


class Mailbox(Notifier):
    """Keeps what it is sent; refuses with the errors in `answers` first."""

    def __init__(self, *answers: Exception) -> None:
        self.answers = list(answers)
        self.tried = 0
        self.got: list[tuple[str, Message]] = []
        self._arrived = asyncio.Event()

    async def send(self, message: Message, recipient: str) -> None:
        self.tried += 1
        if self.answers:
            raise self.answers.pop(0)
        self.got.append((recipient, message))
        self._arrived.set()

    async def probe(self) -> str:
        return "a box"

    async def wait_for(self, count: int) -> None:
        while len(self.got) < count:
            self._arrived.clear()
            await self._arrived.wait()

    def titles(self, recipient: str) -> list[str]:
        return [message.subject for to, message in self.got if to == recipient]


def an_alarm(
    mail: Notifier, chat: Notifier, clock: Clock, heard: Audience = HEARD, pause: float = 3600.0
) -> StorageAlarm:
    return StorageAlarm(
        Receivers({"mail": mail, "chat": chat}, heard, "UTC"), database=Path("/var/lib/policywatch.db"),
        clock=clock, log=make_log(), pause_seconds=pause,
    )  # fmt: skip


@asynccontextmanager
async def running(alarm: StorageAlarm) -> AsyncIterator[None]:
    task = asyncio.create_task(alarm.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def settle() -> None:
    """Let everything run that need not wait."""
    for _ in range(50):
        await asyncio.sleep(0)


async def test_everybody_is_told_once_and_once_when_it_is_over() -> None:
    mail, chat, clock = Mailbox(), Mailbox(), Clock()
    alarm = an_alarm(mail, chat, clock)
    async with running(alarm):
        for document in ("acme/faq", "acme/terms", "acme/faq"):
            alarm.failed(document, "policywatch.db: the disk is full; make room")
        await mail.wait_for(2)
        await chat.wait_for(1)
        alarm.worked("acme/faq")
        alarm.worked("acme/unheard-of")
        await settle()
        assert (len(mail.got), len(chat.got)) == (2, 1)
        clock.advance(minutes=7)
        alarm.worked("acme/terms")
        await mail.wait_for(4)
        await chat.wait_for(2)
    for recipient, box in (("ann@team.test", mail), ("bob@team.test", mail), ("webhook", chat)):
        broken, whole = box.titles(recipient)
        assert "cannot be written" in broken
        assert "can be written again" in whole
    words = mail.got[0][1].text
    assert "the disk is full" in words
    assert "/var/lib/policywatch.db" in words
    assert "12:07" in mail.got[-1][1].text
    assert len({message.message_id for _, message in mail.got}) == 4


async def test_disk_that_comes_and_goes_is_not_told_each_time() -> None:
    mail, chat = Mailbox(), Mailbox()
    alarm = an_alarm(mail, chat, Clock())
    async with running(alarm):
        for count in (1, 2):
            alarm.failed("acme/faq", "full")
            await mail.wait_for(2)
            await settle()
            alarm.worked("acme/faq")
            await mail.wait_for(4)
            await settle()
            assert len(chat.got) == 2, count
    assert len(mail.got) == 4


async def test_trouble_that_goes_on_after_the_pause_is_told() -> None:
    mail, chat = Mailbox(), Mailbox()
    alarm = an_alarm(mail, chat, Clock(), audience(chat=("webhook",)), pause=0.0)
    async with running(alarm):
        alarm.failed("acme/faq", "full")
        await chat.wait_for(1)
        alarm.worked("acme/faq")
        await chat.wait_for(2)
        alarm.failed("acme/faq", "full again")
        await chat.wait_for(3)
    assert "full again" in chat.got[2][1].text


@pytest.mark.parametrize("fault", [DeliveryError("refused for good", transient=False), RuntimeError("odd")])
async def test_channel_that_fails_holds_up_no_other(fault: Exception) -> None:
    mail, chat = Mailbox(*[fault] * 100), Mailbox()
    alarm = an_alarm(mail, chat, Clock())
    async with running(alarm):
        alarm.failed("acme/faq", "full")
        await chat.wait_for(1)
        alarm.worked("acme/faq")
        await chat.wait_for(2)
    assert mail.tried == 2, "once for each recipient, and nobody hears of an end whose beginning was not told"
    assert mail.got == []


async def test_what_was_not_accepted_for_now_is_tried_again() -> None:
    mail, chat = Mailbox(), Mailbox(DeliveryError("busy", transient=True, retry_after=None))
    alarm = an_alarm(mail, chat, Clock(), audience(chat=("webhook",)))
    async with running(alarm):
        alarm.failed("acme/faq", "full")
        await asyncio.wait_for(chat.wait_for(1), 30)
    assert chat.tried == 2


async def test_without_channels_nothing_is_told_and_nothing_fails() -> None:
    mail = Mailbox()
    alarm = an_alarm(mail, Mailbox(), Clock(), Audience())
    async with running(alarm):
        alarm.failed("acme/faq", "full")
        await settle()
    assert mail.tried == 0


async def test_reload_tells_who_is_new_and_nobody_twice() -> None:
    mail, chat = Mailbox(), Mailbox()
    alarm = an_alarm(mail, chat, Clock(), audience(mail=("ann@team.test", "bob@team.test")))
    async with running(alarm):
        alarm.failed("acme/faq", "full")
        alarm.failed("outbox of mail", "full")
        await mail.wait_for(2)
        alarm.renew(
            Receivers(
                {"chat": chat, "mail": mail}, audience(mail=("ann@team.test",), chat=("webhook",)), "UTC"
            ),
            (),
        )
        await chat.wait_for(1)
        await settle()
        assert len(mail.got) == 2
        alarm.renew(Receivers({"chat": chat}, audience(chat=("webhook",)), "UTC"), ["acme/faq"])
        await chat.wait_for(2)
    assert len(mail.got) == 2, "who is no recipient any more hears no more"
    assert "can be written again" in chat.got[1][1].subject

"""Alerts and the way they go in `benchmarks/delivery.py`: real servers, a clock to set, and what arrived."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from monitor.alerting import Audience
from monitor.dispatch import ChannelWorkers, Dispatcher
from monitor.history import AlertWithDeliveries
from monitor.log import make_log
from monitor.metrics import Metrics
from monitor.storage_alarm import Receivers, StorageAlarm
from notifiers.answers import retry_after
from notifiers.base import Notifier
from notifiers.email import EmailNotifier, EmailSettings
from notifiers.slack import SlackSettings, SlackWebhookNotifier
from storage.records import AlertKind, Delivery, DeliveryState
from tests.monitor.stage import FIRST_TEXT, Stage, audience, opened, watch
from tests.servers.poster import post
from tests.servers.slack import Answer, Posted, SlackServer
from tests.servers.smtp import HOST, Certificates, Received, ScriptedSmtpServer, SmtpServer

ANN, BOB, EVE = "ann@team.test", "bob@team.test", "eve@team.test"
PASSWORD = "canary-password"  # noqa: S105 - of a server that this script starts


@dataclass(frozen=True, slots=True)
class Counted:
    """What became of a row's deliveries; `cuts` are answers that were lost on purpose after the taking."""

    deliveries: int
    lost: int
    twice: int
    cuts: int
    in_pause: int
    note: str

    @property
    def is_kept(self) -> bool:
        return self.lost == 0 and self.twice <= self.cuts and self.in_pause == 0


class TimedSlackServer(SlackServer):
    """Knows by the stage's clock when it was asked, and what it answered."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self._clock = clock
        self.asked: list[tuple[datetime, Answer]] = []

    def answer_to(self, path: str, payload: dict[str, Any]) -> Answer:
        answer = super().answer_to(path, payload)
        self.asked.append((self._clock(), answer))
        return answer

    @property
    def in_pause(self) -> int:
        """Requests that came before a pause was over which an earlier answer asked for."""
        pauses = [(at, retry_after(answer.headers, at)) for at, answer in self.asked if answer.status == 429]
        return sum(
            any(0 < (at - began).total_seconds() < seconds for began, seconds in pauses) for at, _ in self.asked
        )


@dataclass
class Office:
    """A stage, a mail server with TLS and login, a Slack-like endpoint, and the channels to both."""

    stage: Stage
    certificates: Certificates
    smtp: SmtpServer
    slack: TimedSlackServer
    audience: Audience
    mail: Notifier
    scripted: list[ScriptedSmtpServer] = field(default_factory=list)

    @property
    def chat(self) -> Notifier:
        return SlackWebhookNotifier(SlackSettings(lambda: self.slack.url), post, self.stage.clock)

    def mail_over(self, server: SmtpServer | ScriptedSmtpServer, **changes: Any) -> None:
        """From here on mails go to this server, in plain text where it is a scripted one."""
        if isinstance(server, ScriptedSmtpServer):
            self.scripted.append(server)
            changes = {"tls": "none", "username": None, "password": None} | changes
        self.mail = mail_to(server, self.certificates.ca_file, **changes)

    async def change(self, document: str, number: int = 1, text: str = "") -> None:
        """The document's change of this number; its first also reads it as it was before."""
        path = f"/{document}"
        target, pipeline = self.stage.target(path, key=document), self.stage.pipeline(watch(self.audience))
        clauses = [f"We train AI models on your data, part {part}. {text}" for part in range(1, number + 1)]
        if number == 1:
            self.stage.show(FIRST_TEXT, path=path)
            await self.stage.check(pipeline, target, hours=0)
        self.stage.show(FIRST_TEXT, *clauses, path=path)
        self.stage.clock.advance(milliseconds=1)
        await self.stage.check(pipeline, target, hours=0)

    async def changes(self, *documents: str) -> None:
        for document in documents:
            await self.change(document)

    async def work(self, *, step: float = 60.0, **time: float) -> None:
        """Deliver for so long, looking every `step` seconds; each call is a new start of the program."""
        dispatcher = self._dispatcher()
        start = self.stage.clock()
        end = start + (self.stage.clock.advance(**time) - start)
        self.stage.clock.now = start
        while self.stage.clock() < end:
            await dispatcher.drain(patient=True)
            self.stage.clock.advance(seconds=step)
        await dispatcher.drain(patient=True)

    def _dispatcher(self) -> Dispatcher:
        alarm = StorageAlarm(
            Receivers({}, self.audience, "UTC"),
            database=self.stage.database.path,
            clock=self.stage.clock,
            log=make_log(),
        )
        return Dispatcher(
            self.stage.database,
            {"mail": ChannelWorkers(self.mail), "chat": ChannelWorkers(self.chat)},
            self.audience,
            timezone="UTC",
            clock=self.stage.clock,
            jitter=lambda: 0.0,
            in_thread=self.stage.thread,
            metrics=Metrics(),
            storage_alarm=alarm,
            log=make_log(),
        )

    @property
    def mails(self) -> list[Received]:
        return [*self.smtp.messages, *(mail for each in self.scripted for mail in each.messages)]

    def counted(self, note: str = "", *, cuts: int = 0, taken: Iterable[Posted] = ()) -> Counted:
        """Every alert held against what the servers took; `taken` are posts that an error was answered to."""
        posts = [*self.slack.accepted, *taken]
        told = [(alert, each) for alert in self.stage.alerts(AlertKind.CHANGE) for each in alert.deliveries]
        ids = {each.id: each.message_id for _, each in told}
        copies = [
            self._mails_of(ids[each.carrier_id or each.id])
            if each.channel == "mail"
            else sum(bool(_names(alert, each).search(post.words)) for post in posts)
            for alert, each in told
        ]
        given_up = sum(self._is_reported(each) for _, each in told)
        return Counted(
            deliveries=len(told),
            lost=copies.count(0) - given_up,
            twice=sum(max(0, each - 1) for each in copies),
            cuts=cuts,
            in_pause=self.slack.in_pause,
            note=note,
        )

    def _mails_of(self, message_id: str) -> int:
        return sum(mail.mail["Message-ID"] == f"<{message_id}>" for mail in self.mails)

    def _is_reported(self, delivery: Delivery) -> bool:
        """Whether a delivery was given up and somebody was told so."""
        if delivery.state is not DeliveryState.DEAD:
            return False
        reports = [each.words for each in self.slack.accepted] + [mail.part("plain") for mail in self.mails]
        return any("could not be delivered" in each and delivery.recipient in each for each in reports)


def _names(alert: AlertWithDeliveries, delivery: Delivery) -> re.Pattern[str]:
    """What a message in Slack says that tells of an alert, alone or with others, whole or in plain form."""
    own, change = alert.alert.id, alert.change
    version = f"{re.escape(change.document)} {change.previous} {change.number}" if change else "-"
    shared = f"--message {delivery.carrier_id or delivery.id}"
    return re.compile(rf"(?:explain {own}|diff {version}|{shared})\b")


def mail_to(server: SmtpServer | ScriptedSmtpServer, ca_file: Path, **changes: Any) -> EmailNotifier:
    settings: dict[str, Any] = {
        "tls": "starttls", "username": "watch", "password": lambda: PASSWORD, "ca_file": ca_file,
        "timeout_seconds": 5.0,
    } | changes  # fmt: skip
    return EmailNotifier(EmailSettings(HOST, server.port, "watch@policy.test", **settings))


@asynccontextmanager
async def office(folder: Path) -> AsyncIterator[Office]:
    certificates = Certificates(folder)
    smtp = SmtpServer(context=certificates.server(HOST), username="watch", password=PASSWORD)
    async with opened(folder) as stage:
        with smtp, TimedSlackServer(stage.clock) as slack:
            heard = audience(mail=(ANN, BOB), chat=("webhook",))
            yield Office(stage, certificates, smtp, slack, heard, mail_to(smtp, certificates.ca_file))

"""The contract kit: what every channel must do, run against each. A new channel adds one `Case`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from notifiers.base import DeliveryError, Message, Notifier
from notifiers.email import EmailNotifier, EmailSettings
from notifiers.slack import SlackSettings, SlackWebhookNotifier
from notifiers.slack_bot import SlackBotNotifier, SlackBotSettings
from notifiers.through_apprise import AppriseNotifier, AppriseSettings
from notifiers.webhook import WebhookNotifier, WebhookSettings
from tests.servers.poster import post
from tests.servers.slack import Answer, SlackServer
from tests.servers.smtp import DROP, Script, ScriptedSmtpServer

SECRET = "canarySecret"


@dataclass(frozen=True)
class Case:
    """A channel with its server, and the switches that make the server misbehave."""

    notifier: Notifier
    recipient: str
    taken: Callable[[], int]
    stop: Callable[[], None]
    restart: Callable[[], None]
    drop: Callable[[], None]
    busy: Callable[[], None]
    refuse_for_good: Callable[[], None]
    echo_the_secret: Callable[[], None]
    tells_refusals: bool = True
    probes: bool = True


@contextmanager
def email_case() -> Iterator[Case]:
    with ScriptedSmtpServer(Script(extensions=("AUTH PLAIN",), replies={"AUTH": "235 welcome"})) as server:
        settings = EmailSettings(
            host="127.0.0.1",
            port=server.port,
            sender="watch@example.test",
            tls="none",
            username="watch",
            password=lambda: SECRET,
            timeout_seconds=5,
        )
        recipient = "counsel@example.test"
        yield Case(
            notifier=EmailNotifier(settings),
            recipient=recipient,
            taken=lambda: len(server.messages),
            stop=server.stop,
            restart=server.start,
            drop=lambda: server.script.replies.update(MAIL=DROP),
            busy=lambda: server.script.replies.update({f"RCPT {recipient}": "450 4.2.0 later"}),
            refuse_for_good=lambda: server.script.replies.update({f"RCPT {recipient}": "550 5.1.1 unknown"}),
            echo_the_secret=lambda: server.script.replies.update(AUTH=f"535 no, {SECRET} is wrong"),
        )


@contextmanager
def slack_case() -> Iterator[Case]:
    with SlackServer() as server:
        url = server.url
        yield Case(
            notifier=SlackWebhookNotifier(SlackSettings(lambda: url), post),
            recipient="privacy-alerts",
            taken=lambda: len(server.accepted),
            stop=server.stop,
            restart=server.start,
            drop=_always(server, Answer(502, "bad gateway")),
            busy=_always(server, Answer(429, "rate_limited")),
            refuse_for_good=_always(server, Answer(404, "no_service")),
            echo_the_secret=_always(server, Answer(500, f"cannot serve {url}, that is {SECRET}")),
        )


@contextmanager
def slack_bot_case() -> Iterator[Case]:
    with SlackServer() as server:
        settings = SlackBotSettings(lambda: SECRET, server.api_url)
        yield Case(
            notifier=SlackBotNotifier(settings, post),
            recipient="C0PRIVACY",
            taken=lambda: len(server.messages),
            stop=server.stop,
            restart=server.start,
            drop=_always(server, Answer(502, "bad gateway")),
            busy=_always(server, Answer(429, '{"ok": false, "error": "ratelimited"}')),
            refuse_for_good=_always(server, Answer(200, '{"ok": false, "error": "channel_not_found"}')),
            echo_the_secret=_always(server, Answer(200, f'{{"ok": false, "error": "{SECRET}"}}')),
        )


@contextmanager
def webhook_case() -> Iterator[Case]:
    with SlackServer() as server:
        server.always = Answer(202, "")
        url = server.url
        settings = WebhookSettings(lambda: url, lambda: SECRET)
        yield Case(
            notifier=WebhookNotifier(settings, post),
            recipient="webhook",
            taken=lambda: len([each for each in server.posts if each.payload["type"] != "probe"]),
            stop=server.stop,
            restart=server.start,
            drop=_always(server, Answer(502, "bad gateway")),
            busy=_always(server, Answer(429, "later")),
            refuse_for_good=_always(server, Answer(410, "gone")),
            echo_the_secret=_always(server, Answer(500, f"cannot serve {url}, that is {SECRET}")),
        )


@contextmanager
def apprise_case() -> Iterator[Case]:
    with SlackServer() as server:
        server.always = Answer(200, "")
        yield Case(
            notifier=AppriseNotifier(AppriseSettings(lambda: f"json://127.0.0.1:{server.port}/{SECRET}")),
            recipient="apprise",
            taken=lambda: len(server.posts),
            stop=server.stop,
            restart=server.start,
            drop=_always(server, Answer(502, "bad gateway")),
            busy=_always(server, Answer(429, "later")),
            refuse_for_good=_always(server, Answer(410, "gone")),
            echo_the_secret=_always(server, Answer(500, f"that is {SECRET}")),
            tells_refusals=False,
            probes=False,
        )


def _always(server: SlackServer, answer: Answer) -> Callable[[], None]:
    def switch() -> None:
        server.always = answer

    return switch


CASES = {
    "email": email_case,
    "slack": slack_case,
    "slack-bot": slack_bot_case,
    "webhook": webhook_case,
    "apprise": apprise_case,
}


@pytest.fixture(params=list(CASES.values()), ids=list(CASES))
def case(request: pytest.FixtureRequest) -> Iterator[Case]:
    with request.param() as ready:
        yield ready


async def failure(case: Case, message: Message) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        await case.notifier.send(message, case.recipient)
    return caught.value


async def test_message_arrives_once(case: Case, message: Message) -> None:
    await case.notifier.send(message, case.recipient)
    assert case.taken() == 1


async def test_odd_text_does_not_stop_a_message(case: Case, odd_message: Message) -> None:
    await case.notifier.send(odd_message, case.recipient)
    assert case.taken() == 1


async def test_server_that_is_down_is_worth_another_try_and_holds_up_the_whole_channel(
    case: Case, message: Message
) -> None:
    case.stop()
    error = await failure(case, message)
    assert error.transient
    assert error.channel_wide


async def test_server_that_came_back_is_used_again(case: Case, message: Message) -> None:
    case.stop()
    await failure(case, message)
    case.restart()
    await case.notifier.send(message, case.recipient)
    assert case.taken() == 1


async def test_lost_connection_is_worth_another_try(case: Case, message: Message) -> None:
    case.drop()
    assert (await failure(case, message)).transient


async def test_busy_server_is_worth_another_try(case: Case, message: Message) -> None:
    case.busy()
    assert (await failure(case, message)).transient


async def test_refusal_for_good_is_not_tried_again(case: Case, message: Message) -> None:
    case.refuse_for_good()
    assert (await failure(case, message)).transient is not case.tells_refusals


@pytest.mark.parametrize("fault", ["stop", "drop", "busy", "refuse_for_good", "echo_the_secret"])
async def test_no_error_holds_the_secret(case: Case, message: Message, fault: str) -> None:
    getattr(case, fault)()
    error = await failure(case, message)
    shown = f"{error!r} {error.reason} {error.__cause__!r} {error.__suppress_context__ or error.__context__!r}"
    assert SECRET not in shown


def test_secret_is_not_in_the_representation_of_settings() -> None:
    mail = EmailSettings("mail.test", 25, "a@example.test", username="a", password=lambda: SECRET)
    assert "password" not in repr(mail)
    assert "webhook_url" not in repr(SlackSettings(lambda: SECRET))
    assert "token" not in repr(SlackBotSettings(lambda: SECRET))
    assert "=" not in repr(WebhookSettings(lambda: SECRET, lambda: SECRET))
    assert "=" not in repr(AppriseSettings(lambda: SECRET))


async def test_probe_proves_a_working_channel_and_sends_nothing(case: Case) -> None:
    found = await case.notifier.probe()
    assert found
    assert SECRET not in found
    assert case.taken() == 0


async def test_probe_of_a_channel_that_is_down_fails_and_of_one_that_is_back_does_not(case: Case) -> None:
    case.stop()
    if case.probes:
        with pytest.raises(DeliveryError):
            await case.notifier.probe()
    case.restart()
    await case.notifier.probe()


async def test_probe_tells_no_secret(case: Case) -> None:
    case.echo_the_secret()
    if not case.probes:
        assert SECRET not in await case.notifier.probe()
        return
    with pytest.raises(DeliveryError) as caught:
        await case.notifier.probe()
    assert SECRET not in caught.value.reason

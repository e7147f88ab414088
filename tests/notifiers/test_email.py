from __future__ import annotations

import asyncio
import ssl
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from notifiers.base import Attachment, DeliveryError, Message
from notifiers.email import LOGIN_PAUSE_SECONDS, EmailNotifier, EmailSettings, compose
from tests.servers.smtp import DROP, Certificates, Script, ScriptedSmtpServer, SmtpServer

Tls = Literal["starttls", "tls"]
RECIPIENTS = ("a@example.test", "b@example.test", "c@example.test")


def settings_for(server: ScriptedSmtpServer | SmtpServer) -> EmailSettings:
    return EmailSettings("127.0.0.1", server.port, "watch@example.test", tls="none", timeout_seconds=5)


def with_login(settings: EmailSettings) -> EmailSettings:
    return replace(settings, username="watch", password=lambda: "s3cret-pass")


async def failure(settings: EmailSettings, message: Message, recipient: str = RECIPIENTS[0]) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        await EmailNotifier(settings).send(message, recipient)
    return caught.value


async def test_mail_holds_text_first_then_html_and_says_that_a_program_sent_it(message: Message) -> None:
    with SmtpServer() as server:
        await EmailNotifier(settings_for(server)).send(message, RECIPIENTS[0])
        (received,) = server.messages
    mail = received.mail
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert received.part("plain") == message.text
    assert str(mail["Subject"]) == message.subject
    assert str(mail["Message-ID"]) == f"<{message.message_id}>"
    assert mail["Date"].datetime == message.date
    assert str(mail["From"]) == "policywatch <watch@example.test>"
    assert str(mail["List-Id"]) == "<policywatch.example.test>"
    assert (mail["Auto-Submitted"], mail["Precedence"]) == ("auto-generated", "list")
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert max(len(line) for line in received.content.splitlines()) <= 998


async def test_every_try_carries_the_same_message_id(
    scripted_smtp: ScriptedSmtpServer, message: Message
) -> None:
    scripted_smtp.script.content = DROP
    await failure(settings_for(scripted_smtp), message)
    scripted_smtp.script.content = "250 taken"
    await EmailNotifier(settings_for(scripted_smtp)).send(message, RECIPIENTS[0])
    first, second = scripted_smtp.messages
    assert first.mail["Message-ID"] == second.mail["Message-ID"]


def test_long_message_id_stays_whole(message: Message) -> None:
    long_id = "alert-1." + "x" * 150 + "@policywatch.test"
    mail = compose(
        replace(message, message_id=long_id), RECIPIENTS[0], EmailSettings("h", 25, "w@example.test")
    )
    assert f"Message-ID: <{long_id}>".encode() in mail.as_bytes()


def test_message_without_html_is_plain_text(message: Message) -> None:
    mail = compose(replace(message, html=""), RECIPIENTS[0], EmailSettings("h", 25, "w@example.test"))
    assert mail.get_content_type() == "text/plain"


@pytest.mark.parametrize(
    "recipient", ["", "nobody", "a@b@c", "ü@example.test", "a@example.test\r\nBcc: b@c.test"]
)
async def test_unusable_address_is_permanent_and_reaches_no_server(message: Message, recipient: str) -> None:
    error = await failure(EmailSettings("127.0.0.1", 1, "watch@example.test"), message, recipient)
    assert not error.transient
    assert "\n" not in error.reason


async def test_greylisted_recipient_alone_is_tried_again(
    scripted_smtp: ScriptedSmtpServer, message: Message
) -> None:
    scripted_smtp.script.replies[f"RCPT {RECIPIENTS[1]}"] = ["450 4.7.1 greylisted"]
    notifier = EmailNotifier(settings_for(scripted_smtp))
    await notifier.send(message, RECIPIENTS[0])
    with pytest.raises(DeliveryError, match="greylisted") as caught:
        await notifier.send(message, RECIPIENTS[1])
    await notifier.send(message, RECIPIENTS[2])
    assert caught.value.transient
    assert not caught.value.channel_wide
    await notifier.send(message, RECIPIENTS[1])
    assert [mail.recipients for mail in scripted_smtp.messages] == [
        ("a@example.test",),
        ("c@example.test",),
        ("b@example.test",),
    ]


@pytest.mark.parametrize("extensions", [("SIZE 10240",), ("SIZE",), ("SIZE 0",), ("SIZE lots",)])
async def test_server_that_takes_little_gets_the_short_form_at_once(
    scripted_smtp: ScriptedSmtpServer, message: Message, extensions: tuple[str, ...]
) -> None:
    scripted_smtp.script.extensions = extensions
    scripted_smtp.script.most_bytes = 10_240
    long = replace(message, text="a policy " * 2_000, html="<p>a policy</p>" * 2_000)
    await EmailNotifier(settings_for(scripted_smtp)).send(long, RECIPIENTS[0])
    (received,) = scripted_smtp.messages
    assert received.part("plain").strip() == message.fallback
    assert str(received.mail["Message-ID"]) == f"<{message.message_id}>"
    assert scripted_smtp.count("DATA") == (1 if extensions == ("SIZE 10240",) else 2)


async def test_server_that_says_what_it_takes_gets_the_most_that_it_has_room_for(
    scripted_smtp: ScriptedSmtpServer, message: Message
) -> None:
    file = Attachment("whole.txt", "text/plain", b"all of it " * 2_000)
    scripted_smtp.script.extensions = ("SIZE 10240",)
    notifier = EmailNotifier(settings_for(scripted_smtp))
    await notifier.send(replace(message, attachments=(file,)), RECIPIENTS[0])
    await notifier.send(replace(message, html="<p>a policy</p>" * 2_000), RECIPIENTS[0])
    without_file, as_text = scripted_smtp.messages
    assert [each.get_content_type() for each in without_file.mail.iter_parts()] == ["text/plain", "text/html"]
    assert as_text.mail.get_content_type() == "text/plain"
    assert as_text.part("plain").strip() == message.text.strip()


async def test_server_that_takes_not_even_the_short_form_refuses_for_good(
    scripted_smtp: ScriptedSmtpServer, message: Message
) -> None:
    scripted_smtp.script.most_bytes = 10
    error = await failure(settings_for(scripted_smtp), message)
    assert (error.transient, scripted_smtp.count("DATA")) == (False, 2)
    assert "552" in error.reason


@pytest.mark.parametrize("code", [450, 451, 452, 550, 552, 554])
@pytest.mark.parametrize("stage", ["recipient", "content"])
async def test_only_5xx_is_permanent_and_neither_blocks_the_channel(
    scripted_smtp: ScriptedSmtpServer, message: Message, code: int, stage: str
) -> None:
    if stage == "recipient":
        scripted_smtp.script.replies[f"RCPT {RECIPIENTS[0]}"] = f"{code} because"
    else:
        scripted_smtp.script.content = f"{code} because"
    error = await failure(settings_for(scripted_smtp), message)
    assert error.transient == (code < 500)
    assert not error.channel_wide
    assert f"{code} because" in error.reason


@pytest.mark.parametrize("verb", ["EHLO", "MAIL", f"RCPT {RECIPIENTS[0]}", "DATA"])
async def test_server_that_closes_down_is_tried_later_by_the_whole_channel(
    scripted_smtp: ScriptedSmtpServer, message: Message, verb: str
) -> None:
    scripted_smtp.script.replies[verb] = "421 4.3.2 shutting down"
    error = await failure(settings_for(scripted_smtp), message)
    assert error.transient
    assert error.channel_wide
    assert error.retry_after is None, "it may be back in seconds"


async def test_connection_lost_after_the_final_dot_is_called_unknown(
    scripted_smtp: ScriptedSmtpServer, message: Message
) -> None:
    scripted_smtp.script.content = DROP
    error = await failure(settings_for(scripted_smtp), message)
    assert error.transient
    assert "unknown whether" in error.reason


async def test_silence_after_the_final_dot_is_called_unknown_too(
    scripted_smtp: ScriptedSmtpServer, message: Message
) -> None:
    scripted_smtp.script.content = None
    error = await failure(replace(settings_for(scripted_smtp), timeout_seconds=0.3), message)
    assert error.transient
    assert "unknown whether" in error.reason


async def test_silent_banner_ends_at_the_deadline(scripted_smtp: ScriptedSmtpServer, message: Message) -> None:
    scripted_smtp.script.banner = None
    error = await failure(replace(settings_for(scripted_smtp), timeout_seconds=0.3), message)
    assert error.transient
    assert error.channel_wide
    assert "did not answer within 0.3 seconds" in error.reason


async def test_accepted_message_is_not_sent_again_because_the_goodbye_failed(
    scripted_smtp: ScriptedSmtpServer, message: Message
) -> None:
    scripted_smtp.script.replies["QUIT"] = DROP
    await EmailNotifier(settings_for(scripted_smtp)).send(message, RECIPIENTS[0])
    assert len(scripted_smtp.messages) == 1


async def test_abandoned_send_closes_its_connection(
    scripted_smtp: ScriptedSmtpServer, message: Message
) -> None:
    scripted_smtp.script.banner = None
    sending = asyncio.create_task(EmailNotifier(settings_for(scripted_smtp)).send(message, RECIPIENTS[0]))
    await asyncio.sleep(0.05)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending


@pytest.mark.parametrize(
    ("reply", "pause"),
    [("553 5.7.1 not your address", LOGIN_PAUSE_SECONDS), ("451 4.3.0 too many of you just now", None)],
)
async def test_refused_sender_concerns_the_channel_and_kills_no_message(
    scripted_smtp: ScriptedSmtpServer, message: Message, reply: str, pause: float | None
) -> None:
    scripted_smtp.script.replies["MAIL"] = reply
    error = await failure(settings_for(scripted_smtp), message)
    assert (error.transient, error.channel_wide, error.retry_after) == (True, True, pause)


class TestLogin:
    async def test_refused_login_rests_the_channel_and_is_tried_once(
        self, scripted_smtp: ScriptedSmtpServer, message: Message
    ) -> None:
        scripted_smtp.script.extensions = ("AUTH PLAIN LOGIN CRAM-MD5",)
        scripted_smtp.script.replies["AUTH"] = "535 5.7.8 wrong"
        error = await failure(with_login(settings_for(scripted_smtp)), message)
        assert (error.transient, error.channel_wide) == (True, True)
        assert error.retry_after == LOGIN_PAUSE_SECONDS == 900
        assert scripted_smtp.count("AUTH") == 1

    async def test_server_that_wants_a_login_rests_the_channel(
        self, scripted_smtp: ScriptedSmtpServer, message: Message
    ) -> None:
        scripted_smtp.script.replies["MAIL"] = "530 5.7.0 authentication required"
        error = await failure(settings_for(scripted_smtp), message)
        assert error.retry_after == LOGIN_PAUSE_SECONDS

    async def test_server_without_login_gets_no_mail(
        self, scripted_smtp: ScriptedSmtpServer, message: Message
    ) -> None:
        error = await failure(with_login(settings_for(scripted_smtp)), message)
        assert "offers no login" in error.reason
        assert scripted_smtp.count("MAIL") == 0

    async def test_unreadable_password_is_reported_without_trying(
        self, message: Message, tmp_path: Path
    ) -> None:
        missing = tmp_path / "password"
        settings = EmailSettings("127.0.0.1", 1, "w@example.test", username="w", password=missing.read_text)
        error = await failure(settings, message)
        assert (error.transient, error.channel_wide) == (True, True)
        assert "password" in error.reason


class TestTls:
    @pytest.mark.parametrize("tls", ["starttls", "tls"])
    async def test_mail_and_login_travel_over_verified_tls(
        self, certificates: Certificates, message: Message, tls: Tls
    ) -> None:
        with SmtpServer(
            context=certificates.server(), mode=tls, username="watch", password="s3cret-pass"
        ) as server:
            settings = replace(settings_for(server), tls=tls, ca_file=certificates.ca_file)
            await EmailNotifier(with_login(settings)).send(message, RECIPIENTS[0])
            assert server.logins == [True]
            assert len(server.messages) == 1

    async def test_wrong_password_over_tls_rests_the_channel(
        self, certificates: Certificates, message: Message
    ) -> None:
        with SmtpServer(context=certificates.server(), username="watch", password="another") as server:
            settings = replace(settings_for(server), tls="starttls", ca_file=certificates.ca_file)
            error = await failure(with_login(settings), message)
            assert error.retry_after == LOGIN_PAUSE_SECONDS
            assert server.logins == [False]
            assert server.messages == []

    @pytest.mark.parametrize("tls", ["starttls", "tls"])
    @pytest.mark.parametrize(
        ("names", "expired", "known", "says"),
        [
            (("localhost", "127.0.0.1"), True, True, "certificate has expired"),
            (("other.test",), False, True, "IP address mismatch"),
            (("localhost", "127.0.0.1"), False, False, "unable to get local issuer certificate|self-signed"),
        ],
        ids=["expired", "wrong host", "unknown authority"],
    )
    async def test_bad_certificate_stops_everything_and_is_named(
        self,
        certificates: Certificates,
        message: Message,
        tls: Tls,
        names: tuple[str, ...],
        expired: bool,
        known: bool,
        says: str,
    ) -> None:
        context: ssl.SSLContext = certificates.server(*names, expired=expired)
        with SmtpServer(context=context, mode=tls, username="watch", password="s3cret-pass") as server:
            ca_file = certificates.ca_file if known else None
            settings = with_login(replace(settings_for(server), tls=tls, ca_file=ca_file))
            with pytest.raises(DeliveryError, match=says) as caught:
                await EmailNotifier(settings).send(message, RECIPIENTS[0])
            assert (caught.value.transient, caught.value.channel_wide) == (True, True)
            assert server.logins == []
            assert server.messages == []

    @pytest.mark.parametrize(
        ("extensions", "answer"),
        [
            (("AUTH PLAIN",), "220 go"),
            (("STARTTLS", "AUTH PLAIN"), "454 not now"),
            (("STARTTLS", "AUTH PLAIN"), "220 go"),
        ],
        ids=["not offered", "refused", "no handshake follows"],
    )
    async def test_without_tls_neither_login_nor_mail_leaves(
        self, message: Message, extensions: tuple[str, ...], answer: str
    ) -> None:
        script = Script(extensions=extensions, replies={"STARTTLS": answer, "AUTH": "235 welcome"})
        with ScriptedSmtpServer(script) as server:
            settings = with_login(replace(settings_for(server), tls="starttls", timeout_seconds=1))
            error = await failure(settings, message)
            assert (error.transient, error.channel_wide) == (True, True)
            assert server.plain_auth_bytes == 0
            assert server.count("MAIL") == 0
            assert server.messages == []

    async def test_missing_ca_file_is_reported_by_name(self, message: Message, tmp_path: Path) -> None:
        missing = tmp_path / "ca.pem"
        error = await failure(EmailSettings("127.0.0.1", 1, "w@example.test", ca_file=missing), message)
        assert str(missing) in error.reason


@pytest.mark.parametrize("tls", ["starttls", "tls"])
async def test_probe_verifies_the_certificate_and_the_login_and_sends_nothing(
    certificates: Certificates, tls: Tls
) -> None:
    context = certificates.server("127.0.0.1")
    with SmtpServer(context=context, mode=tls, username="watch", password="s3cret-pass") as server:
        trusting = replace(with_login(settings_for(server)), tls=tls, ca_file=certificates.ca_file)
        assert "certificate verified, login accepted" in await EmailNotifier(trusting).probe()
        with pytest.raises(DeliveryError, match="certificate not accepted"):
            await EmailNotifier(replace(trusting, ca_file=None)).probe()
        with pytest.raises(DeliveryError, match="refused the login"):
            await EmailNotifier(replace(trusting, password=lambda: "wrong")).probe()
        assert not server.messages

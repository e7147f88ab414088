"""A mail server and a webhook: they note what they take, fail as told, and can have the sender killed."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

from tests.servers.slack import Answer, SlackServer, judge, texts_of
from tests.servers.smtp import DROP, Received, Script, ScriptedSmtpServer
from tests.soak.ledger import Accepted, Ledger
from tests.soak.model import CHAT, MAIL, PUT_OFF, WEBHOOK, Act, Deed

LATE_SECONDS = 6.0
"""Longer than the daemon waits for the webhook's reply."""

_MAIL_SCRIPTS: dict[str, Callable[[], Script]] = {
    "one put off 450": lambda: Script(replies={f"RCPT {PUT_OFF}": "450 4.2.0 greylisted"}),
    "closing 421": lambda: Script(replies={"MAIL": "421 4.3.2 closing down"}),
    "busy 451": lambda: Script(content="451 4.3.0 try again later"),
    "dropped after the dot": lambda: Script(content=DROP),
    "silent": lambda: Script(banner=None),
}
_CHAT_ANSWERS = {
    "limited 429": Answer(429, "rate_limited", {"Retry-After": "4"}),
    "status 500": Answer(500, "oops"),
    "no ok": Answer(200, "<html>please log in</html>"),
}
_MESSAGE = re.compile(r"policywatch alerts --message (\d+)")
_ALERT = re.compile(r"policywatch explain (\d+)")
_KEY = re.compile(r"\((soak/page-\d+)\)")


class Victim(Protocol):
    def kill(self, pause: float) -> None: ...


class Trap:
    """Once set, it kills the sender of the next message, between the message and the reply."""

    def __init__(self, ledger: Ledger) -> None:
        self.victim: Victim | None = None
        self._ledger = ledger
        self._lock = threading.Lock()
        self._set: Act | None = None

    def set(self, act: Act) -> None:
        """Wait for a message; one that no message came into until now kills without."""
        self._spring(self._set, Deed.KILL)
        self._set = act

    def expire(self, act: Act) -> None:
        """No message came in time: kill without one, unless that was done."""
        if act is self._set:
            self._spring(act, Deed.KILL)

    def meet(self, deed: Deed) -> bool:
        """A message came of the kind that this deed waits for; says whether its sender was killed for it."""
        act = self._set
        return act is not None and act.deed is deed and self._spring(act, deed)

    def _spring(self, act: Act | None, done: Deed) -> bool:
        with self._lock:
            if act is None or act is not self._set:
                return False
            self._set = None
        assert self.victim is not None
        self.victim.kill(act.pause)
        self._ledger.kills.append(done)
        return True


class MailServer(ScriptedSmtpServer):
    def __init__(self, ledger: Ledger, trap: Trap) -> None:
        super().__init__()
        self._ledger = ledger
        self._trap = trap

    def fail(self, kind: str | None) -> None:
        """Fail in this way from now on, or no more."""
        self.script = _MAIL_SCRIPTS.get(kind or "", Script)()
        if kind == "down":
            self.stop()
        elif self._listener is None:
            self.start()

    def took(self, message: Received, reply: str) -> None:
        at = time.time()
        identity = str(message.mail["Message-ID"])
        text = f"{message.mail['Subject']}\n{message.part('plain')}"
        answered = reply != DROP and not self._trap.meet(Deed.KILL_AT_MAIL)
        for recipient in message.recipients:
            self._ledger.accepted.append(Accepted(at, MAIL, recipient, identity, text, answered))


class Webhook(SlackServer):
    def __init__(self, ledger: Ledger, trap: Trap) -> None:
        super().__init__()
        self._ledger = ledger
        self._trap = trap
        self._kind: str | None = None

    def fail(self, kind: str | None) -> None:
        """Fail in this way from now on, or no more."""
        self._kind = kind
        if kind == "down":
            self.stop()
        elif self._listener is None:
            self.start()

    def answer_to(self, path: str, payload: dict[str, Any]) -> Answer:  # noqa: ARG002 - one address
        kind = self._kind
        if kind in _CHAT_ANSWERS:
            return _CHAT_ANSWERS[kind]
        answer = judge(payload)
        if answer != Answer():
            return answer
        at = time.time()
        words = (
            "\n".join([payload["text"], *texts_of(payload["blocks"])])
            if "blocks" in payload
            else payload["text"]
        )
        is_lost = kind in ("late reply", "cut reply")
        answered = not is_lost and not self._trap.meet(Deed.KILL_AT_CHAT)
        self._ledger.accepted.append(Accepted(at, CHAT, WEBHOOK, chat_identity(words), words, answered))
        if kind == "late reply":
            time.sleep(LATE_SECONDS)
        if kind == "cut reply":
            raise ConnectionAbortedError
        return answer


def chat_identity(words: str) -> str:
    """A post carries no id, but it names its message or its alert; that of a recovery names the document."""
    shared = _MESSAGE.search(words)
    if shared is not None:
        return message_identity(int(shared[1]))
    found = _ALERT.search(words)
    if found is not None:
        return alert_identity(int(found[1]))
    key = _KEY.search(words)
    return recovery_identity(key[1] if key else "")


def message_identity(message: int) -> str:
    return f"message {message}"


def alert_identity(alert: int) -> str:
    return f"alert {alert}"


def recovery_identity(key: str) -> str:
    return f"recovery of {key}"

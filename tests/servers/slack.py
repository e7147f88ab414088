"""An endpoint on loopback that takes and refuses webhook messages as Slack does, or as a script says."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

HOST = "127.0.0.1"
SECRET_PATH = "/services/T000/B000/canarySecret"

_BLOCK_TYPES = frozenset({"actions", "context", "divider", "header", "image", "rich_text", "section"})
_TOTAL_LIMIT = 13_200  # not documented; measured in slackapi/bolt-js issue 2509


@dataclass(frozen=True, slots=True)
class Answer:
    status: int = 200
    body: str = "ok"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Posted:
    """One request: what was posted, when (monotonic seconds), and what was answered."""

    payload: dict[str, Any]
    at: float
    path: str
    answer: Answer
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def is_ok(self) -> bool:
        """Whether the API said so."""
        return self.answer.status == 200 and self.answer.body.startswith('{"ok": true')

    @property
    def accepted(self) -> bool:
        return self.answer == Answer()

    @property
    def words(self) -> str:
        """All text of the message, as it was sent."""
        return "\n".join([self.payload.get("text", ""), *texts_of(self.payload.get("blocks", []))])


class SlackServer:
    """`script` answers the next requests, one each; `always`, if set, all others; else Slack's own rules do."""

    def __init__(self) -> None:
        self.posts: list[Posted] = []
        self.script: list[Answer] = []
        self.always: Answer | None = None
        self.port = 0
        self._listener: _Listener | None = None

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}{SECRET_PATH}"

    @property
    def accepted(self) -> list[Posted]:
        return [post for post in self.posts if post.accepted]

    def start(self) -> None:
        self._listener = _Listener((HOST, self.port), _Handler)
        self._listener.owner = self
        self.port = self._listener.server_address[1]
        threading.Thread(target=self._listener.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        if self._listener is not None:
            self._listener.shutdown()
            self._listener.server_close()
            self._listener = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def wait_for(self, count: int, seconds: float = 20.0) -> list[Posted]:
        """The accepted messages, once there are `count`; fails after `seconds`."""
        deadline = time.monotonic() + seconds
        while len(self.accepted) < count:
            assert time.monotonic() < deadline, f"{len(self.accepted)} of {count} messages after {seconds} s"
            time.sleep(0.01)
        return self.accepted

    @property
    def api_url(self) -> str:
        return f"http://{HOST}:{self.port}/api"

    @property
    def messages(self) -> list[Posted]:
        """What was posted by the API and accepted, in order; updates are not among it."""
        return [post for post in self.posts if post.path == "/api/chat.postMessage" and post.is_ok]

    def answer_to(self, path: str, payload: dict[str, Any]) -> Answer:
        if self.script:
            return self.script.pop(0)
        if self.always:
            return self.always
        if not path.startswith("/api/"):
            return judge(payload)
        if path == "/api/auth.test":
            return Answer(200, '{"ok": true, "user": "policywatch"}')
        return as_api(judge(payload), payload, len(self.posts))


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    owner: SlackServer

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay silent: clients that vanish are part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    server: _Listener

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        payload = json.loads(body)
        answer = self.server.owner.answer_to(self.path, payload)
        self.server.owner.posts.append(
            Posted(payload, time.monotonic(), self.path, answer, dict(self.headers.items()), body)
        )
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body.encode())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name in the base class
        pass


def judge(payload: dict[str, Any]) -> Answer:
    """Slack's own verdict on a payload."""
    blocks = payload.get("blocks", [])
    if not payload.get("text") and not blocks:
        return Answer(400, "no_text")
    if not isinstance(blocks, list) or len(blocks) > 50 or not all(_is_valid(block) for block in blocks):
        return Answer(400, "invalid_blocks")
    if sum(len(text) for text in texts_of(blocks)) > _TOTAL_LIMIT:
        return Answer(400, "msg_blocks_too_long")
    return Answer()


def as_api(verdict: Answer, payload: dict[str, Any], number: int) -> Answer:
    """The verdict as the API words it: status 200, an object, the message repeated in it."""
    if verdict != Answer():
        return Answer(200, json.dumps({"ok": False, "error": verdict.body}))
    said = {"ok": True, "channel": "C0TEST", "ts": f"1700000000.{number:06}", "message": payload}
    return Answer(200, json.dumps(said))


def texts_of(node: Any) -> Iterator[str]:
    """Every text in a tree of blocks, in order."""
    if isinstance(node, list):
        for child in node:
            yield from texts_of(child)
    elif isinstance(node, dict):
        for name, child in node.items():
            if name == "text" and isinstance(child, str):
                yield child
            else:
                yield from texts_of(child)


def _is_valid(block: Any) -> bool:
    if not isinstance(block, dict) or block.get("type") not in _BLOCK_TYPES:
        return False
    if block["type"] == "header":
        return _is_text(block.get("text"), 150, {"plain_text"})
    if block["type"] == "section":
        fields = block.get("fields", [])
        good_text = "text" not in block or _is_text(block["text"], 3000)
        return good_text and ("text" in block or bool(fields)) and len(fields) <= 10 and _all_text(fields, 2000)
    if block["type"] == "context":
        elements = block.get("elements", [])
        return 1 <= len(elements) <= 10 and _all_text(elements, 3000)
    return True


def _all_text(nodes: list[Any], limit: int) -> bool:
    return all(_is_text(node, limit) for node in nodes)


def _is_text(
    node: Any, limit: int, kinds: frozenset[str] | set[str] = frozenset({"plain_text", "mrkdwn"})
) -> bool:
    return isinstance(node, dict) and node.get("type") in kinds and 1 <= len(node.get("text", "")) <= limit

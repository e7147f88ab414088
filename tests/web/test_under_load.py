"""Many readers at once, readers that do not read, secrets and the log (H5 to H7 of the fault list)."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from monitor.config import Secret, Web
from storage.database import Database
from storage.records import Clause
from tests.storage.builders import a_document
from tests.web import library
from tests.web.served import Served, served

TOKEN = "canary-token-of-many-characters"
WEB = Web(users={"Ann": Secret(TOKEN)})
SIGNED = {"Authorization": f"Bearer {TOKEN}"}
LONG = "acme/terms"
PATHS = ("/", "/alerts", f"/documents/{library.KEY}", f"/documents/{library.KEY}/diff?from=1&to=2", "/alerts/1")


@pytest.fixture(scope="module")
def path(empty_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = Path(shutil.copy(empty_file, tmp_path_factory.mktemp("load")))
    database = Database.open(copy)
    library.fill(database)
    with database.write() as transaction:
        document = a_document(transaction, LONG, kind="terms")
        for at in range(2):
            clauses = [
                Clause(f"Clause {each} of text {0 if each % 99 else at}. " * 22) for each in range(9_000)
            ]
            library.appear(transaction, document, clauses, at)
    database.close()
    return copy


@pytest.fixture(scope="module")
def site(path: Path) -> Iterator[Served]:
    with served(path, WEB) as running:
        yield running


def test_two_hundred_readers_are_all_answered_while_the_daemon_writes(site: Served, path: Path) -> None:
    database = Database.open(path)
    with ThreadPoolExecutor(200) as readers:
        asked = [readers.submit(site.get, PATHS[each % len(PATHS)], SIGNED) for each in range(200)]
        for hour in range(20):
            with database.write() as transaction:
                library.look(transaction, a_document(transaction, LONG, kind="terms"), library.SEEN, 100 + hour)
        assert {answer.result().status for answer in asked} == {200}
    database.close()


def test_readers_that_do_not_read_hold_up_nobody(site: Served) -> None:
    """Each asks for a page of some megabytes and takes nothing of it."""
    request = f"GET /documents/{LONG}/diff?from=1&to=2&show=all HTTP/1.1\r\nHost: localhost\r\n"
    with ExitStack() as idle:
        for _ in range(12):
            lazy = idle.enter_context(socket.create_connection(("127.0.0.1", site.port)))
            lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            lazy.sendall(f"{request}Authorization: Bearer {TOKEN}\r\n\r\n".encode())
        for asked in PATHS:
            assert site.get(asked, SIGNED).status == 200


def test_long_diff_is_whole(site: Served) -> None:
    answer = site.get(f"/documents/{LONG}/diff?from=1&to=2&show=all", SIGNED)
    assert len(answer.body) > 10_000_000
    assert "Clause 8999 of" in answer.text
    assert answer.text.rstrip().endswith("</html>")


def test_token_stands_in_no_answer_and_not_in_the_log(site: Served) -> None:
    cookie = site.post("/sign-in", {"token": TOKEN, "back": "/"}).headers["set-cookie"].partition(";")[0]
    answers = [site.get(asked, {"Cookie": cookie}) for asked in (*PATHS, "/metrics", "/nowhere")]
    answers += [site.get(f"/{TOKEN}", SIGNED), site.post("/sign-in", {"token": TOKEN + "x"})]
    for answer in answers[:-2]:
        assert TOKEN not in answer.text + str(answer.headers)
    assert TOKEN not in site.log.getvalue()


def test_address_of_a_stranger_writes_one_line_into_the_log_at_most(path: Path) -> None:
    with served(path, WEB) as closed:
        for each in range(70):
            closed.post("/sign-in", {"token": f"guess-{each}-\n\x1b[2Jlevel=info event=forged"})
        lines = closed.log.getvalue().splitlines()
    assert len([line for line in lines if "sign_in_refused" in line]) <= 60
    assert not [line for line in lines if "forged" in line or "\x1b" in line]

"""A machine on which no browser can run, and processes that must not outlive their page."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from monitor.cli.commands import app
from monitor.fetch.browser.model import RenderFailed, decode_answer
from monitor.fetch.browser.processes import descendants, kill_tree, memory_of
from monitor.fetch.browser.renderer import browser_problem
from monitor.fetch.model import Capture, ErrorClass, FetchRequest
from tests.monitor.fetch.browser.pages import is_running
from tests.monitor.fetch.conftest import MakeFetcher, failure_of
from tests.servers.http import RawServer, response

CONFIG = """
[fetch]
contact = "watch@example.com"
[[services]]
name = "Acme"
[[services.documents]]
kind = "terms"
url = "https://www.example.com/terms"
browser = true
[[services.documents]]
kind = "faq"
url = "https://www.example.com/faq"
[channels.team]
type = "slack"
webhook_url_env = "TEAM_WEBHOOK"
[[routes]]
to = ["team"]
"""


@pytest.fixture
def no_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


async def test_document_that_needs_a_browser_fails_and_says_what_to_install(
    make_fetcher: MakeFetcher, no_programs: None
) -> None:
    with RawServer(response("<p>Terms</p>")) as site:
        failure = await failure_of(make_fetcher(), site.url("/terms"), browser=True)
        assert site.connections == 0
    assert (failure.error_class, failure.transient) == (ErrorClass.BROWSER, False)
    assert "browser = true" in failure.reason
    assert "install" in failure.reason


def test_validate_has_a_line_for_each_such_document_and_finds_no_fault(
    tmp_path: Path, no_programs: None
) -> None:
    (tmp_path / "config.toml").write_text(CONFIG)
    environ = {"TEAM_WEBHOOK": "https://hooks.example.com/canary"}
    done = CliRunner(env=environ).invoke(app, ["--config", str(tmp_path / "config.toml"), "validate"])
    assert done.exit_code == 0
    assert done.stderr == f"acme/terms is to be opened in a browser, and {browser_problem()}\n"


async def test_other_documents_need_no_browser(make_fetcher: MakeFetcher, no_programs: None) -> None:
    with RawServer(response("<p>Terms</p>")) as site:
        async with make_fetcher() as fetcher:
            answer = await fetcher.fetch(FetchRequest(site.url("/terms"), ignore_robots=True))
    assert isinstance(answer, Capture)


@pytest.mark.parametrize(
    "answer",
    [b"", b"{}", b"[]\n", b'{"page": {"url": 1}}\n', b'{"failed": {"error_class": "odd"}}\n', b"\xff\n"],
)
def test_worker_that_answers_nonsense_is_a_failure(answer: bytes) -> None:
    with pytest.raises(RenderFailed) as caught:
        decode_answer(answer)
    assert caught.value.error_class is ErrorClass.BROWSER


def test_a_process_ends_with_everything_it_started() -> None:
    script = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])"
    process = subprocess.Popen([sys.executable, "-c", script], start_new_session=True)
    for _ in range(200):
        started = descendants(process.pid)
        if started:
            break
        time.sleep(0.05)
    assert memory_of(started) > 0
    kill_tree(process.pid)
    assert process.wait(10) == -9
    for _ in range(200):
        if not any(is_running(each) for each in started):
            break
        time.sleep(0.05)
    assert not any(is_running(each) for each in started)

"""A log that can be left on: no secrets, no floods, and the journal's own form in the journal."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import pytest

from monitor.log import LINES_IN_A_WINDOW, WINDOW_SECONDS, Log, Redactor, listen_to_libraries, make_log


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def standard_error(tmp_path: Path) -> Iterator[TextIO]:
    """Standard error as a real file, which has a device and an inode."""
    with (tmp_path / "stderr").open("w+", encoding="utf-8") as stream:
        yield stream


def lines(stream: TextIO) -> list[str]:
    stream.seek(0)
    return stream.read().splitlines()


def told(stream: TextIO) -> list[str]:
    """The lines without their time."""
    return [line.partition(" ")[2] for line in lines(stream)]


def journal(stream: TextIO) -> dict[str, str]:
    found = os.fstat(stream.fileno())
    return {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"}


def test_in_the_journal_a_line_begins_with_its_priority_and_has_no_time(standard_error: TextIO) -> None:
    log = make_log(stream=standard_error, verbose=True, environ=journal(standard_error))
    log.error("delivery_dead", channel="mail")
    log.warning("check_finished", document="acme/terms")
    log.info("started", documents=2)
    log.debug("check_finished", document="acme/terms")
    assert lines(standard_error) == [
        "<3>event=delivery_dead channel=mail",
        "<4>event=check_finished document=acme/terms",
        "<6>event=started documents=2",
        "<7>event=check_finished document=acme/terms",
    ]


@pytest.mark.parametrize("environ", [{}, {"JOURNAL_STREAM": "1:2"}, {"JOURNAL_STREAM": ""}])
def test_elsewhere_a_line_has_its_time_although_the_variable_was_inherited(
    standard_error: TextIO, environ: dict[str, str]
) -> None:
    make_log(stream=standard_error, environ=environ).info("started")
    (line,) = lines(standard_error)
    assert line.startswith("timestamp=2")
    assert line.endswith(" level=info event=started")


@pytest.mark.parametrize("text", ["canary-password", "a b/c&d", "übersecret"])
def test_secret_is_blotted_out_wherever_it_stands(standard_error: TextIO, text: str) -> None:
    log = make_log(stream=standard_error, redactor=Redactor([text]), environ={})
    log.error("check_crashed", error=f"login {text} refused", message=ValueError(text))
    assert text not in standard_error.name + "".join(lines(standard_error))
    assert "".join(lines(standard_error)).count("[secret]") == 2


def test_address_that_is_a_secret_is_blotted_out_in_parts_and_as_a_parameter(standard_error: TextIO) -> None:
    redactor = Redactor(["https://hooks.slack.test/services/T00/B00/canarySecret"])
    log = make_log(stream=standard_error, redactor=redactor, environ={})
    log.error("x", a="POST /services/T00/B00/canarySecret", b="canarySecret")
    log.error("x", a="to=https%3A%2F%2Fhooks.slack.test%2Fservices%2FT00%2FB00%2FcanarySecret")
    assert "canarySecret" not in "".join(lines(standard_error))


def test_secret_that_was_replaced_stays_one(standard_error: TextIO) -> None:
    redactor = Redactor(["the-old-one"])
    log = make_log(stream=standard_error, redactor=redactor, environ={})
    redactor.learn(["the-new-one"])
    log.error("x", a="the-old-one the-new-one")
    assert told(standard_error) == ['level=error event=x a="[secret] [secret]"']


def failing(log: Log, times: int, document: str = "acme/terms") -> None:
    for _ in range(times):
        log.warning("check_finished", document=document, reason="no route")


def test_warning_word_for_word_is_told_once_a_minute_with_how_many_were_held_back(
    standard_error: TextIO,
) -> None:
    time = Time()
    log = make_log(stream=standard_error, environ={}, monotonic=time)
    failing(log, 20)
    assert len(lines(standard_error)) == 1
    failing(log, 1, "acme/privacy-policy")
    time.now = WINDOW_SECONDS
    failing(log, 1)
    first, other, again = told(standard_error)
    assert "suppressed" not in first
    assert other.endswith("suppressed=19")
    assert "suppressed" not in again


def test_no_event_fills_the_log_and_no_other_suffers_for_it(standard_error: TextIO) -> None:
    time = Time()
    log = make_log(stream=standard_error, environ={}, monotonic=time)
    for number in range(1000):
        log.info("check_finished", document=f"acme/{number}")
    log.error("delivery_dead", alert=1)
    assert len(lines(standard_error)) == LINES_IN_A_WINDOW + 1
    time.now = WINDOW_SECONDS
    log.info("check_finished", document="acme/last")
    assert told(standard_error)[-1].endswith(f"document=acme/last suppressed={1000 - LINES_IN_A_WINDOW}")


def test_the_curious_get_every_line(standard_error: TextIO) -> None:
    log = make_log(stream=standard_error, verbose=True, environ={})
    for _ in range(200):
        log.debug("check_finished", document="acme/terms")
    assert len(lines(standard_error)) == 200


def test_what_libraries_say_is_a_line_of_ours_without_secrets(standard_error: TextIO) -> None:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        listen_to_libraries(make_log(stream=standard_error, redactor=Redactor(["canary-password"]), environ={}))
        try:
            raise ValueError("canary-password\nsecond line")
        except ValueError:
            logging.getLogger("asyncio").exception("Task failed")
        logging.getLogger("httpx").info("GET /")
    finally:
        root.handlers[:] = before
        root.setLevel(level)
    (line,) = told(standard_error)
    assert line.startswith('level=error event=library logger=asyncio message="Task failed"')
    assert "ValueError: [secret]" in line

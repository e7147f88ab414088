"""Checks run side by side: one that hangs or fails has its row and stops no other."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading

from monitor.doctor.examine import Check, examine, in_thread
from monitor.doctor.model import Diagnosis, Result

FINE = Diagnosis("fine", Result.OK, "yes")

HANGS = """
import asyncio, time
from monitor.doctor.examine import Check, examine, in_thread
found = asyncio.run(examine([Check("disk", 0.1, in_thread(lambda: time.sleep(3600)))]))
print(found[0].found)
"""


async def fine() -> Diagnosis:
    return FINE


async def nothing() -> None:
    return None


def fails() -> Diagnosis:
    raise ZeroDivisionError("of all things")


async def test_check_that_hangs_and_check_that_fails_have_their_rows_in_order() -> None:
    gate = threading.Event()
    checks = [
        Check("disk", 0.05, in_thread(lambda: None if gate.wait(60) else FINE)),
        Check("sum", 5.0, in_thread(fails)),
        Check("fine", 5.0, fine),
        Check("nothing", 5.0, nothing),
        Check("late", 0.05, lambda: asyncio.sleep(60, FINE)),
    ]
    found = await examine(checks)
    gate.set()
    assert [(each.check, each.result) for each in found] == [
        ("disk", Result.ERROR),
        ("sum", Result.ERROR),
        ("fine", Result.OK),
        ("late", Result.ERROR),
    ]
    assert "no answer" in found[0].found
    assert "of all things" in found[1].found


def test_thread_that_never_comes_back_does_not_keep_the_program_alive() -> None:
    done = subprocess.run([sys.executable, "-c", HANGS], capture_output=True, text=True, timeout=60, check=True)
    assert "no answer within 0.1 seconds" in done.stdout

"""How the daemon's process ends when it is told to: at once before it watches, in time once it does."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable
from types import FrameType

STOPS = (signal.SIGTERM, signal.SIGINT)


def leave_at_once_when_told(say_so: Callable[[], None]) -> None:
    """Until the event loop listens to signals: a stop ends the process with 0, a reload waits for the loop.

    Nothing is held in memory alone, so that this loses no more than a kill, which is nothing.
    """

    def leave(_number: int, _frame: FrameType | None) -> None:
        say_so()
        os._exit(0)

    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
    for number in STOPS:
        signal.signal(number, leave)


def leave_at_last(seconds: float, code: int) -> None:
    """End the process with `code` in `seconds`, unless it has ended by then.

    A thread that waits for the database or for a name server cannot be interrupted, and Python waits for its
    threads at the end. What such a thread would still do is as safe as in a kill.
    """
    last = threading.Timer(seconds, os._exit, (code,))
    last.daemon = True
    last.start()


def end_undisturbed(loop: asyncio.AbstractEventLoop) -> None:
    """Heed no further stop: we are ending already. The loop would leave the default, which is to die of it."""
    for number in STOPS:
        loop.remove_signal_handler(number)
        signal.signal(number, signal.SIG_IGN)

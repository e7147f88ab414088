"""The process that reads pages for the pool: takes requests on standard input, answers on standard output."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sys
from io import BufferedWriter

from monitor.extract.failures import ExtractionFailed, ExtractionRefused
from monitor.extract.read import extract
from monitor.extract.wire import (
    decode_request,
    encode_extraction,
    encode_failure,
    encode_refusal,
    read_message,
    write_message,
)

MEMORY_LIMIT = 1024**3
"""Bytes of address space: 15 times what the largest real page of 2.2 MB takes."""

CPU_LIMIT = 20
"""Seconds of processor time for one page."""

FILES_LIMIT = 16


def main() -> None:
    """Serve until the parent closes our input; it alone ends us, so signals to the group are ignored.

    A parent that was killed takes no answer any more: then there is nobody to tell.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _limit_once()
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # nothing but answers goes to the parent
    with contextlib.suppress(BrokenPipeError):
        _serve(answers)


def _serve(answers: BufferedWriter) -> None:
    while (request := read_message(sys.stdin.buffer)) is not None:
        _limit_next_page()
        try:
            answer = _answer(request)
        except ExtractionFailed as failure:
            write_message(answers, encode_failure(failure))
            return
        write_message(answers, answer)


def _answer(request: bytes) -> bytes:
    try:
        return encode_extraction(extract(*decode_request(request)))
    except ExtractionRefused as refusal:
        return encode_refusal(refusal)
    except MemoryError as error:
        raise ExtractionFailed("memory", "the page needs more memory than a worker may use") from error
    except Exception as error:
        reason = f"the reader failed at the page ({type(error).__name__}): a fault in policywatch, or no memory"
        raise ExtractionFailed("crashed", reason) from error


def _limit_once() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES_LIMIT, FILES_LIMIT))


def _limit_next_page() -> None:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = int(usage.ru_utime + usage.ru_stime) + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (used + CPU_LIMIT, hard))


if __name__ == "__main__":
    main()

"""The process that reads pages for the pool: takes requests on standard input, answers on standard output."""

from __future__ import annotations

import contextlib
import gc
import os
import resource
import signal
import sys
from io import BufferedWriter

from monitor.extract.explain import explain, read_links
from monitor.extract.failures import ExtractionFailed, ExtractionRefused
from monitor.extract.read import extract
from monitor.extract.wire import (
    decode_request,
    encode_extraction,
    encode_failure,
    encode_links,
    encode_reading,
    encode_refusal,
    read_message,
    write_message,
)

MEMORY_LIMIT = 1024**3
"""Bytes of address space: 15 times what the largest real page of 2.2 MB takes."""

CPU_LIMIT = 20
"""Seconds of processor time for one page."""

FILES_LIMIT = 16

GARBAGE_THRESHOLD = 20_000
"""Objects after which garbage is looked for: a page makes so many, and hardly any of them in a cycle."""


def main() -> None:
    """Serve until the parent closes our input; it alone ends us, so signals to the group are ignored.

    A parent that was killed takes no answer any more: then there is nobody to tell.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _limit_once()
    gc.set_threshold(GARBAGE_THRESHOLD)
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
        source, options, task = decode_request(request)
        match task:
            case "explain":
                return encode_reading(explain(source, options))
            case "links":
                return encode_links(read_links(source))
            case _:
                return encode_extraction(extract(source, options))
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

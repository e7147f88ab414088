"""Measures a backtest: `python benchmarks/backtest.py DATABASE` runs 50 rules over all that a database holds.

The rules are phrases of one to four words that policies use, rare and common ones. Seconds are of CPU, of all
processes, and of the wall; memory is the largest that one process took.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from pathlib import Path

from monitor.backtest import Asking, Span, backtest
from monitor.detect.model import Rule
from monitor.tally import Tally
from storage import documents
from storage.database import Database
from storage.records import Severity

PHRASES = """
train our models; machine learning; artificial intelligence; biometric information; facial recognition
share with third parties; sell your personal information; targeted advertising; advertising partners
retention period; delete your account; legal basis; legitimate interests; standard contractual clauses
international transfers; children under 13; parental consent; arbitration agreement; class action; opt out
withdraw your consent; location data; device identifiers; cookies and similar technologies; sub-processors
service providers; law enforcement; data protection officer; right to object; automated decision; profiling
health data; precise geolocation; contact list; payment information; voice recordings; direct messages
generative AI; large language models; public content; license to use; intellectual property
terminate your account; governing law; effective date; material changes; privacy shield
data privacy framework; do not sell; sensitive personal information
"""


def rules() -> list[Rule]:
    phrases = [phrase.strip() for phrase in PHRASES.replace("\n", ";").split(";") if phrase.strip()]
    return [Rule(phrase.replace(" ", "-"), phrase, Severity.MEDIUM, phrases=(phrase,)) for phrase in phrases]


def measure(database: Database, workers: int) -> None:
    with database.read() as transaction:
        found = documents.every(transaction)
    asked = rules()
    tally = Tally((rule.id for rule in asked), limit=1)
    before, cpu = time.perf_counter(), _cpu()
    for replayed in backtest(
        database, found, Asking(asked), Span(), workers=workers, progress=lambda _done, _all: None
    ):
        tally.add(replayed.news, replayed.fired)
    print(
        f"{len(asked)} rules, {workers} processes: {tally.documents} documents, {tally.news} changes judged,"
        f" {tally.alerts} alerts: {_cpu() - cpu:.1f} s CPU, {time.perf_counter() - before:.1f} s wall,"
        f" {_memory() / 1024:.0f} MB"
    )


def _cpu() -> float:
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(usage.ru_utime + usage.ru_stime for usage in map(resource.getrusage, whose))


def _memory() -> int:
    """Kilobytes of the largest process so far."""
    return max(
        resource.getrusage(whose).ru_maxrss for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    database = Database.open(Path(sys.argv[1]), read_only=True)
    for workers in sorted({1, len(os.sched_getaffinity(0))}):
        measure(database, workers)
    database.close()


if __name__ == "__main__":
    main()

"""Judge pages that change without their policy changing, and pages that stand in a policy's place.

    python benchmarks/noise.py [--show N]

30 kinds of noise over 10 policies: each page is looked at four times, with a second look after every doubt, and
then once more with one sentence changed in the middle of the noise. 24 interstitials stand in the place of each
policy and of a first page. 20 short policies are read as first pages. Prints a table; ends with 1 if a version
was made of noise or of an interstitial, an edit was not seen, or a short policy was not accepted.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.pages.markup import HERE, Page, Policy, read_folder
from benchmarks.pages.mutators import MUTATORS, Mutator
from monitor.alerting import Audience
from monitor.decide import Patience
from monitor.extract import Extraction, Source, extract
from monitor.messages.model import DocumentLabel
from monitor.watch import Judged, Known, Look, Standing, Watch, judge
from storage.records import Candidate, Cause, CheckOutcome

LOOKS = (0, 1, 2, 1)
BETWEEN_LOOKS = timedelta(hours=6)
SECOND_LOOK = timedelta(seconds=90)
PATIENCE = Patience(timedelta(seconds=60), BETWEEN_LOOKS)
_LABEL = DocumentLabel("example/policy", "Example", "privacy-policy", None, None, "https://example.com/")
_WATCH = Watch((), Audience())
_VERSIONS = frozenset({Cause.PAGE_CHANGED, Cause.FIRST})


@dataclass
class Watched:
    """One document under watch, as the daemon would keep it, without a database."""

    now: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    standing: Standing | None = None
    numbers: dict[str, int] = field(default_factory=dict)
    candidate: Candidate | None = None
    causes: list[Cause] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)

    def see(self, extraction: Extraction) -> Judged:
        """Look at a page, and once more where the first look is not believed."""
        judged = self._look(extraction)
        if judged.decision.outcome is CheckOutcome.HELD:
            self.now += SECOND_LOOK
            judged = self._look(extraction)
        self.now += BETWEEN_LOOKS
        return judged

    def _look(self, extraction: Extraction) -> Judged:
        known = Known(self.standing, self.numbers.get(extraction.fingerprint), self.candidate)
        judged = judge(_LABEL, known, Look(self.now, extraction), _WATCH, patience=PATIENCE)
        self.candidate = judged.decision.candidate
        if judged.decision.cause is not None:
            self.causes.append(judged.decision.cause)
            self.standing = Standing(extraction.fingerprint, extraction.extractor, extraction.clauses)
            self.numbers.setdefault(extraction.fingerprint, len(self.numbers) + 1)
        elif judged.decision.outcome is CheckOutcome.HELD:
            self.doubts.append(judged.decision.reason)
        return judged

    @property
    def versions(self) -> int:
        return sum(cause in _VERSIONS for cause in self.causes)


@dataclass
class Tally:
    """What was judged, and what was judged wrong: each fault by the names of the page and the noise."""

    pages: Counter[str] = field(default_factory=Counter)
    faults: dict[str, list[str]] = field(default_factory=dict)

    def count(self, kind: str, fault: str | None) -> None:
        self.pages[kind] += 1
        if fault:
            self.faults.setdefault(kind, []).append(fault)


def measure() -> Tally:
    """Judge everything once."""
    tally = Tally()
    policies = read_folder("policies")
    for at, policy in enumerate(policies):
        for mutator in MUTATORS:
            _judge_noise(tally, Page(policy, landmarks=at % 3 != 2), mutator)
    standing = [read(Page(policy, landmarks=True).html()) for policy in policies]
    for path in sorted((HERE / "interstitials").glob("*.html")):
        _judge_interstitial(tally, path, standing)
    for policy in read_folder("controls"):
        for landmarks in (True, False):
            _judge_control(tally, policy, landmarks=landmarks)
    return tally


def read(page: str) -> Extraction:
    return extract(Source(page.encode(), "text/html; charset=utf-8", _LABEL.url))


def _judge_noise(tally: Tally, page: Page, mutator: Mutator) -> None:
    name = f"{mutator.__name__} on {page.policy.name}"
    watched = Watched()
    for look in LOOKS:
        watched.see(read(mutator(page, look)))
    made, held = watched.versions - 1, len(watched.doubts)
    tally.count("noise", f"{name}: {made} versions, {held} held" if made or held else None)
    watched.see(read(mutator(replace(page, policy=_edited(page.policy)), 2)))
    tally.count("edit within the noise", f"{name}: not seen" if watched.versions != made + 2 else None)


def _judge_interstitial(tally: Tally, path: Path, standing: Sequence[Extraction]) -> None:
    page = read(path.read_text(encoding="utf-8"))
    for before in (None, *standing):
        watched = Watched()
        if before is not None:
            watched.see(before)
        for _ in range(4):
            watched.see(page)
        made = watched.versions - (before is not None)
        where = f"after {before.title}" if before else "as a first page"
        tally.count("interstitial", f"{path.stem} {where}: a version" if made else None)


def _judge_control(tally: Tally, policy: Policy, *, landmarks: bool) -> None:
    judged = Watched().see(read(Page(policy, landmarks=landmarks).html()))
    accepted = judged.decision.cause is Cause.FIRST
    tally.count("short policy", None if accepted else f"{policy.name}: {judged.decision.reason}")


def _edited(policy: Policy) -> Policy:
    """The policy with one word more in its longest paragraph."""
    at = max(range(len(policy.blocks)), key=lambda index: len(policy.blocks[index].parts[-1]))
    block = policy.blocks[at]
    text = block.parts[-1].replace(" ", " newly ", 1)
    edited = replace(block, parts=(*block.parts[:-1], text))
    return replace(policy, blocks=(*policy.blocks[:at], edited, *policy.blocks[at + 1 :]))


def report(tally: Tally, show: int) -> Iterator[str]:
    yield f"{'':24}{'judged':>8}{'wrong':>8}"
    for kind, count in tally.pages.items():
        yield f"{kind:24}{count:8,}{len(tally.faults.get(kind, ())):8,}"
    for kind, faults in tally.faults.items():
        yield from (f"  {kind}: {fault}" for fault in faults[:show])


def main(write: Callable[[str], object] = print) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--show", type=int, default=40, help="how many faults of each kind to name")
    arguments = parser.parse_args()
    tally = measure()
    for line in report(tally, arguments.show):
        write(line)
    return 1 if tally.faults else 0


if __name__ == "__main__":
    sys.exit(main())

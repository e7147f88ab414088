"""How well changes on the training of AI are told apart, on edits that we wrote ourselves.

Each edit of `training_pairs.toml` stands between the same clauses that say nothing of the topic. An edit is
called right when the strongest finding has its effect; an alert is right when the effect is one that alerts.

    python benchmarks/detection_quality.py [--wrong]
"""

from __future__ import annotations

import argparse
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from monitor.assess import assess
from monitor.detect.topics.model import QUIET
from monitor.detect.topics.table import shipped_books
from monitor.extract.read import extract_markdown

PAIRS = Path(__file__).parent / "training_pairs.toml"

AROUND = (
    "# Privacy Policy\n\nThis policy says how Acme handles the information of people who use its services.\n\n",
    "\n\n## Contact\n\nWrite to us if you have questions about this policy.\n",
)

SILENT = "silent"


@dataclass(frozen=True)
class Called:
    """One edit, with the effect it has and the one it was called; `silent` where nothing alerts."""

    effect: str
    called: str
    before: str
    after: str

    @property
    def alerts(self) -> bool:
        return self.called not in QUIET and self.called != SILENT

    @property
    def should_alert(self) -> bool:
        return self.effect not in QUIET and self.effect != SILENT


def edits() -> Iterator[Called]:
    books = shipped_books()
    for effect, pairs in tomllib.loads(PAIRS.read_text(encoding="utf-8")).items():
        for before, after in pairs:
            old, new = (extract_markdown(before.join(AROUND)), extract_markdown(after.join(AROUND)))
            found = assess(old, new, (), books, "en").findings
            called = next((each.effect for each in found if each.topic == "ai-training"), SILENT)
            yield Called(effect, called, before, after)


def measure(called: list[Called]) -> dict[str, float]:
    """Precision and recall of alerts, and the share of alerting edits with the right effect."""
    right = sum(each.alerts and each.should_alert for each in called)
    wanted = sum(each.should_alert for each in called)
    return {
        "precision": right / max(1, sum(each.alerts for each in called)),
        "recall": right / wanted,
        "effect": sum(each.effect == each.called for each in called if each.should_alert) / wanted,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wrong", action="store_true", help="show the edits that were called wrongly")
    arguments = parser.parse_args()
    begun = time.perf_counter()
    called = list(edits())
    seconds = time.perf_counter() - begun
    if arguments.wrong:
        for each in called:
            if each.alerts != each.should_alert or (each.should_alert and each.effect != each.called):
                print(f"{each.effect} called {each.called}\n  before: {each.before}\n  after:  {each.after}")
    for effect in dict.fromkeys(each.effect for each in called):
        own = [each for each in called if each.effect == effect]
        told = sum(each.alerts for each in own)
        right = sum(each.called == effect for each in own)
        print(f"{effect:<16}{len(own):>5} edits{told:>5} alert{right:>5} right effect")
    figures = "  ".join(f"{name} {value:.3f}" for name, value in measure(called).items())
    print(f"{len(called)} edits: {figures}  {seconds / len(called) * 1000:.1f} ms each")


if __name__ == "__main__":
    main()

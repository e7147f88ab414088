"""The runs there are, whole and short: their size, their seed, and their report."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path

from tests.soak.drive import play
from tests.soak.evidence import Evidence
from tests.soak.judge import judge
from tests.soak.model import FROZEN, LOCKED, READER, Plan, Setting
from tests.soak.table import report

SEED = "POLICYWATCH_SOAK_SEED"
MINUTES = "POLICYWATCH_SOAK_MINUTES"
_USUAL_MINUTES = 15
_DAY_SECONDS = 60


def whole_run(minutes: float = _USUAL_MINUTES) -> Setting:
    """One day a minute, 200 documents, 50 kills in 15 minutes; of a shorter run half is the quiet tail."""
    seconds = minutes * 60
    return Setting(
        seconds=seconds,
        tail=min(240.0, seconds / 2),
        day=_DAY_SECONDS,
        documents=200,
        kills=round(50 * minutes / _USUAL_MINUTES),
    )


WHOLE_RUN = whole_run()
SHORT_RUN = Setting(
    seconds=26, tail=14, day=8, documents=10, kills=2,
    faults=("one put off 450", "busy 451", "dropped after the dot", "status 500", "cut reply", "no ok",
            LOCKED, READER, FROZEN),
)  # fmt: skip
"""So that the harness itself never rots: with faults that mend in seconds."""


def chosen_seed(environment: Mapping[str, str]) -> int:
    return int(environment.get(SEED) or random.SystemRandom().randrange(2**32))


def chosen_setting(environment: Mapping[str, str]) -> Setting:
    return whole_run(float(environment.get(MINUTES) or _USUAL_MINUTES))


def run(plan: Plan, folder: Path) -> tuple[str, bool]:
    """Play a plan: the report, which is kept in the folder as well, and whether every promise was kept."""
    outcome = play(plan, folder)
    evidence = Evidence(plan, outcome.ledger, outcome.archive, outcome.ending)
    verdicts = judge(evidence)
    text = report(evidence, verdicts, can_fill=outcome.can_fill)
    (folder / "report.txt").write_text(f"{text}\n", encoding="utf-8")
    return text, not any(verdict.violations for verdict in verdicts)

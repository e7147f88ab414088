"""How well changes on AI training are told apart on our own edits: no step back goes unseen."""

from __future__ import annotations

from collections import Counter

from benchmarks.detection_quality import SILENT, edits, measure

FLOORS = {"precision": 0.99, "recall": 0.99, "effect": 0.98}
FEWEST = {
    "introduces": 40,
    "expands": 40,
    "restricts": 35,
    "opt-out-terms": 12,
    "reworded": 30,
    "prohibits-user": 15,
    SILENT: 40,
}


def test_edits_are_called_as_well_as_they_were() -> None:
    called = list(edits())
    counted = Counter(each.effect for each in called)
    assert len(called) >= 220
    assert all(counted[effect] >= fewest for effect, fewest in FEWEST.items())
    figures = measure(called)
    assert {name: figures[name] for name in FLOORS if figures[name] < FLOORS[name]} == {}

"""What raises or lowers the severity of findings."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.config.load import load_config
from monitor.detect.severity import Adjustment
from monitor.errors import ConfigInvalid
from storage.records import Severity


def adjustments(folder: Path, text: str) -> tuple[Adjustment, ...]:
    (folder / "config.toml").write_text(text)
    return load_config(folder / "config.toml", {"HOME": str(folder)}).adjustments


def test_tables_are_read_in_their_order(tmp_path: Path) -> None:
    text = '[[severities]]\ntopics = ["retention"]\nraise = 2\n[[severities]]\nkinds = ["faq"]\nto = "low"\n'
    assert adjustments(tmp_path, text) == (
        Adjustment(topics=frozenset({"retention"}), steps=2),
        Adjustment(kinds=frozenset({"faq"}), to=Severity.LOW),
    )


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('topics = ["retentoin"]\nlower = 1', "retention"),
        ("raise = 1\nlower = 1", "raise"),
        ('topics = ["retention"]', "to"),
        ("raise = 0", "raise"),
    ],
)
def test_a_table_that_means_nothing_is_refused_with_its_reason(tmp_path: Path, table: str, said: str) -> None:
    with pytest.raises(ConfigInvalid, match=said):
        adjustments(tmp_path, f"[[severities]]\n{table}\n")

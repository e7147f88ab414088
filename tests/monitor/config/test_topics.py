"""Topics of a team's own, in TOML."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.config.load import load_config
from monitor.errors import ConfigInvalid

BOOK = """
topic = "returns"
title = "returning goods"
severity = "low"

[lists]
give-back = ["return", "returns", "send back"]
goods = ["goods", "items", "orders"]

[[frames]]
id = "return-goods"
lists = ["give-back", "goods"]

[[examples]]
after = "We accept returns of goods within two weeks."
effect = "introduces"
"""
CONFIG = 'topic_files = ["returns.toml"]\n[[severities]]\ntopics = ["returns"]\nraise = 1\n'


def written(folder: Path, book: str) -> Path:
    (folder / "returns.toml").write_text(book)
    (folder / "config.toml").write_text(CONFIG)
    return folder / "config.toml"


def test_topic_of_ones_own_is_in_force_and_its_name_is_known(tmp_path: Path) -> None:
    settings = load_config(written(tmp_path, BOOK), {"HOME": str(tmp_path)})
    assert list(dict.fromkeys(book.topic for book in settings.books)) == ["ai-training", "returns"]


@pytest.mark.parametrize(
    ("book", "said"),
    [
        (BOOK.replace('"introduces"', '"restricts"'), 'example 1 has the effect "introduces"'),
        (BOOK.replace("goods =", "wares ="), "asks for the list 'goods'"),
        (BOOK.replace("title", "titel"), "titel"),
        ("topic = ", "is no topic"),
        (BOOK.partition("[[frames]]")[0], "no frame"),
    ],
)
def test_topic_that_is_wrong_is_told_with_its_file(tmp_path: Path, book: str, said: str) -> None:
    with pytest.raises(ConfigInvalid, match=r"returns\.toml") as refused:
        load_config(written(tmp_path, book), {"HOME": str(tmp_path)})
    assert said in str(refused.value)


def test_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(CONFIG)
    with pytest.raises(ConfigInvalid, match=r"returns\.toml: no such file"):
        load_config(tmp_path / "config.toml", {"HOME": str(tmp_path)})

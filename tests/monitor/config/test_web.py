"""The table of the history browser: what the browser reads of a configuration, and what the daemon checks."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.config import load_config, load_web
from monitor.errors import ConfigInvalid

TOKEN = "a-token-of-many-characters"


def config(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text)
    return path


def test_browser_reads_who_may_use_it_and_nothing_that_the_daemon_keeps_secret(tmp_path: Path) -> None:
    path = config(
        tmp_path,
        'timezone = "Europe/Berlin"\npublic_url = "https://a.example.com/"\n[storage]\ndatabase = "a.db"\n'
        '[web]\nlisten = "[::1]:9000"\nhosts = ["Mirror.example.com"]\n[web.users."Ann Example"]\n'
        'token_env = "ANN"\n[channels.mail]\ntype = "slack"\nwebhook_url_credential = "not-ours"\n',
    )
    found = load_web(path, {"ANN": TOKEN, "HOME": str(tmp_path)})
    assert (found.web.host, found.web.port) == ("::1", 9000)
    assert found.web.hosts == {"mirror.example.com"}
    assert {name: token.reveal() for name, token in found.web.users.items()} == {"Ann Example": TOKEN}
    assert (found.database, found.public_url) == (tmp_path / "a.db", "https://a.example.com")


def test_daemon_does_not_need_the_browsers_tokens(tmp_path: Path) -> None:
    path = config(tmp_path, '[web.users.ann]\ntoken_credential = "ann"\n')
    load_config(path, {"HOME": str(tmp_path)})
    with pytest.raises(ConfigInvalid, match=r"config\.toml:2: .*CREDENTIALS_DIRECTORY"):
        load_web(path, {"HOME": str(tmp_path)})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[web]\nlisten = "8470"', "must be an address and a port"),
        ('[web]\nlisten = "localhost:8470"', "must begin with the number of an address"),
        ('[web]\nlisten = "127.0.0.1:70000"', "must be an address and a port"),
        ('[web]\nlisten = "0.0.0.0:8470"', "whoever reaches this address could read everything"),
        ('[web]\nlisten = "[::]:8470"', "whoever reaches this address could read everything"),
        ('[web]\nhosts = ["https://a.example"]', "must be a host alone"),
        ('[web]\nuser_header = "X User"', "not the name of a header"),
        ('[web]\nproxies = ["proxy"]', "not a network"),
        ("[web]\nport = 1", 'unknown key "port"'),
        ('[web.users.ann]\ntoken = "secret"', '"token" would put the secret itself'),
        ("[web.users.ann]\n", "is missing"),
        ('[web.users.ann]\ntoken_env = "SHORT"', "fewer than 16 characters"),
        ('[web.users.ann]\ntoken_env = "T"\n[web.users.bob]\ntoken_env = "T"', "the same token"),
        ('[web.users.ann]\ntoken_env = "NOT_SET"', "is not set"),
        ('[web.users.""]\ntoken_env = "T"', "1 to 100 printable characters"),
    ],
)
def test_mistake_is_said_at_its_line_without_any_token(tmp_path: Path, text: str, said: str) -> None:
    path = config(tmp_path, text + "\n")
    with pytest.raises(ConfigInvalid) as raised:
        load_web(path, {"HOME": str(tmp_path), "T": TOKEN, "SHORT": "guess"})
    assert said in str(raised.value)
    assert "config.toml:" in str(raised.value)
    assert not {TOKEN, "guess"} & set(str(raised.value).split())

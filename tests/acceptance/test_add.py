"""`add` reads a page of a real server and writes how to watch it into `conf.d/`, or writes nothing."""

from __future__ import annotations

import os
import pty
import tomllib

import pytest

from tests.acceptance.world import World
from tests.servers.http import Page

TERMS = """<!doctype html><html lang="de"><head><title>Nutzungsbedingungen | Acme</title></head><body><main>
<h1>Nutzungsbedingungen</h1><p>Gültig ab 1. März 2024</p><h2>1. Konto</h2><p>Jede Person hat ein Konto.</p>
</main></body></html>"""


@pytest.fixture(autouse=True)
def _terms(world: World) -> None:
    world.site.pages["/de/terms"] = TERMS


def written(world: World) -> str:
    return (world.folder / "conf.d" / "acme.toml").read_text()


def test_page_is_understood_proposed_written_and_then_watched(world: World) -> None:
    out = world.run("add", world.site.url("/de/terms"), "--yes").stdout
    for words in ("Nutzungsbedingungen | Acme", "1. Konto", "effective date: 2024-03-01", "few words"):
        assert words in out
    assert "To be watched as acme/terms" in out
    assert "systemctl reload" in out
    (service,) = tomllib.loads(written(world))["services"]
    assert service == {
        "name": "Acme",
        "documents": [{"kind": "terms", "url": world.site.url("/de/terms"), "language": "de"}],
    }
    assert "3 documents" in world.run("validate").stdout
    assert "acme/terms: first" in world.run("check", "acme/terms").stdout


def test_options_go_before_what_the_page_suggests(world: World) -> None:
    url = world.site.url("/de/terms")
    world.run(
        "add", url, "--yes", "--service", "Beta Labs", "--kind", "help", "--variant", "de", "--every", "2h"
    )
    (service,) = tomllib.loads((world.folder / "conf.d" / "beta-labs.toml").read_text())["services"]
    assert service["name"] == "Beta Labs"
    assert service["documents"][0] == {
        "kind": "help", "variant": "de", "url": url, "language": "de", "every": "2h"
    }  # fmt: skip


def test_without_a_terminal_nothing_is_written_unless_told_to(world: World) -> None:
    done = world.run("add", world.site.url("/de/terms"), expect=64)
    assert "To be watched as acme/terms" in done.stdout
    assert "--yes" in done.stderr
    assert not (world.folder / "conf.d").exists()


@pytest.mark.parametrize(("answer", "is_written"), [("y\n", True), ("n\n", False), ("\n", False)])
def test_on_a_terminal_it_asks(world: World, answer: str, is_written: bool) -> None:
    keyboard, terminal = pty.openpty()
    os.write(keyboard, answer.encode())
    line = ["--config", str(world.config), "add", world.site.url("/de/terms")]
    done = world.program.run(line, world.environ(), stdin=terminal)
    assert done.returncode == 0, done.stderr
    assert "Write this? [y/N]" in done.stdout
    assert ("nothing was written" in done.stdout) is not is_written
    assert (world.folder / "conf.d").exists() is is_written


def test_what_is_watched_already_is_refused(world: World) -> None:
    world.site.pages["/moved"] = Page("", status=302, headers={"Location": "/faq"}, etag=False)
    for path, words in (("/privacy/", "acme/privacy-policy"), ("/moved", "acme/faq")):
        assert words in world.run("add", world.site.url(path), "--yes", expect=64).stderr
    kind = ("--kind", "faq", "--yes")
    assert "--variant" in world.run("add", world.site.url("/de/terms"), *kind, expect=64).stderr
    assert not (world.folder / "conf.d").exists()


def test_bad_proposal_is_taken_back_with_every_problem(world: World) -> None:
    done = world.run("add", world.site.url("/de/terms"), "--yes", "--every", "soon", expect=78)
    assert "acme.toml:" in done.stderr
    assert not (world.folder / "conf.d").exists()
    world.run("validate")


def test_pages_that_cannot_be_read_or_named_are_refused(world: World) -> None:
    world.site.pages["/shell"] = "<title>Terms</title><body><div id=app></div></body>"
    world.site.pages["/odd"] = TERMS.replace("Nutzungsbedingungen", "Unser Versprechen")
    for where, code, words in (
        (world.site.url("/none"), 66, "404"),
        (world.site.url("/shell"), 65, "nothing on the page"),
        (world.site.url("/odd"), 64, "--kind"),
        ("terms.html", 64, "https://"),
    ):
        assert words in world.run("add", where, "--yes", expect=code).stderr
    world.config.unlink()
    assert "config" in world.run("add", world.site.url("/de/terms"), expect=66).stderr

"""A document is appended to `conf.d/`, and what was there stays as a person wrote it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config.additions import add_document, appended, file_for
from monitor.errors import ConfigInvalid, InputOutputFailed, InputUnreadable
from monitor.proposal import Proposal, Service

MAIN = """\
[fetch]
contact = "team@example.com"
[channels.mail]
type = "email"
host = "mail.example.com"
from = "watch@example.com"
to = ["team@example.com"]
[[routes]]
to = ["mail"]
"""
ACME = Service("Acme Inc", "acme")
SERVICE = '[[services]]\nname = "Acme Inc"\nid = "acme"\n'


def proposal(path: str = "privacy", *, service: Service = ACME, kind: str = "terms") -> Proposal:
    return Proposal(f"https://www.acme.com/{path}", service, kind, None, "en", "EU", "2h")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(MAIN)
    return path


def test_new_file_holds_the_service_and_its_document(config: Path) -> None:
    settings = add_document(config, proposal(), {})
    (target,) = settings.targets
    assert (target.key, target.service, target.urls) == (
        "acme/terms",
        "Acme Inc",
        ("https://www.acme.com/privacy",),
    )
    assert (target.language, target.region) == ("en", "EU")
    assert file_for(config, proposal()) == config.parent / "conf.d" / "acme.toml"
    assert sorted(path.name for path in (config.parent / "conf.d").iterdir()) == ["acme.toml"]


def test_second_document_is_appended_and_nothing_else_is_touched(config: Path) -> None:
    add_document(config, proposal(), {})
    file = file_for(config, proposal())
    file.write_text(file.read_text() + "# a note of mine\n")
    file.chmod(0o640)
    before = file.read_text()
    settings = add_document(config, proposal("faq", kind="faq"), {})
    assert [target.key for target in settings.targets] == ["acme/terms", "acme/faq"]
    assert file.read_text().startswith(before)
    assert file.read_text().count("[[services]]") == 1
    assert file.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    "written",
    [
        SERVICE + '[[services.documents]]\nkind = "faq"\nurl = "https://a.com/f"',
        SERVICE + 'documents = [{ kind = "faq", url = "https://a.com/f" }]\n',
        '[[services]]\nname = "Other"\n[[services.documents]]\nkind = "faq"\nurl = "https://a.com/f"\n',
        '[[rules]]\nid = "r"\nphrases = ["x"]\n',
        "# only a note",
        "",
    ],
)
def test_document_is_added_to_files_of_every_shape(config: Path, written: str) -> None:
    file = file_for(config, proposal())
    file.parent.mkdir()
    file.write_text(written)
    settings = add_document(config, proposal(), {})
    assert "acme/terms" in {target.key for target in settings.targets}
    assert file.read_text().startswith(written)


def test_file_that_nothing_can_be_appended_to_is_left_alone(config: Path) -> None:
    file = file_for(config, proposal())
    file.parent.mkdir()
    written = 'services = [{ name = "Acme Inc", documents = [{ kind = "faq", url = "https://a.com/f" }] }]\n'
    file.write_text(written)
    with pytest.raises(InputUnreadable, match=r"acme.toml.*by hand"):
        add_document(config, proposal(), {})
    assert file.read_text() == written


def test_addition_that_makes_the_configuration_invalid_is_taken_back(config: Path) -> None:
    with pytest.raises(ConfigInvalid, match="kind"):
        add_document(config, proposal(kind="No Kind"), {})
    assert not (config.parent / "conf.d").exists()
    add_document(config, proposal(), {})
    before = file_for(config, proposal()).read_bytes()
    with pytest.raises(ConfigInvalid, match="acme/terms"):
        add_document(config, proposal("other"), {})
    assert file_for(config, proposal()).read_bytes() == before


def test_place_that_cannot_be_written_is_told(config: Path) -> None:
    (config.parent / "conf.d").write_text("a file, not a folder")
    with pytest.raises(InputOutputFailed, match="acme"):
        add_document(config, proposal(), {})


@given(name=st.text(st.characters(codec="utf-8"), min_size=1, max_size=30))
def test_any_name_is_written_so_that_it_reads_back(name: str) -> None:
    text = appended("", proposal(service=Service(name, "acme")), "acme.toml")
    (service,) = tomllib.loads(text)["services"]
    assert service["name"] == name
    assert service["documents"][0]["url"] == "https://www.acme.com/privacy"

"""Declarations of Open Terms Archive become a configuration that validates, and what is lost is told."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from monitor.cli.commands import app
from monitor.config import Settings, load_config
from monitor.errors import InputMissing, InputUnreadable, UsageError
from monitor.importers.config_text import render
from monitor.importers.ota_declarations import Declared, Existing, convert, read_declarations
from tests.monitor.importers.archive import Archive

PRIVACY = "https://acme.test/privacy"
MAIN = """
[fetch]
contact = "watch@team.test"
[channels.mail]
type = "email"
host = "mail.team.test"
from = "watch@team.test"
to = ["ann@team.test"]
[[routes]]
to = ["mail"]
"""


def declared(terms: dict[str, Any], *, name: str = "Acme", file: str = "Acme.json") -> Declared:
    return convert({file: json.dumps({"name": name, "terms": terms}).encode()}, Existing())


def table(found: Declared) -> dict[str, Any]:
    """The first document as our configuration has it."""
    document: dict[str, Any] = tomllib.loads(render(found.services))["services"][0]["documents"][0]
    return document


def test_addresses_selectors_and_kinds_are_carried_over() -> None:
    found = declared({"Privacy Policy": {"fetch": PRIVACY, "select": ["main", "article"], "remove": ".ads"}})
    assert table(found) == {
        "kind": "privacy-policy", "url": PRIVACY, "select": ["main, article"], "remove": [".ads"],
    }  # fmt: skip
    assert found.left_out == []


def test_older_declarations_call_their_terms_documents() -> None:
    content = json.dumps({"name": "Acme", "documents": {"FAQ": {"fetch": PRIVACY}}}).encode()
    assert table(convert({"Acme.json": content}, Existing())) == {"kind": "faq", "url": PRIVACY}


def test_combined_pages_are_one_document_that_reads_what_any_of_their_selectors_reads() -> None:
    pages = [{"fetch": f"{PRIVACY}/1", "select": "#one"}, {"fetch": f"{PRIVACY}/2", "remove": [".nav", ".ads"]}]
    found = declared({"Terms of Service": {"combine": pages, "select": "main", "remove": ".ads"}})
    assert table(found) == {
        "kind": "terms-of-service", "urls": [f"{PRIVACY}/1", f"{PRIVACY}/2"], "select": ["#one, main"],
        "remove": [".ads"],
    }  # fmt: skip
    assert len(found.left_out) == 2
    assert "'.nav' is to be removed from some pages alone" in found.left_out[1]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"select": {"startBefore": "#a", "endBefore": "#b"}}, "the whole page is read"),
        ({"select": ["main", {"startAfter": "#a", "endAfter": "#b"}]}, "the whole page is read"),
        ({"select": "main:contains((("}, "the whole page is read"),
        ({"remove": ["p:::x"]}, "nothing is removed by it"),
        ({"remove": [{"startBefore": "#a", "endBefore": "#b"}]}, "it is read"),
        ({"filter": ["removeDates"]}, "the filter removeDates is a program"),
        ({"filter": [{"removeQueryParams": ["sig"]}]}, "the filter removeQueryParams is a program"),
        ({"executeClientScripts": True}, "needs a browser"),
        ({"proxy": "x"}, '"proxy" has no counterpart'),
    ],
)
def test_what_has_no_counterpart_is_told_and_noted_beside_the_document(more: dict[str, Any], told: str) -> None:
    found = declared({"Privacy Policy": {"fetch": PRIVACY, **more}})
    assert table(found) == {"kind": "privacy-policy", "url": PRIVACY}
    (line,) = found.left_out
    assert line.startswith("Acme.json: Privacy Policy: ")
    assert told in line
    assert told in render(found.services)


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("https://acme.test", "no object"),
        ({"select": "main"}, "which addresses"),
        ({"combine": [{"fetch": PRIVACY}, {}]}, "which addresses"),
        ({"combine": 5}, "no list"),
        ({"fetch": "ftp://acme.test/x"}, "https://"),
        ({"fetch": "https://user:secret@acme.test/"}, "need no login"),
    ],
)
def test_a_document_that_cannot_be_watched_is_told(entry: object, told: str) -> None:
    found = declared({"Privacy Policy": entry, "FAQ": {"fetch": PRIVACY}})
    assert [document.kind for service in found.services for document in service.documents] == ["faq"]
    (line,) = found.left_out
    assert told in line


def test_files_that_are_no_declarations_are_damaged_and_the_others_go_on() -> None:
    files = {
        "A.json": b"{", "B.json": b"[]", "C.json": b'{"name": "C"}', "D.json": b"[" * 100_000,
        "E.json": b" " * 2_000_000, "F.json": b'{"terms": {"FAQ": {"fetch": "https://f.test/"}}}',
        "F.filters.js": b"export function x() {}",
        "F.history.json": b'{"FAQ": [{"fetch": "https://old.test", "validUntil": "2020-01-01T00:00:00Z"}]}',
    }  # fmt: skip
    found = convert(files, Existing())
    assert [service.name for service in found.services] == ["F"]
    assert [line.partition(":")[0] for line in found.damaged] == [f"{letter}.json" for letter in "ABCDE"]
    assert found.left_out == ["F.history.json: 1 declarations of the past; only today's are watched"]


def test_ids_are_those_of_imported_archives_and_never_two_names() -> None:
    terms = {"FAQ": {"fetch": PRIVACY}}
    files = {
        name: json.dumps({"name": given, "terms": terms}).encode()
        for name, given in (("Ac-me.json", "Acme"), ("Ac me.json", "Other"), ("ac me.json", "other"))
    }
    found = convert(files, Existing())
    assert [(service.id, service.name) for service in found.services] == [
        ("ac-me", "Other"),
        ("ac-me-2", "Acme"),
    ]
    assert found.left_out == ["ac me.json: FAQ: another declaration has the key ac-me/faq as well"]


def policywatch(folder: Path, *arguments: str) -> Result:
    result = CliRunner().invoke(app, ["--config", str(folder / "config.toml"), *arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def loaded(folder: Path) -> Settings:
    return load_config(folder / "config.toml", {})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A configuration, and a repository of declarations beside it."""
    (tmp_path / "config.toml").write_text(MAIN)
    archive = Archive(tmp_path / "pga-declarations")
    for name in ("Acme", "Zeta"):
        terms = {
            "name": name,
            "terms": {"Privacy Policy": {"fetch": f"https://{name.lower()}.test/", "select": "main"}},
        }
        archive.record(f"declarations/{name}.json", json.dumps(terms), "2024-01-01")
    archive.record("package.json", "{}", "2024-01-01")
    return tmp_path


def test_the_command_writes_a_part_of_the_configuration_that_validates_and_again_the_same(folder: Path) -> None:
    for _ in range(2):
        result = policywatch(folder, "import", "ota-declarations", str(folder / "pga-declarations"))
        assert (result.exit_code, result.stderr) == (0, "")
        assert "2 documents of 2 services, 0 are watched already" in result.stdout
    assert [target.key for target in loaded(folder).targets] == ["acme/privacy-policy", "zeta/privacy-policy"]
    assert policywatch(folder, "validate").exit_code == 0
    assert [path.name for path in (folder / "conf.d").iterdir()] == ["pga-declarations.toml"]


def test_what_the_configuration_watches_is_not_watched_twice(folder: Path) -> None:
    own = '[[services]]\nname = "Acme Inc."\nid = "acme"\n[[services.documents]]\n'
    (folder / "config.toml").write_text(
        f'{MAIN}\n{own}kind = "privacy-policy"\nurl = "https://acme.test/new"\n'
    )
    policywatch(folder, "import", "ota-declarations", str(folder / "pga-declarations"))
    assert [(target.key, target.urls) for target in loaded(folder).targets] == [
        ("acme/privacy-policy", ("https://acme.test/new",)), ("zeta/privacy-policy", ("https://zeta.test/",)),
    ]  # fmt: skip
    (folder / "config.toml").write_text(f'{MAIN}\n{own}kind = "home"\nurl = "http://www.acme.test"\n')
    result = policywatch(folder, "import", "ota-declarations", str(folder / "pga-declarations"))
    assert "its address is watched already, as acme/home" in result.stderr
    assert [target.key for target in loaded(folder).targets] == ["acme/home", "zeta/privacy-policy"]


@pytest.mark.parametrize("form", ["bundle", "bare", "folder"])
def test_a_bundle_a_bare_repository_and_the_folder_itself_are_read_alike(folder: Path, form: str) -> None:
    tree = folder / "pga-declarations"
    archive = object.__new__(Archive)
    archive.folder = tree
    path = {
        "bundle": lambda: archive.bundle(folder / "d.bundle"),
        "bare": lambda: archive.bare(folder / "d.git"),
        "folder": lambda: tree / "declarations",
    }[form]()
    assert sorted(read_declarations(path)) == ["Acme.json", "Zeta.json"]
    assert read_declarations(path) == read_declarations(tree)


def test_other_paths_are_missing_or_hold_no_declarations(folder: Path) -> None:
    with pytest.raises(InputMissing, match="nowhere"):
        read_declarations(folder / "nowhere")
    empty = Archive(folder / "empty")
    empty.record("README.md", "# Nothing", "2024-01-01")
    with pytest.raises(InputUnreadable, match="holds no declarations"):
        read_declarations(folder / "empty")


def test_somebody_elses_file_is_never_replaced(folder: Path) -> None:
    (folder / "mine.toml").write_text("# mine\n")
    with pytest.raises(UsageError, match="not made by an import"):
        policywatch(
            folder, "import", "ota-declarations", str(folder / "pga-declarations"),
            "--output", str(folder / "mine.toml"),
        )  # fmt: skip
    assert (folder / "mine.toml").read_text() == "# mine\n"


TEXT = st.text(max_size=12) | st.just("\ud800")
SELECTOR = TEXT | st.just("main") | st.just({"startBefore": "#a", "endBefore": "#b"})
SELECTORS = SELECTOR | st.lists(SELECTOR, max_size=3)
ENTRY = st.fixed_dictionaries(
    {"fetch": TEXT | st.just(PRIVACY) | st.just(f"{PRIVACY}/2")},
    optional={
        "select": SELECTORS,
        "remove": SELECTORS,
        "filter": st.lists(TEXT, max_size=2),
        "executeClientScripts": st.booleans(),
    },
)
COMBINED = st.lists(ENTRY, max_size=3).map(lambda parts: {"combine": parts})
TERMS = st.dictionaries(TEXT, ENTRY | COMBINED | TEXT)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.tuples(TEXT, TEXT), TERMS, max_size=3))
def test_whatever_is_declared_what_is_written_validates(
    tmp_path_factory: pytest.TempPathFactory, services: dict[tuple[str, str], Any]
) -> None:
    files = {
        f"{file}.json": json.dumps({"name": name, "terms": terms}).encode()
        for (file, name), terms in services.items()
    }
    found = convert(files, Existing())
    folder = tmp_path_factory.mktemp("written")
    (folder / "config.toml").write_text(MAIN + render(found.services), encoding="utf-8")
    keys = [target.key for target in loaded(folder).targets]
    assert len(keys) == sum(len(service.documents) for service in found.services)

"""Command lines, configurations, rules, links and lists in the documentation are tried, not believed."""

import doctest
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from typer.testing import CliRunner

from monitor.alerting import Audience
from monitor.clauses import to_markdown
from monitor.cli.commands import app
from monitor.config.rules import books_of
from monitor.demo import story
from monitor.detect.compile import compile_rule
from monitor.detect.rulebook import read_rulebook, rule_examples, shipped_rules
from monitor.detect.topics.find import find
from monitor.detect.topics.table import examples as book_examples
from monitor.detect.topics.table import parse_book
from monitor.diff.compare import compare
from monitor.extract.model import Source
from monitor.extract.read import extract
from monitor.importers.ota_versions import import_versions
from monitor.watch import Watch
from storage.database import Database
from storage.records import Clause

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "deploy").rglob("*.md")])
QUERIES = {
    "documents", "versions", "changes", "alerts", "show", "diff", "search", "first", "timeline", "explain",
    "status",
}  # fmt: skip
RECORDED = {
    "2024-08-01T00:32:00Z": {"Privacy Policy": story.POLICY_BEFORE, "FAQ": story.FAQ_BEFORE},
    "2024-09-19T00:32:00Z": {"Privacy Policy": story.POLICY_AFTER, "FAQ": story.FAQ_AFTER},
}
RECORDS = {
    "documents": ["documents"],
    "versions": ["versions"],
    "changes": ["changes"],
    "alerts": ["alerts"],
    "search": ["search", "train"],
    "timeline": ["timeline", "train"],
}

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Example:
    """A command line of the documentation; `output` is what the page says it prints, where it does.

    Those in running text may leave arguments out.
    """

    page: str
    line: str
    output: str | None = None
    in_text: bool = False

    @property
    def arguments(self) -> list[str]:
        return shlex.split(self.line, comments=True)[1:]

    def on(self, archive: Path) -> list[str]:
        """The arguments, with `archive` in place of the database that the line may name."""
        words = self.arguments
        if words[0] == "--database":
            words = words[2:]
        return ["--database", str(archive), *words]


def blocks(page: Path, language: str) -> list[str]:
    return [text for written, text in _FENCE.findall(page.read_text()) if written == language]


def examples() -> Iterator[Example]:
    for page in PAGES:
        name = str(page.relative_to(ROOT))
        for line in "".join(blocks(page, "sh")).splitlines():
            if line.startswith("policywatch "):
                yield Example(name, line)
        for block in blocks(page, "console"):
            line, _, output = block.removeprefix("$ ").partition("\n")
            yield Example(name, line, output)
        for line in re.findall(r"`(policywatch [^`]+)`", _FENCE.sub("", page.read_text())):
            yield Example(name, line, in_text=True)


def run(arguments: list[str]) -> tuple[int, str]:
    """The command's exit code and output, in this process."""
    done = CliRunner(env={"COLUMNS": "100"}).invoke(app, arguments, prog_name="policywatch")
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, _COLOUR.sub("", done.output)


@cache
def commands() -> dict[str, frozenset[str]]:
    """Every command with its options, as `--help` lists them; the options before any command under ''."""
    found: dict[str, frozenset[str]] = {}
    waiting: list[list[str]] = [[]]
    while waiting:
        words = waiting.pop()
        text = run([*words, "--help"])[1]
        waiting += [[*words, sub] for sub in re.findall(r"^│ ([a-z][a-z-]+) ", text, re.MULTILINE)]
        if "COMMAND [ARGS]" not in text or not words:
            found[" ".join(words)] = _options(text)
    return found


def _options(text: str) -> frozenset[str]:
    names = [line.partition("<")[0] for line in text.splitlines() if line.startswith("│ -")]
    return frozenset(re.findall(r"-[\w-]+", " ".join(names))) - {"--help", "-h"}


ALL_EXAMPLES = list(examples())
ASKED = [example for example in ALL_EXAMPLES if not example.in_text and QUERIES & set(example.arguments)]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's documents, as an archive that somebody else recorded, before and after they changed."""
    folder = tmp_path_factory.mktemp("docs")
    for at, pages in RECORDED.items():
        _record(folder / "recorded", pages, at)
    database = Database.open(folder / "policywatch.db")
    watch = Watch(
        [compile_rule(rule) for rule in shipped_rules()], Audience(), "off", books=books_of(["ai-training"])
    )
    import_versions(database, folder / "recorded", watch, origin=None, progress=lambda _done, _total: None)
    database.close()
    return database.path


def _record(repository: Path, pages: dict[str, str], at: str) -> None:
    service = repository / "Example Network"
    service.mkdir(parents=True, exist_ok=True)
    for title, page in pages.items():
        read = extract(Source(page.encode(), "text/html; charset=utf-8", "https://www.example.com/"))
        text = to_markdown(clause for clause in read.clauses if not clause.soft)
        (service / f"{title}.md").write_text(text)
    identity = ["-c", "user.name=Archive", "-c", "user.email=archive@example.com"]
    environment = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, "GIT_AUTHOR_DATE": at}
    for command in (["init", "-q"], ["add", "."], [*identity, "commit", "-q", "-m", "Record new changes"]):
        subprocess.run(["git", "-C", str(repository), *command], check=True, env=environment)


def test_configuration_in_the_readme_has_ten_lines_and_validates(tmp_path: Path) -> None:
    (block,) = blocks(ROOT / "README.md", "toml")
    assert len(block.splitlines()) == 10
    (tmp_path / "config.toml").write_text(block)
    command = [str(Path(sys.executable).with_name("policywatch")), "--config", "config.toml", "validate"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 document" in done.stdout


@pytest.mark.parametrize("example", ALL_EXAMPLES, ids=lambda example: f"{example.page}: {example.line}")
def test_command_line_in_the_documentation_can_be_given(example: Example) -> None:
    code, output = run([*example.arguments, "--help"])
    assert code == 0, output


@pytest.mark.parametrize("example", ASKED, ids=lambda example: f"{example.page}: {example.line}")
def test_question_in_the_documentation_is_answered(example: Example, archive: Path) -> None:
    code, output = run(example.on(archive))
    assert code == 0, output
    if example.output is not None:
        assert output == example.output


def test_python_in_the_documentation_answers_as_it_says(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "demo").mkdir()
    shutil.copy(archive, tmp_path / "demo" / "policywatch.db")
    monkeypatch.chdir(tmp_path)
    done = doctest.testfile(str(ROOT / "docs" / "history.md"), module_relative=False)
    assert done.attempted > 15
    assert done.failed == 0


def test_some_output_in_the_documentation_is_compared() -> None:
    assert any(example.output for example in ASKED)
    assert len(ASKED) > 15


def sections() -> dict[str, str]:
    """The sections of docs/commands.md by command; what stands before any command under ''."""
    text = (ROOT / "docs" / "commands.md").read_text()
    found = {"": text.partition("## Before any command")[2].partition("\n## ")[0]}
    for section in re.split(r"^### `", text, flags=re.MULTILINE)[1:]:
        title, _, body = section.partition("`")
        command = " ".join(re.match(r"[a-z -]*", title)[0].split())  # type: ignore[index]
        found[command] = body.partition("\n## ")[0]
    return found


def test_every_command_is_documented_and_no_other() -> None:
    assert set(sections()) == set(commands())


@pytest.mark.parametrize("command", sorted(sections()))
def test_every_option_is_documented_and_no_other(command: str) -> None:
    cells = re.findall(r"^\| (`-.*?) \|", sections()[command], flags=re.MULTILINE)
    options = re.findall(r"`(-[\w-]+)", " ".join(cells))
    assert set(options) == commands()[command]


def _documented_keys(record: str) -> list[str]:
    text = (ROOT / "docs" / "commands.md").read_text().partition("\n## Records")[2]
    row = re.search(rf"^\| {record} \|(.*)\|$", text, flags=re.MULTILINE)
    assert row, record
    return re.findall(r"`(\w+)`", row[1].partition(":")[2] or row[1])


@pytest.mark.parametrize("record", RECORDS)
def test_records_have_the_documented_keys(record: str, archive: Path) -> None:
    _, output = run(["--database", str(archive), *RECORDS[record], "--format", "jsonl"])
    row = json.loads(output.splitlines()[-1])
    assert list(row) == _documented_keys(f"`{record}`")
    for finding in row.get("findings", []):
        assert list(finding) == _documented_keys("a finding")


def test_rules_in_the_documentation_compile_and_get_their_examples_right() -> None:
    tables = blocks(ROOT / "docs" / "extending.md", "toml")
    own, rulebook = (read_rulebook(text, text) for text in tables if "[[frames]]" not in text)
    assert [compile_rule(rule).rule.id for rule in (*own.rules, *rulebook.rules)]
    checked = list(rule_examples(rulebook))
    assert checked
    assert all(right for _, _, right in checked)


def test_topic_in_the_documentation_gets_its_examples_right() -> None:
    (text,) = (each for each in blocks(ROOT / "docs" / "extending.md", "toml") if "[[frames]]" in each)
    table = parse_book(text)
    for example in book_examples(table):
        before, after = (tuple(map(Clause, side)) for side in (example.before, example.after))
        found = find(compare(before, after), [table.to_book()], None)
        assert [each.effect for each in found] == [example.effect]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if re.match(r"[a-z]+:", link):
            continue
        target, _, anchor = link.partition("#")
        path = (page.parent / target).resolve() if target else page
        assert path.is_relative_to(ROOT), link
        assert path.exists(), link
        if anchor:
            assert anchor in _anchors(path), link


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", page.read_text(), flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_that_are_named_are_there(page: Path) -> None:
    for path in re.findall(
        r"`((?:monitor|storage|notifiers|tests|docs|benchmarks|deploy)/[\w./-]*)`", page.read_text()
    ):
        if not re.search("NAME|NNNN", path):
            assert (ROOT / path).exists(), path


def test_every_decision_is_in_the_list() -> None:
    folder = ROOT / "docs" / "decisions"
    linked = re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", (folder / "README.md").read_text())
    assert linked == sorted(path.name for path in folder.glob("[0-9]*.md"))


def test_map_of_the_design_names_every_module_and_no_other() -> None:
    (tree,) = (block for block in blocks(ROOT / "docs" / "design.md", "text") if block.startswith("storage/"))
    packages = ("storage", "notifiers", "monitor", "web")
    modules = [path for package in packages for path in (ROOT / package).rglob("*.py")]
    written = {path for path in modules if path.name != "__init__.py" and path.parent.name != "versions"}
    assert sorted(_paths(tree)) == sorted(str(path.relative_to(ROOT)) for path in written)


def _paths(tree: str) -> Iterator[str]:
    folders: list[str] = []
    for line in tree.splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        name = line.split()[0]
        folders[depth:] = [name]
        if not name.endswith("/"):
            yield "".join(folders)


def test_every_event_of_the_log_is_explained_and_no_other() -> None:
    sources = "".join(path.read_text() for room in ("monitor", "web") for path in (ROOT / room).rglob("*.py"))
    events = set(re.findall(r"(?:\blog\.|_log\.|\btell\b)(?:debug|info|warning|error)?\(\s*\"(\w+)\"", sources))
    table = (ROOT / "docs" / "operations.md").read_text().partition("## What the journal says")[2]
    assert set(re.findall(r"^\| `(\w+)` \|", table, flags=re.MULTILINE)) == events


def test_changelog_names_the_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert f"## [{version}]" in (ROOT / "CHANGELOG.md").read_text()

"""The example and the reference name every key there is, and none that there is not."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from monitor.config import load_config, load_web
from monitor.config.shape import (
    CHANNEL_TABLES,
    AppriseTable,
    ConfigTable,
    DeadManTable,
    DocumentTable,
    EmailTable,
    FetchTable,
    RouteTable,
    RuleTable,
    ServiceTable,
    SeverityTable,
    SlackBotTable,
    SlackTable,
    StorageTable,
    WebhookTable,
    WebTable,
    WebUserTable,
    keys_of,
)
from monitor.detect.table import NearTable

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "config.example.toml"
REFERENCE = ROOT / "docs" / "configuration.md"

SECTIONS: dict[str, type[BaseModel]] = {
    "Top level": ConfigTable,
    "`[storage]`": StorageTable,
    "`[fetch]`": FetchTable,
    "`[dead_man]`": DeadManTable,
    "`[web]`": WebTable,
    "`[web.users.NAME]`": WebUserTable,
    "`[[services]]`": ServiceTable,
    "`[[services.documents]]`": DocumentTable,
    "`[[rules]]`": RuleTable,
    "`near`": NearTable,
    '`[channels.NAME]` with `type = "email"`': EmailTable,
    '`[channels.NAME]` with `type = "slack"`': SlackTable,
    '`[channels.NAME]` with `type = "slack-bot"`': SlackBotTable,
    '`[channels.NAME]` with `type = "webhook"`': WebhookTable,
    '`[channels.NAME]` with `type = "apprise"`': AppriseTable,
    "`[[routes]]`": RouteTable,
    "`[[severities]]`": SeverityTable,
}


def uncommented(text: str) -> str:
    """The example with the keys that are shown in comments."""
    return re.sub(r"^( *)# (?=\w+ = )", r"\1", text, flags=re.MULTILINE)


def tables() -> Iterator[tuple[type[BaseModel], dict[str, Any]]]:
    """Every table of the example beside its model."""
    example = tomllib.loads(uncommented(EXAMPLE.read_text()))
    yield ConfigTable, example
    yield StorageTable, example["storage"]
    yield FetchTable, example["fetch"]
    yield DeadManTable, example["dead_man"]
    yield WebTable, example["web"]
    yield from ((WebUserTable, user) for user in example["web"]["users"].values())
    for service in example["services"]:
        yield ServiceTable, service
        yield from ((DocumentTable, document) for document in service["documents"])
    for rule in example["rules"]:
        yield RuleTable, rule
        yield from ((NearTable, near) for near in rule["near"])
    for channel in example["channels"].values():
        yield CHANNEL_TABLES[channel["type"]], channel
    yield from ((RouteTable, route) for route in example["routes"])
    yield from ((SeverityTable, severity) for severity in example["severities"])


def documented() -> dict[str, dict[str, list[str]]]:
    """The rows of the reference's tables by section and key."""
    sections: dict[str, dict[str, list[str]]] = {}
    for section in re.split(r"^## ", REFERENCE.read_text(), flags=re.MULTILINE)[1:]:
        heading, _, body = section.partition("\n")
        cells = [
            [cell.strip() for cell in re.split(r"(?<!\\)\|", row.strip("|"))]
            for row in re.findall(r"^\| `.*$", body, flags=re.MULTILINE)
        ]
        if cells:
            sections[heading] = {row[0].strip("`"): row[1:] for row in cells}
    return sections


def test_example_is_a_configuration_without_problem_or_warning(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(EXAMPLE.read_text())
    environ = {
        "HOME": str(tmp_path),
        "POLICYWATCH_MAIL_PASSWORD": "canary",
        "POLICYWATCH_SLACK_WEBHOOK": "https://hooks.example.com/canary",
        "POLICYWATCH_SLACK_TOKEN": "canary",
        "POLICYWATCH_WEBHOOK": "https://tickets.example.com/canary",
        "POLICYWATCH_WEBHOOK_SECRET": "canary",
        "POLICYWATCH_APPRISE": "ntfy://canary",
    }
    token = tmp_path / "ann-token"
    token.write_text("canary-of-a-token")
    token.chmod(0o600)
    settings = load_config(tmp_path / "config.toml", environ)
    assert load_web(tmp_path / "config.toml", environ).web.users.keys() == {"ann"}
    assert settings.warnings == ()
    assert len(settings.targets) == 3


def test_example_shows_every_key_and_no_other() -> None:
    shown: dict[type[BaseModel], set[str]] = {}
    for model, table in tables():
        shown.setdefault(model, set()).update(table)
    assert shown == {model: set(keys_of(model)) for model in SECTIONS.values()}


def test_reference_documents_every_key_and_no_other() -> None:
    found = {section: set(rows) for section, rows in documented().items()}
    assert found == {section: set(keys_of(model)) for section, model in SECTIONS.items()}


@pytest.mark.parametrize("section", SECTIONS)
def test_reference_states_the_defaults_that_hold(section: str) -> None:
    model = SECTIONS[section]
    for key, name in keys_of(model).items():
        field = model.model_fields[name]
        stated = documented()[section][key][1]
        if field.is_required():
            assert stated == "required", key
        elif isinstance(field.default, str | bool | int | float) and field.default != "":
            toml = f'"{field.default}"' if isinstance(field.default, str) else str(field.default).lower()
            assert stated == f"`{toml}`", key
        else:
            assert stated != "required", key

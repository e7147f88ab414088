"""Whatever a program asks of the API, the answer is one that the description names, and no fault of ours."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.openapi import from_dict
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.web.served import Served
from web.api.description import PREFIX, description

CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
]  # fmt: skip
OPERATIONS = {
    found.ok().label: found.ok()
    for found in from_dict(dict(description())).get_all_operations()
    if isinstance(found, Ok)
}


@pytest.fixture(scope="module")
def session() -> Any:
    with requests.Session() as opened:
        yield opened


def fuzz(browser: Served, session: requests.Session, label: str, mode: GenerationMode, examples: int) -> None:
    """Ask what the description allows (positive) or does not allow (negative)."""

    @settings(
        max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None,
        phases=[Phase.explicit, Phase.generate],
    )  # fmt: skip
    @given(case=OPERATIONS[label].as_strategy(generation_mode=mode))
    def ask(case: Case[Any]) -> None:
        answer = case.call(base_url=browser.origin + PREFIX, session=session)
        case.validate_response(answer, checks=CHECKS)

    ask()


@pytest.mark.parametrize("label", OPERATIONS)
def test_what_is_described_is_answered(browser: Served, session: requests.Session, label: str) -> None:
    fuzz(browser, session, label, GenerationMode.POSITIVE, 8)


@pytest.mark.parametrize("label", [each for each in OPERATIONS if "status" not in each])
def test_what_is_not_described_is_refused_politely(
    browser: Served, session: requests.Session, label: str
) -> None:
    fuzz(browser, session, label, GenerationMode.NEGATIVE, 5)


@pytest.mark.soak
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize("label", OPERATIONS)
def test_the_same_at_length(
    browser: Served, session: requests.Session, label: str, mode: GenerationMode
) -> None:
    fuzz(browser, session, label, mode, 150)

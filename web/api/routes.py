"""The API over HTTP: a query is read by its type, whatever goes wrong is told as RFC 9457 says."""

from __future__ import annotations

import json
from typing import TypeVar

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from monitor.errors import InputMissing, UsageError
from monitor.forms import as_csv, as_json
from monitor.rows import Row
from web.answers import unless_known
from web.api.description import PREFIX, description
from web.api.endpoints import ENDPOINTS, Endpoint
from web.api.parameters import Parameters
from web.links import with_query
from web.site import site_of

_Asked = TypeVar("_Asked", bound=Parameters)

MOST_IDS = 2**53
"""Numbers beyond are none of ours; programs in JavaScript could not tell them apart."""


def _asked(request: Request, model: type[_Asked]) -> _Asked:
    """The query by its type.

    Raises:
        UsageError: a value is none, a name is not known or stands there twice.
    """
    pairs = request.query_params.multi_items()
    values = dict(pairs)
    if len(values) < len(pairs):
        raise UsageError("each parameter may stand in a query once")
    try:
        return model.model_validate_strings(values)
    except ValidationError as error:
        told = (f"parameter {'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise UsageError("; ".join(told)) from error


def _row(request: Request, endpoint: Endpoint) -> tuple[Row, Parameters]:
    asked = _asked(request, endpoint.parameters)
    found = request.path_params.get("id")
    if found is None:
        return endpoint.answer(site_of(request), asked), asked
    if not 0 < found < MOST_IDS:
        raise InputMissing(f"there is no alert {found}")
    return endpoint.answer(site_of(request), asked, found), asked


def _json_route(endpoint: Endpoint) -> Route:
    def answer(request: Request) -> Response:
        row, _ = _row(request, endpoint)
        return unless_known(request, as_json(row).encode(), "application/json")

    return Route(PREFIX + _with_number(endpoint), answer)


def _csv_route(endpoint: Endpoint) -> Route:
    path = f"{PREFIX}{_with_number(endpoint)}.csv"

    def answer(request: Request) -> Response:
        row, _ = _row(request, endpoint)
        response = unless_known(request, as_csv(row["items"]).encode(), "text/csv")
        if row["next_cursor"] is not None:
            following = with_query(path, dict(request.query_params), cursor=row["next_cursor"])
            response.headers["link"] = f'<{following}>; rel="next"'
        return response

    return Route(path, answer)


def _with_number(endpoint: Endpoint) -> str:
    return endpoint.path.replace("{id}", "{id:int}")


def _describe(request: Request) -> Response:
    return unless_known(request, json.dumps(description()).encode(), "application/json")


def _unknown(request: Request) -> Response:  # noqa: ARG001 (fixed by Starlette)
    raise InputMissing(f"there is no such address; {PREFIX}/openapi.json describes what there is")


def _routes() -> list[BaseRoute]:
    lists = [endpoint for endpoint in ENDPOINTS if endpoint.is_list]
    return [
        Route(f"{PREFIX}/openapi.json", _describe),
        *map(_json_route, ENDPOINTS),
        *map(_csv_route, lists),
        Route("/api/{rest:path}", _unknown),
    ]


routes = _routes()

"""The OpenAPI 3.1 description, made of the types that requests are read with and answers are told by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import version
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from web.api.endpoints import ENDPOINTS, Endpoint
from web.api.parameters import Parameters
from web.api.records import Listing, Problem
from web.problems import MEDIA_TYPE

PREFIX = "/api/v1"

_REF = "#/components/schemas/{model}"
_PROBLEMS = {
    "400": "The question cannot be read",
    "404": "There is no such document, version or alert",
    "500": "The database cannot be read, or a fault of ours",
    "503": "The database is busy; ask again",
}
_ABOUT = (
    "Read-only. The records are those of the command line (docs/commands.md): more keys may be added, these"
    " stay. Times are ISO 8601 in UTC."
)


@cache
def description() -> dict[str, Any]:
    schemas = _schemas()
    return {
        "openapi": "3.1.0",
        "info": {"title": "policywatch", "version": version("policywatch"), "description": _ABOUT},
        "servers": [{"url": PREFIX}],
        "security": [{}, {"token": []}],
        "paths": dict(_paths()),
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def answer_of(endpoint: Endpoint) -> type[BaseModel]:
    """The type of a whole answer."""
    return Listing[endpoint.record] if endpoint.is_list else endpoint.record  # type: ignore[name-defined]


def _schemas() -> dict[str, Any]:
    answers = {answer_of(endpoint) for endpoint in ENDPOINTS} | {Problem}
    ordered = sorted(answers, key=lambda model: model.__name__)
    _, found = models_json_schema([(model, "serialization") for model in ordered], ref_template=_REF)
    schemas: dict[str, Any] = found["$defs"]
    return schemas


def _paths() -> Iterator[tuple[str, dict[str, Any]]]:
    for endpoint in ENDPOINTS:
        yield endpoint.path, {"get": _operation(endpoint)}
        if endpoint.is_list:
            yield f"{endpoint.path}.csv", {"get": _operation(endpoint, as_csv=True)}


def _operation(endpoint: Endpoint, *, as_csv: bool = False) -> dict[str, Any]:
    name = endpoint.path.strip("/").replace("/{id}", "_by_id")
    content = {"text/csv": {"schema": {"type": "string"}}} if as_csv else _json(answer_of(endpoint))
    good = {"description": "The rows" if as_csv else "The answer", "content": content}
    if as_csv:
        good["headers"] = {
            "Link": {"schema": {"type": "string"}, "description": 'The next page, as rel="next"'}
        }
    problems = {
        status: {"description": words, "content": _json(Problem, MEDIA_TYPE)}
        for status, words in _PROBLEMS.items()
    }
    refused = {"401": {"description": "Nobody knows who asks", "content": _json(Problem, MEDIA_TYPE)}}
    return {
        "operationId": f"{name}_csv" if as_csv else name,
        "summary": f"{endpoint.summary}, as CSV" if as_csv else endpoint.summary,
        "parameters": [*_in_path(endpoint), *_in_query(endpoint.parameters)],
        "responses": {"200": good, **problems, **refused},
    }


def _json(model: type[BaseModel], media_type: str = "application/json") -> dict[str, Any]:
    return {media_type: {"schema": {"$ref": _REF.format(model=_name(model))}}}


def _name(model: type[BaseModel]) -> str:
    """As pydantic calls it among the schemas: `Listing[Alert]` is `Listing_Alert_`."""
    return model.__name__.replace("[", "_").replace("]", "_")


def _in_path(endpoint: Endpoint) -> Iterator[dict[str, Any]]:
    if "{id}" in endpoint.path:
        schema = {"type": "integer", "minimum": 1, "maximum": 2**53 - 1}
        yield {"name": "id", "in": "path", "required": True, "schema": schema}


def _in_query(parameters: type[Parameters]) -> Iterator[dict[str, Any]]:
    schema = parameters.model_json_schema()
    for name, found in schema.get("properties", {}).items():
        own = _without_null(found, schema.get("$defs", {}))
        required = name in schema.get("required", ())
        yield {"name": name, "in": "query", "required": required, "schema": own}


def _without_null(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    """A parameter is left out or has a value; a query has no null."""
    own = {name: value for name, value in schema.items() if name not in ("anyOf", "default", "title")}
    if schema.get("default") not in (None, ""):
        own["default"] = schema["default"]
    for choice in schema.get("anyOf", ()):
        if choice != {"type": "null"}:
            own |= choice
    if (reference := own.pop("$ref", None)) is not None:
        own |= definitions[reference.rpartition("/")[2]]
    return own

"""Numbers of the daemon that outlive it, and those that the other tables tell."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.sqlite import insert

from storage.records import LIVE, DeliveryState
from storage.schema import alerts, deliveries, metrics, versions


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a metric: its name and its labels, in the order of their names."""

    name: str
    labels: tuple[tuple[str, str], ...] = ()


def add(connection: Connection, counted: Mapping[Series, float]) -> None:
    """Add to what was counted before."""
    for series, amount in counted.items():
        statement = insert(metrics).values(_key(series) | {"value": amount})
        more = {"value": metrics.c.value + statement.excluded.value}
        connection.execute(statement.on_conflict_do_update(index_elements=["name", "labels"], set_=more))


def put(connection: Connection, values: Mapping[Series, float]) -> None:
    for series, value in values.items():
        statement = insert(metrics).values(_key(series) | {"value": value})
        connection.execute(
            statement.on_conflict_do_update(index_elements=["name", "labels"], set_={"value": value})
        )


def every(connection: Connection) -> dict[Series, float]:
    rows = connection.execute(select(metrics).order_by(metrics.c.name, metrics.c.labels))
    return {Series(row.name, tuple(json.loads(row.labels).items())): row.value for row in rows}


def count_versions(connection: Connection) -> int:
    return connection.scalar(select(func.count()).select_from(versions)) or 0


def count_alerts(connection: Connection) -> dict[str, int]:
    """By severity, those of our own checks."""
    query = select(alerts.c.severity, func.count()).where(alerts.c.origin == LIVE).group_by(alerts.c.severity)
    return {row.severity: row[1] for row in connection.execute(query)}


def count_suppressed(connection: Connection) -> int:
    """The deliveries that a silence kept back."""
    query = select(func.count()).where(deliveries.c.state == DeliveryState.SUPPRESSED.value)
    return connection.scalar(query) or 0


def engine_version() -> str:
    return sqlite3.sqlite_version


def _key(series: Series) -> dict[str, str]:
    return {"name": series.name, "labels": json.dumps(dict(sorted(series.labels)))}

"""From the tables of severities to what raises or lowers findings."""

from __future__ import annotations

from monitor.config.check import check
from monitor.config.places import Item, Problems
from monitor.config.routing import Known, check_words
from monitor.config.shape import SeverityTable
from monitor.detect.severity import Adjustment


def read_severities(items: list[Item], known: Known, problems: Problems) -> tuple[Adjustment, ...]:
    """The adjustments in which every word is known, in their order: a later one goes on from an earlier."""
    found = []
    for item in items:
        before = len(problems.found)
        table = check(SeverityTable, item, problems)
        for name in ("topics", "services", "kinds", "regions"):
            check_words(name[:-1], name, getattr(known, name), item, problems)
        if table is not None and len(problems.found) == before:
            found.append(_adjustment(table, known))
    return tuple(found)


def _adjustment(table: SeverityTable, known: Known) -> Adjustment:
    return Adjustment(
        topics=frozenset(table.topics),
        services=frozenset(known.services[word] for word in table.services),
        kinds=frozenset(table.kinds),
        regions=frozenset(table.regions),
        to=table.to,
        steps=(table.up or 0) - (table.down or 0),
    )

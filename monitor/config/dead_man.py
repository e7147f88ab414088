"""From the table of the dead man's switch to whom we ping."""

from __future__ import annotations

from monitor.cadence import parse_interval
from monitor.config.channels import read_reference, secret_address_problem
from monitor.config.paths import Surroundings
from monitor.config.places import Item, Problems
from monitor.config.settings import DeadMan
from monitor.config.shape import DeadManTable


def read_dead_man(table: DeadManTable, item: Item | None, around: Surroundings, problems: Problems) -> DeadMan:
    """Without an address nobody is pinged; the limits hold nevertheless, for `status` and `doctor`."""
    url = read_reference("url", item, around, problems) if item is not None else None
    problem = secret_address_problem(url) if url is not None else None
    if item is not None and problem:
        problems.add(item.place, f"the secret is no address to ping: {problem}")
    return DeadMan(url, parse_interval(table.every), parse_interval(table.delivered_within))

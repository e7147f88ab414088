"""From the table of the history browser to who may reach it, from where, and under which name."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address, ip_network

from monitor.config.channels import read_reference
from monitor.config.check import check
from monitor.config.paths import Surroundings
from monitor.config.places import Item, Place, Problems
from monitor.config.secret import Secret
from monitor.config.settings import Web
from monitor.config.shape import WebTable, WebUserTable
from monitor.config.types import parse_listen

LEAST_TOKEN = 16
"""Characters of a token: fewer can be guessed."""

_OPEN = (
    "whoever reaches this address could read everything and work the alerts: give each person a token"
    " under [web.users], or name the header in which a proxy says who asks (user_header)"
)


def read_web(
    table: WebTable, place: Place, around: Surroundings, problems: Problems, *, with_secrets: bool
) -> Web:
    """Who may reach the browser. Tokens are looked up only `with_secrets`: they may not be for the daemon.

    The daemon and the browser read one configuration, and systemd hands each its own credentials.
    """
    host, port = parse_listen(table.listen)
    web = Web(
        host=host,
        port=port,
        hosts=frozenset(name.lower() for name in table.hosts),
        user_header=table.user_header,
        proxies=tuple(map(ip_network, table.proxies)),
        users=_users(table.users, place.at("users"), around, problems, with_secrets=with_secrets),
    )
    if not ip_address(host).is_loopback and not table.users and table.user_header is None:
        problems.add(place.at("listen"), _OPEN)
    return web


def _users(
    tables: Mapping[str, object], place: Place, around: Surroundings, problems: Problems, *, with_secrets: bool
) -> dict[str, Secret]:
    found: dict[str, Secret] = {}
    for name, value in tables.items():
        item = Item(value, place.at(name))
        if not name.strip() or not name.isprintable() or len(name) > 100:
            problems.add(item.place, "a user's name has 1 to 100 printable characters")
        if check(WebUserTable, item, problems) is None or not with_secrets:
            continue
        token = read_reference("token", item, around, problems)
        if token is None:
            continue
        if len(token.reveal()) < LEAST_TOKEN:
            problems.add(item.place, f"the token has fewer than {LEAST_TOKEN} characters; make a longer one")
        if token in found.values():
            problems.add(item.place, "another user has the same token; give each their own")
        found[name] = token
    return found

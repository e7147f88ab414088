"""PURE: which network addresses may be connected to; the judgement behind the guard against reaching inside."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# Where IANA hands out public IPv6; outside lie multicast, NAT64, site-local and IPv4-compatible addresses.
PUBLIC_IPV6 = IPv6Network("2000::/3")

# `is_global` of Python 3.11 calls these public although they lead to, or embed, other addresses
# (IANA special-purpose registries; measured in docs/decisions/0003-fetching.md).
DENIED: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in (
        "192.0.0.0/24",  # IETF protocol assignments
        "192.88.99.0/24",  # relays from IPv4 to 6to4, retired by RFC 7526
        "224.0.0.0/4",  # multicast
        "2001::/23",  # Teredo and other IETF protocol assignments
        "2002::/16",  # 6to4, which embeds an IPv4 address
        "3fff::/20",  # documentation, RFC 9637
    )
)


def is_allowed(address: str | Address, allow_private: Sequence[Network] = ()) -> bool:
    """Tell whether a connection to `address` may be opened.

    Public unicast addresses may; all others only inside a network of `allow_private`. An IPv4 address that is
    written as IPv6 (`::ffff:10.0.0.1`) is judged as the IPv4 address it is.

    Raises:
        ValueError: `address` is no IP address.

    """
    parsed = _unwrapped(ip_address(address))
    if _within(parsed, allow_private):
        return True
    if isinstance(parsed, IPv6Address) and (parsed.scope_id or parsed not in PUBLIC_IPV6):
        return False
    return parsed.is_global and not _within(parsed, DENIED)


def _unwrapped(address: Address) -> Address:
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def _within(address: Address, networks: Sequence[Network]) -> bool:
    return any(network.version == address.version and address in network for network in networks)

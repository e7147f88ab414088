from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.fetch.addresses import is_allowed

ipv4 = st.ip_addresses(v=4).map(lambda address: IPv4Address(str(address)))


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.215.14", "8.8.8.8", "2606:4700::1111", "2a00:1450:4001::1", "::ffff:8.8.8.8"]
)
def test_public_unicast_addresses_may_be_connected_to(address: str) -> None:
    assert is_allowed(address)


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.0", "127.0.0.1", "127.8.9.10", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254"),  # noqa: S104 - judged, not bound
        *("100.64.0.1", "192.0.0.8", "192.0.2.1", "192.88.99.1", "198.18.0.1", "203.0.113.1"),
        *("224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "fe80::1", "fe80::1%lo"),
        *("fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "100::1", "5f00::1"),
        *("64:ff9b::a9fe:a9fe", "64:ff9b:1::a00:1", "2002:a9fe:a9fe::", "2001::1", "2001:db8::1", "3fff::1"),
        "2606:4700::1%eth0",
    ],
)
def test_all_other_addresses_are_denied(address: str) -> None:
    assert not is_allowed(address)


@given(ipv4)
def test_ipv4_written_as_ipv6_is_judged_as_ipv4(address: IPv4Address) -> None:
    assert is_allowed(f"::ffff:{address}") == is_allowed(address)


@given(ipv4)
def test_no_ipv6_address_that_embeds_an_ipv4_address_gets_through(address: IPv4Address) -> None:
    number = int(address)
    embedded = [
        IPv6Address((0x0064_FF9B << 96) | number),
        IPv6Address((0x0064_FF9B_0001 << 80) | number),
        IPv6Address((0x2002 << 112) | (number << 80) | 1),
        IPv6Address((0x2001_0000 << 96) | (number ^ 0xFFFF_FFFF)),
        IPv6Address(number),
    ]
    assert not any(is_allowed(address) for address in embedded)


@given(st.ip_addresses())
def test_what_python_calls_not_global_is_never_allowed(address: IPv4Address | IPv6Address) -> None:
    mapped = getattr(address, "ipv4_mapped", None)
    assert not is_allowed(address) or (mapped or address).is_global


def test_listed_networks_are_excepted_and_nothing_beside_them() -> None:
    networks = [ip_network("10.1.0.0/16"), ip_network("fd00:1::/32")]
    assert is_allowed("10.1.2.3", networks)
    assert is_allowed("::ffff:10.1.2.3", networks)
    assert is_allowed("fd00:1::5", networks)
    assert not is_allowed("10.2.0.1", networks)
    assert not is_allowed("fd00:2::1", networks)


def test_what_is_no_address_is_an_error_and_no_judgement() -> None:
    with pytest.raises(ValueError, match="localhost"):
        is_allowed("localhost")

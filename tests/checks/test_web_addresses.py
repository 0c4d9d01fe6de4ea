"""Which addresses a check may ask."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks import CannotTell
from plugins.web import networks
from plugins.web.addresses import checked, refusal

EVERYWHERE = networks(["0.0.0.0/0", "::/0"])
NEVER = ["169.254.169.254", "168.63.129.16"]

# Ways to write an IPv4 address into an IPv6 one.
CARRIED = [
    lambda v4: int(IPv6Address("::ffff:0:0")) | v4,
    lambda v4: v4,
    lambda v4: int(IPv6Address("::ffff:0:0:0")) | v4,
    lambda v4: int(IPv6Address("64:ff9b::")) | v4,
    lambda v4: int(IPv6Address("64:ff9b:1::")) | v4,
    lambda v4: int(IPv6Address("2002::")) | v4 << 80,
    lambda v4: int(IPv6Address("2001::")) | v4 << 64,
    lambda v4: int(IPv6Address("2001::")) | (~v4 & 0xFFFFFFFF),
]


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("0.0.0.0", "unspecified"),  # noqa: S104 - an address to refuse, not to bind
        ("10.0.0.4", "private"),
        ("100.64.0.1", "carrier-grade NAT"),
        ("127.0.0.1", "loopback"),
        ("127.255.255.254", "loopback"),
        ("169.254.1.1", "link-local"),
        ("172.16.0.1", "private"),
        ("172.31.255.255", "private"),
        ("192.168.1.1", "private"),
        ("198.18.0.1", "reserved"),
        ("224.0.0.251", "multicast"),
        ("255.255.255.255", "reserved"),
        ("::", "unspecified"),
        ("::1", "loopback"),
        ("fc00::1", "private"),
        ("fd12:3456::1", "private"),
        ("fe80::1", "link-local"),
        ("fe80::1%eth0", "link-local"),
        ("ff02::1", "multicast"),
        ("2001:db8::1", "reserved"),
        ("4000::1", "reserved"),
        ("::ffff:10.0.0.4", "private"),
        ("64:ff9b::7f00:1", "loopback"),
        ("2002:7f00:1::1", "loopback"),
    ],
)
def test_what_is_not_public_is_refused_unless_allowed(address: str, kind: str) -> None:
    """The sentence says what it is, and how it could be allowed."""
    problem = refusal(ip_address(address), ())
    assert problem is not None
    assert kind in problem
    assert "`allow`" in problem
    assert refusal(ip_address(address), EVERYWHERE) is None


@pytest.mark.parametrize(
    "address",
    ["93.184.215.14", "20.50.2.1", "2603:1030::1", "::ffff:20.50.2.1", "64:ff9b::1432:201"],
)
def test_public_addresses_may_be_asked(address: str) -> None:
    """Also in the form that a NAT64 gives them."""
    assert refusal(ip_address(address), ()) is None


@pytest.mark.parametrize("address", [*NEVER, "fd00:ec2::254", "fd00:ec2::254%eth0"])
def test_the_metadata_service_is_never_asked(address: str) -> None:
    """Whatever the site allows."""
    problem = refusal(ip_address(address), EVERYWHERE)
    assert problem is not None
    assert "no check may ask" in problem


@pytest.mark.parametrize("address", NEVER)
@pytest.mark.parametrize("carry", CARRIED)
def test_the_metadata_service_is_never_asked_in_disguise(address: str, carry: object) -> None:
    """An IPv6 address may be a way to an IPv4 one."""
    assert callable(carry)
    disguised = IPv6Address(carry(int(IPv4Address(address))))
    assert "no check may ask" in str(refusal(disguised, EVERYWHERE))


@given(st.ip_addresses(v=4), st.sampled_from(CARRIED))
def test_no_disguise_helps(address: IPv4Address, carry: object) -> None:
    """What is refused as IPv4 is refused in every IPv6 form of it."""
    assert callable(carry)
    if refusal(address, ()):
        assert refusal(IPv6Address(carry(int(address))), ())


def test_one_address_that_may_not_be_asked_refuses_the_host() -> None:
    """Its owner does not choose which of its addresses counts."""
    with pytest.raises(CannotTell, match=r"10\.0\.0\.4 is a private address"):
        checked(["93.184.215.14", "10.0.0.4"], ())
    with pytest.raises(CannotTell, match="no address"):
        checked([], ())
    with pytest.raises(CannotTell, match="an address that is none"):
        checked(["shop"], ())


def test_a_network_that_is_none_is_told() -> None:
    """With what was given."""
    with pytest.raises(ValueError, match=r"'10\.20\.0\.1/16' is no network"):
        networks(["10.0.0.0/8", "10.20.0.1/16"])

"""Which addresses may be asked: public ones, those the site allows, and some never.

Sources: https://www.iana.org/assignments/iana-ipv4-special-registry,
https://www.iana.org/assignments/iana-ipv6-special-registry,
https://learn.microsoft.com/azure/virtual-machines/instance-metadata-service (169.254.169.254) and
https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from plugins.answers import CannotTell

__all__ = [
    "Address",
    "Network",
    "Resolve",
    "checked",
    "look_up",
    "named_by",
    "networks",
    "refusal",
]

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
# The addresses of a host, for a connection to that port. Raises `OSError`.
Resolve = Callable[[str, int], Sequence[str]]

# Whoever reaches these speaks as the machine itself.
_NEVER = {
    ip_address("169.254.169.254"): "the metadata service",
    ip_address("fd00:ec2::254"): "the metadata service",
    ip_address("168.63.129.16"): "Azure's own platform address",
}
_SPECIAL: tuple[tuple[Network, str], ...] = tuple(
    (ip_network(network), what)
    for network, what in (
        ("0.0.0.0/8", "unspecified"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared (carrier-grade NAT)"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved"),
        ("192.0.2.0/24", "reserved"),
        ("192.31.196.0/24", "reserved"),
        ("192.52.193.0/24", "reserved"),
        ("192.88.99.0/24", "reserved"),
        ("192.168.0.0/16", "private"),
        ("192.175.48.0/24", "reserved"),
        ("198.18.0.0/15", "reserved"),
        ("198.51.100.0/24", "reserved"),
        ("203.0.113.0/24", "reserved"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "private"),
        ("ff00::/8", "multicast"),
        ("2001::/23", "reserved"),
        ("2001:db8::/32", "reserved"),
        ("2620:4f:8000::/48", "reserved"),
        ("3fff::/20", "reserved"),
    )
)
_PUBLIC = IPv6Network("2000::/3")  # all of IPv6 that is given out so far
_NAT64 = IPv6Network("64:ff9b::/96")
# Prefixes in whose last 32 bits an IPv4 address stands: compatible, translated, NAT64 in two forms.
_CARRIERS = tuple(map(IPv6Network, ("::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48")))
_TEREDO = IPv6Network("2001::/32")
_SIX_TO_FOUR = IPv6Network("2002::/16")


def networks(allow: Sequence[str]) -> tuple[Network, ...]:
    """The networks of texts like `"10.20.0.0/16"`. Raises `ValueError` that names the culprit."""
    found = []
    for text in allow:
        try:
            found.append(ip_network(text))
        except ValueError as error:
            raise ValueError(f"{text!r} is no network such as 10.20.0.0/16: {error}") from error
    return tuple(found)


def look_up(host: str, port: int) -> Sequence[str]:
    """The addresses of a host, as the operating system gives them. Raises `OSError`."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:  # a label that the codec for names does not take
        raise OSError(str(error)) from error
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


def checked(found: Sequence[str], allowed: Sequence[Network]) -> tuple[str, ...]:
    """The same addresses, when every one of them may be asked. Raises `CannotTell`.

    One that may not is enough to refuse: the name's owner must not choose which of them counts.
    """
    if not found:
        raise CannotTell("its name has no address")
    for text in found:
        try:
            problem = refusal(ip_address(text), allowed)
        except ValueError as error:
            raise CannotTell("its name has an address that is none") from error
        if problem:
            raise CannotTell(f"refused: {problem}")
    return tuple(found)


def named_by(allowed: Sequence[Network], address: str) -> bool:
    """One of the networks to allow has that address, which was checked."""
    plain = ip_address(address)
    if isinstance(plain, IPv6Address):
        plain = plain.ipv4_mapped or plain
    return any(plain in network for network in allowed)


def refusal(address: Address, allowed: Sequence[Network]) -> str | None:
    """Why this address is not asked; None if it may be."""
    if isinstance(address, IPv6Address):
        address = IPv6Address(int(address))  # without its zone, which would hide what it equals
    forms = (address, *_within(address))
    for form in forms:
        what = _NEVER.get(form)
        if what:
            return f"{form} is {what}, which no check may ask"
    if any(address in network for network in allowed):
        return None
    for form in forms:
        kind = _kind(form)
        if kind and not any(form in network for network in allowed):
            return f"{form} is a {kind} address, and none that `allow` names"
    return None


def _within(address: Address) -> Iterator[IPv4Address]:
    """The IPv4 addresses that an IPv6 address carries: where a packet to it may end."""
    if isinstance(address, IPv4Address):
        return
    if address.ipv4_mapped:
        yield address.ipv4_mapped
    if any(address in network for network in _CARRIERS):
        yield IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _SIX_TO_FOUR:
        yield IPv4Address(int(address) >> 80 & 0xFFFFFFFF)
    if address in _TEREDO:
        yield IPv4Address(int(address) >> 64 & 0xFFFFFFFF)
        yield IPv4Address(~int(address) & 0xFFFFFFFF)


def _kind(address: Address) -> str | None:
    """What is special about an address; None for a public one."""
    for network, kind in _SPECIAL:
        if address in network:
            return kind
    if isinstance(address, IPv4Address) or address.ipv4_mapped or address in _NAT64:
        return None  # of these, the IPv4 address that they carry decides
    return None if address in _PUBLIC else "reserved"

"""A URL from a policy file, a tag or a redirect: what is asked is what was checked."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from plugins.answers import CannotTell
from plugins.web import Target
from plugins.web.addresses import refusal
from tests.fuzz.parts import is_short_line

_BASE = Target.parse("https://shop.example.com/a/b?c=d")
_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?")


def check(data: bytes) -> None:
    """Nothing is raised but `CannotTell`, which does not repeat what may be a secret."""
    text = data.decode("latin-1")
    for made in (Target.parse, _BASE.redirected):
        try:
            target = made(text)
        except CannotTell as error:
            is_short_line(error, 120)
            continue
        _is_plain(target)


def _is_plain(target: Target) -> None:
    assert Target.parse(target.url) == target
    assert target.url.isascii()
    assert target.url.isprintable()
    assert " " not in target.url
    parts = urlsplit(target.url)
    assert (parts.hostname, parts.username, parts.fragment) == (target.host, None, "")
    try:
        address = ip_address(target.host)
    except ValueError:
        assert _NAME.fullmatch(target.host)
        last = target.host.rpartition(".")[2]
        assert not re.fullmatch(r"[0-9]+|0x[0-9a-f]*", last)  # what some take for an address
    else:
        assert str(address) == target.host
        refusal(address, ())

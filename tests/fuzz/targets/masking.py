"""A text with a secret in it: what is shown of it holds no secret, and is one printable line."""

from __future__ import annotations

from core.errors import shorten
from core.masking import mask, names_secret
from tests.fuzz.parts import text_of

_CORE = "n0tF0rY0u"
_SECRETS = (
    f"?sv=2023-01-03&sig={_CORE}%2Bw%3D&se=2030",
    f"Authorization: Bearer {_CORE}.eyJhbGciOiJSUzI1NiJ9",
    f"AccountKey={_CORE}+w/x==;EndpointSuffix=core.windows.net",
    f'"client_secret": "{_CORE}"',
    f"https://user:{_CORE}@proxy.example:8080/",
)


def check(data: bytes) -> None:
    """Text around each secret, which a blank or a line's end keeps apart from it."""
    text = text_of(data)
    before, _, after = text.partition("\x1f")
    names_secret(text[:200])
    once = mask(text)
    assert mask(once) == once
    for secret in _SECRETS:
        shown = mask(f"{before}\n{secret}\n{after}")
        assert _CORE not in shown
        for limit in (40, 200, 1000):
            line = shorten(f"{before}\n{secret}\n{after}", limit)
            assert line.isprintable()
            assert len(line) <= limit
            assert _CORE not in line

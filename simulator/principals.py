"""Who asks: the identity behind a bearer token."""

from __future__ import annotations

import base64
import binascii
import json

from simulator.messages import Request
from simulator.rows.row import guid

__all__ = ["principal_of"]

_CLAIMS = ("upn", "oid", "appid")


def principal_of(request: Request) -> str:
    """The name or the object id that the token carries; else an id that is the token's own."""
    token = request.headers.get("authorization", "").partition(" ")[2].strip()
    claims = _claims(token)
    named = next((str(claims[claim]) for claim in _CLAIMS if claims.get(claim)), None)
    return named or guid(f"principal {token}")


def _claims(token: str) -> dict[str, object]:
    """What a JSON Web Token says; nothing if it is none."""
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        found = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return {}
    return found if isinstance(found, dict) else {}

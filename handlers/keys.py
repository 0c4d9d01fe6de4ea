r"""The key of a story: one for each event kind and run, so that a second delivery finds the first.

Durable forbids `/ \ # ?` in instance ids and is safe up to 100 characters: a readable prefix, and
a digest that makes it unique.
"""

from __future__ import annotations

import hashlib
import re
from typing import Literal, get_args

from core.ids import RunId

__all__ = ["KINDS", "Kind", "is_gate", "is_key", "key_of"]

Kind = Literal["gate", "aftermath", "rescue", "restore", "late"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_KEY = re.compile(rf"({'|'.join(KINDS)})-[a-z0-9._-]{{1,70}}")
_ODD = re.compile(r"[^a-z0-9._-]+")


def key_of(kind: Kind, run: RunId) -> str:
    """The key, the same for every letter case of the run's id."""
    digest = hashlib.sha256(f"{kind} {run.key}".encode()).hexdigest()[:16]
    readable = _ODD.sub("-", f"{run.configuration.name[:30]}-{run.name[:20]}".lower())
    return f"{kind}-{readable}-{digest}"


def is_gate(key: str) -> bool:
    """It is the key of a gate, if it is one at all."""
    return key.startswith("gate-")


def is_key(text: str) -> bool:
    """It has the form of a key, so that it may be looked for."""
    return _KEY.fullmatch(text) is not None

"""Subscriptions that a policy names, beside those of the run."""

from __future__ import annotations

import re
from collections.abc import Iterable

from checks import Run

__all__ = ["all_asked", "legal"]

_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


def legal(subscriptions: Iterable[str]) -> None:
    """Raises `ValueError` for what is no subscription's id, which every question would end on."""
    for one in subscriptions:
        if not _GUID.fullmatch(one):
            raise ValueError(f"{one!r} is no subscription id: it must be a GUID")


def all_asked(run: Run, more: Iterable[str]) -> tuple[str, ...]:
    """Those of the run and these, each once: what is asked twice may be counted twice."""
    return tuple(dict.fromkeys(one.lower() for one in (*run.subscriptions, *more)))

"""Subscriptions: those that a policy names beside those of the run, and which can be read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from checks import Run
from checks.builtin._rows import text
from plugins.reach import Graph

__all__ = ["all_asked", "legal", "readable"]

_READABLE = Path(__file__).with_name("readable_subscriptions.kql")

_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


def legal(subscriptions: Iterable[str]) -> None:
    """Raises `ValueError` for what is no subscription's id, which every question would end on."""
    for one in subscriptions:
        if not _GUID.fullmatch(one):
            raise ValueError(f"{one!r} is no subscription id: it must be a GUID")


def all_asked(run: Run, more: Iterable[str]) -> tuple[str, ...]:
    """Those of the run and these, each once: what is asked twice may be counted twice."""
    return tuple(dict.fromkeys(one.lower() for one in (*run.subscriptions, *more)))


def readable(graph: Graph, subscriptions: Sequence[str] | None = None) -> frozenset[str]:
    """Which of these, or of the run's, our identity can read, in lower case.

    Resource Graph hides what is in the others. Raises `CannotTell` if the answer is not whole.
    """
    rows = graph.ask(_READABLE, subscriptions=subscriptions)
    return frozenset(text(row, "subscription").lower() for row in rows)

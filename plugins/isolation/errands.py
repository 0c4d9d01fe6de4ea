"""Errands for a child: what its check may ask is asked by the app, and only that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from core.errors import shorten, text_of
from plugins.answers import CannotTell
from plugins.api import Context
from plugins.isolation.messages import line_of

__all__ = ["run_errand"]

_LENGTH = 500  # characters of a problem

_ERRANDS: Mapping[str, Callable[[Context[Any]], Callable[..., Any]]] = {
    "graph.ask": lambda context: context.graph.ask,
    "arm.get": lambda context: context.arm.get,
    "arm.pages": lambda context: context.arm.pages,
    "web.fetch": lambda context: context.web.fetch,
}


def run_errand(context: Context[Any], errand: Mapping[str, Any]) -> bytes:
    """The line with the answer, or with what the child has to raise; never raises itself."""
    number = errand.get("errand")
    try:
        ask = _ERRANDS[errand["of"]](context)
        return line_of({"errand": number, "value": ask(*errand["args"], **errand["named"])})
    except CannotTell as error:
        problem = text_of(error)
        kind = "CannotTell"
    except Exception as error:  # noqa: BLE001 - the child raises it, as it would have been here
        known = isinstance(error, ValueError | TypeError)
        kind = type(error).__name__ if known else "CannotTell"
        problem = text_of(error) if known else f"{type(error).__name__}: {text_of(error)}"
    return line_of({"errand": number, "problem": shorten(problem, _LENGTH), "kind": kind})

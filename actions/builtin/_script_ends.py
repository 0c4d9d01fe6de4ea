"""What a script's instance view says of how it ended, without the secrets that it was told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from actions import CannotTell
from actions.builtin._scripts import word_of
from actions.results import done, failed
from core.errors import shorten
from core.masking import mask
from core.model import Verdict

__all__ = ["SHORTEST", "ended"]

_TAIL = 190  # characters of each stream that are shown: its last
SHORTEST = 4  # characters of a secret: anything shorter is in every text


def ended(properties: Any, codes: Sequence[int], secrets: Iterable[str]) -> Verdict | None:
    """How it ended; None while it has not. Raises `CannotTell` if Azure does not say how."""
    view = properties.instance_view
    state = word_of(view.execution_state if view else None)
    if state in ("", "unknown", "pending", "running"):
        if word_of(properties.provisioning_state) in ("failed", "canceled"):
            return failed("Azure could not run the script on it", **_seen(view, secrets))
        return None
    seen = _seen(view, secrets)
    if state == "timedout":
        return failed("the script did not end in time", **seen)
    if state not in ("succeeded", "failed"):
        return failed(f"the script was {state}", **seen)
    if view.exit_code is None:
        raise CannotTell("Azure does not say with which code the script has ended")
    if view.exit_code in codes:
        return done(f"the script ended with {view.exit_code}", **seen)
    return failed(f"the script ended with {view.exit_code}", **seen)


def _seen(view: Any, secrets: Iterable[str]) -> dict[str, str | int]:
    if view is None:
        return {}
    hidden = sorted(set(secrets), key=len, reverse=True)
    seen: dict[str, str | int] = {}
    for name in ("output", "error", "execution_message"):
        text = _tail(getattr(view, name) or "", hidden)
        if text:
            seen[name.replace("_", " ")] = text
    if view.exit_code is not None:
        seen["exit code"] = view.exit_code
    return seen


def _tail(text: str, hidden: Sequence[str]) -> str:
    """Its last lines. Masked before it is cut: a secret that was cut is one nobody knows again."""
    for secret in hidden:
        text = text.replace(secret, "(masked)")
    text = mask(text).strip()
    return shorten(text if len(text) <= _TAIL else f"…{text[-_TAIL:]}", _TAIL + 1)

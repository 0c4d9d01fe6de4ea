"""What came of one request: not sent, sent with no answer, or answered."""

from __future__ import annotations

import email.utils
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from core.errors import shorten

__all__ = ["Answer", "Fate", "retry_after"]


class Fate(StrEnum):
    """How far a request got. After NO_ANSWER it may have worked: verify before repeating."""

    NOT_SENT = "not sent"
    NO_ANSWER = "no answer"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One request's fate. `body` is the JSON object that came, or None; `retry_after`: seconds."""

    fate: Fate
    status: int | None = None
    body: Mapping[str, Any] | None = None
    retry_after: float | None = None
    problem: str = ""

    @property
    def error(self) -> str:
        """Azure's own words in an ARM error body: `code: message`; empty without one."""
        error = self.body.get("error") if self.body else None
        if not isinstance(error, Mapping):
            return ""
        return shorten(f"{error.get('code', '')}: {error.get('message', '')}", 200)

    def text(self, *path: str) -> str:
        """The string at that path of the body, field names without case.

        Empty if there is none, and if a name stands there in two spellings: either could be meant.
        """
        value: Any = self.body
        for name in path:
            if not isinstance(value, Mapping):
                return ""
            found = [inner for key, inner in value.items() if str(key).lower() == name.lower()]
            value = found[0] if len(found) == 1 else None
        return value if isinstance(value, str) else ""


def retry_after(header: str | None, now: datetime) -> float | None:
    """Seconds from a `Retry-After` header, which may also be a date; None when it says nothing."""
    header = (header or "").strip()
    if not header:
        return None
    if header.isdecimal():
        return float(header)
    try:
        moment = email.utils.parsedate_to_datetime(header)
        return max(0.0, (moment - now).total_seconds())
    except (TypeError, ValueError, OverflowError):
        return None

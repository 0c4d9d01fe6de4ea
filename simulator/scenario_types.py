"""What several parts of a scenario are made of: seconds, counts, subscriptions."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import ConfigDict, Field, PlainValidator

from core.errors import BadId
from core.ids import subscription_id

__all__ = ["STRICT", "Count", "Hours", "HttpStatus", "Name", "Seconds", "SubscriptionRef", "hint"]

STRICT = ConfigDict(extra="forbid", strict=True)
_WEEK = 7 * 24 * 3600
_YEAR = 366 * 24

Seconds = Annotated[float, Field(ge=0, le=_WEEK, allow_inf_nan=False)]
Hours = Annotated[float, Field(ge=0, le=_YEAR, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1, le=100_000)]
HttpStatus = Annotated[int, Field(ge=200, le=599)]
# Part of an id: what Azure allows in most of them.
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,78}[A-Za-z0-9_])?$")]


def _subscription(value: Any) -> int | str:
    if isinstance(value, str):
        try:
            return subscription_id(value)
        except BadId as error:
            raise ValueError(f"{error.why}, or the number of one of the event's") from error
    if type(value) is not int or value < 1:
        raise ValueError("must be the number of a subscription of the event, from 1, or a GUID")
    return value


# The number of one of the event's subscriptions, from 1, or a GUID in lower case.
SubscriptionRef = Annotated[int | str, PlainValidator(_subscription)]


def hint(word: str, legal: Iterable[str]) -> str:
    """What may have been meant by a word that is not legal, to end a sentence with."""
    known = list(legal)
    near = difflib.get_close_matches(word.lower(), known, n=1)
    return f"; did you mean {near[0]}?" if near else f"; legal are {', '.join(known)}"

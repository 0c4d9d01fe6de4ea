"""What the commands print as JSON: names in snake_case, nothing that is not named here."""

from __future__ import annotations

from typing import Any

__all__ = ["ADD", "EDIT", "HEALTH", "LIST", "REMOVE", "SUBSCRIPTION"]

TEXT = {"type": "string", "minLength": 1}
TEXTS = {"type": "array", "items": TEXT}
COUNT = {"type": "integer", "minimum": 0}


def _exactly(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


SUBSCRIPTION = _exactly(
    id=TEXT,
    name=TEXT,
    endpoint_type=TEXT,
    endpoint=TEXT,
    event_types=_or_null(TEXTS),
    schema=TEXT,
    ttl_minutes=COUNT,
    max_attempts=COUNT,
    dead_letter=_or_null(TEXT),
    state=TEXT,
    as_identity={"type": "boolean"},
    conditions=TEXTS,
    headers=TEXTS,
    expires=_or_null(TEXT),
)
TOPIC = _exactly(id=TEXT, name=TEXT, resource_group=TEXT, source=TEXT, location=TEXT, state=TEXT)
LIST = _exactly(
    configuration=TEXT,
    topic=_or_null(TOPIC),
    counts=_exactly(pre=COUNT, post=COUNT),
    subscriptions={"type": "array", "items": SUBSCRIPTION},
)
ADD = _exactly(
    configuration=TEXT,
    topic=TOPIC,
    topic_made={"type": "boolean"},
    subscription=SUBSCRIPTION,
    warnings=TEXTS,
)
EDIT = _exactly(subscription=SUBSCRIPTION, warnings=TEXTS)
REMOVE = _exactly(removed=TEXTS, kept=_or_null(TEXT))
_COUNTS = _exactly(
    published=COUNT,
    not_published=COUNT,
    unmatched=COUNT,
    matched=COUNT,
    delivered=COUNT,
    failed=COUNT,
    dropped=COUNT,
    dead_lettered=COUNT,
)
_ERRORS = {"type": "object", "additionalProperties": COUNT}
HEALTH = _exactly(
    configuration=TEXT,
    topic=TEXT,
    all=_exactly(day=_COUNTS, week=_COUNTS, errors=_ERRORS),
    subscriptions={
        "type": "array",
        "items": _exactly(name=TEXT, day=_COUNTS, week=_COUNTS, errors=_ERRORS),
    },
    advice={
        "type": "array",
        "items": _exactly(
            level={"enum": ["failure", "warning", "note"]},
            about=_or_null(TEXT),
            says=TEXT,
            do=TEXT,
        ),
    },
)

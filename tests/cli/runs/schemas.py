"""What the commands about runs print as JSON."""

from __future__ import annotations

from typing import Any

import jsonschema

__all__ = ["CANCEL", "LIST", "MACHINES", "SHOW", "hold"]

MOMENT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"}
MAYBE_MOMENT = {"anyOf": [MOMENT, {"type": "null"}]}
TEXT = {"type": "string"}
MAYBE_TEXT = {"type": ["string", "null"]}
WHO = {
    "enum": [
        "user",
        "system: schedule changed late",
        "system: pre event",
        "unknown",
        None,
    ]
}
ID = {"type": "string", "pattern": "^/subscriptions/"}


def whole(**properties: Any) -> dict[str, Any]:
    """An object that has these, and nothing else."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def listed(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": of}


_RUN = {
    "id": ID,
    "configuration": ID,
    "name": TEXT,
    "start": MAYBE_MOMENT,
    "end": MAYBE_MOMENT,
    "status": TEXT,
    "message": TEXT,
    "machines": {"type": "object", "additionalProperties": {"type": "integer"}},
    "cancelled_by": WHO,
    "cancelled_means": MAYBE_TEXT,
}
LIST = whole(runs=listed(whole(**_RUN)), note=TEXT)
SHOW = whole(**_RUN, cut_off=MAYBE_MOMENT, seconds_left={"type": ["integer", "null"]})
_COUNT = {"type": ["integer", "null"]}
_DONE = whole(
    status=TEXT, reboot=TEXT, installed=_COUNT, failed=_COUNT, pending=_COUNT, problem=TEXT
)
MACHINES = whole(
    run=ID,
    machines=listed(
        whole(
            id=ID,
            name=TEXT,
            kind={"enum": ["vm", "arc"]},
            power=MAYBE_TEXT,
            status=MAYBE_TEXT,
            installation={"anyOf": [_DONE, {"type": "null"}]},
        )
    ),
    gaps=listed(whole(subject=TEXT, problem=TEXT, remedy=TEXT)),
)
CANCEL = whole(
    run=ID,
    configuration=ID,
    reason=TEXT,
    note=TEXT,
    asked_at=MOMENT,
    start=MAYBE_MOMENT,
    cut_off=MAYBE_MOMENT,
    seconds_left={"type": ["integer", "null"]},
    status_before=MAYBE_TEXT,
    cancellation={"type": "object", "required": ["confirmed", "attempts", "calls"]},
)


def hold(value: object, schema: dict[str, Any]) -> None:
    """It has the shape that is promised."""
    jsonschema.validate(value, schema)

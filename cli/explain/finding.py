"""Where a report comes from: a file, standard input, or the app that made it."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from cli.azure.app import AppClient
from cli.exit_codes import BAD_INPUT, NO
from cli.output import refuse
from core import wire
from core.errors import BadId, shorten
from core.ids import RunId
from core.report import AftermathReport, GateReport, RescueReport, RestoreReport
from handlers.keys import KINDS, is_key, key_of

__all__ = ["Report", "Unfinished", "from_app", "from_file", "report_in"]

Report = GateReport | AftermathReport | RescueReport | RestoreReport
_KINDS: dict[str, Any] = {
    "gate": GateReport,
    "aftermath": AftermathReport,
    "rescue": RescueReport,
    "restore": RestoreReport,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """A story that has no report: still at work, or failed. `status` is what it shows."""

    key: str
    state: str
    status: Mapping[str, Any]


def from_file(name: str) -> tuple[Report | Unfinished, ...]:
    """The report in that file, or in standard input for `-`; leave in words if there is none."""
    told = "standard input" if name == "-" else name
    try:
        text = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except FileNotFoundError:
        refuse(
            f"there is no file {shorten(name, 80)!r}; for a run's id or a key, say which app judged"
            " it: --app URL",
            code=BAD_INPUT,
        )
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or type(error).__name__
        refuse(f"{shorten(told, 80)} cannot be read: {why}", code=BAD_INPUT)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        refuse(f"{shorten(told, 80)} is not JSON", code=BAD_INPUT)
    return (_told(value, shorten(told, 80)),)


def from_app(app: AppClient, run: str) -> tuple[Report | Unfinished, ...]:
    """What the app has of that run, or of that key; leave in words if it has nothing."""
    found = [
        report_in(told, f"what {app.base} tells")
        for key in _keys(run)
        if (told := app.report(key)) is not None
    ]
    if not found:
        refuse(
            f"{app.base} has no report of {shorten(run, 200)}: did its event arrive?"
            " `patchgate explain --app URL` lists what it has",
            code=NO,
        )
    return tuple(found)


def report_in(told: object, source: str) -> Report | Unfinished:
    """A report, bare or as `GET /api/gates/{key}` answers it; leave in words if it is none."""
    return _told(told, source)


def _keys(run: str) -> tuple[str, ...]:
    if is_key(run):
        return (run,)
    try:
        id_ = RunId.parse(run, "run id")
    except BadId as error:
        refuse(f"{error}; or the key of a gate, as `gate-…`", code=BAD_INPUT)
    return tuple(key_of(kind, id_) for kind in KINDS)


def _told(value: object, source: str) -> Report | Unfinished:
    if isinstance(value, dict) and "report" in value and "key" in value:
        if value["report"] is None:
            status = value.get("status")
            return Unfinished(
                key=shorten(str(value["key"]), 120),
                state=shorten(str(value.get("state") or "unknown"), 60),
                status=status if isinstance(status, dict) else {},
            )
        value = value["report"]
    kind = _KINDS.get(str(value.get("kind", "gate"))) if isinstance(value, dict) else None
    if kind is None:
        refuse(f"{source} is no report of Patchgate", code=BAD_INPUT)
    try:
        report: Report = wire.load(kind, value)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        more = error.error_count() - 1
        refuse(
            f"{source} is no report of Patchgate: {shorten(where, 80)}: {first['msg']}"
            + (f"; and {more} more" if more else ""),
            code=BAD_INPUT,
        )
    return report

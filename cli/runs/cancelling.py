"""What `patchgate cancel` does: look, ask, cancel with the gate's own client, and tell."""

from __future__ import annotations

import json
import logging
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import NoReturn

import typer
from rich.console import Group

from arg_queries.runs import run_state
from cancel_client.answers import says_cancelled
from cancel_client.client import CancelClient
from cli.azure.connection import Connection, connect
from cli.azure.reaching import reach
from cli.azure.runs import RunRow, find_run
from cli.exit_codes import BAD_INPUT, DONE, INTERRUPTED, NO
from cli.options import run_in
from cli.output import console, refuse
from cli.render.words import count
from cli.runs.outcome import Outcome, as_json, told
from cli.runs.showing import timeline_of, until_words
from cli.runs.telling import Changes
from cli.runs.watched import WatchedSession
from cli.waiting import waiting
from core.errors import shorten
from core.ids import RunId
from core.report import Cancellation

__all__ = ["Wanted", "run_cancel"]

_RIGHT = "Microsoft.Maintenance/applyUpdates/write"
_LONGEST = timedelta(minutes=15)
_log = logging.getLogger("patchgate.cli")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the command line says."""

    run: str
    yes: bool = False
    reason: str = "by hand"
    arm: str | None = None
    as_json: bool = False


def run_cancel(wanted: Wanted, *, azure: Connection | None = None) -> int:
    """Cancel it, and answer the exit code. `azure` in place of the one that `arm` is."""
    id_ = run_in(wanted.run)
    if id_.is_drill:
        why = "is the run of a drill, which does not exist: nothing was sent"
        refuse(f"{id_.name} {why}", code=BAD_INPUT)
    try:
        return _run(wanted, azure or connect(wanted.arm), id_)
    except KeyboardInterrupt:
        refuse("interrupted; nothing was sent", code=INTERRUPTED)


def _run(wanted: Wanted, azure: Connection, id_: RunId) -> int:
    with waiting("looking at the run"):
        reach(azure, "cancel the run")
        before = find_run(azure, id_)
    now = azure.clock.now()
    if before is not None and says_cancelled(before.status):
        return _end(wanted, _already(azure, before))
    if before is not None and before.start is not None and now >= before.start:
        line = timeline_of(before, now)
        refuse(f"{id_.name}: {until_words(line, now) if line else ''}; nothing was sent", code=NO)
    if not wanted.yes:
        _ask(id_, before, now)
    return _cancel(wanted, azure, id_, before)


def _already(azure: Connection, before: RunRow) -> Outcome:
    who = Changes(azure).who(before)
    by = f", by the {who.who}" if who is not None and who.who != "unknown" else ""
    done = Cancellation(confirmed=True, state="cancelled", confirmed_by="Resource Graph")
    note = f"it was cancelled already{by}; nothing was sent"
    return Outcome(run=before.id, before=before, at=azure.clock.now(), done=done, note=note)


def _ask(id_: RunId, before: RunRow | None, now: datetime) -> None:
    """Ask whoever is there; leave if nobody is, or says no."""
    if not sys.stdin.isatty():
        refuse("nobody is there to be asked: say --yes; nothing was sent", code=BAD_INPUT)
    typer.echo(_question(id_, before, now), err=True)
    try:
        agreed = typer.confirm("Cancel the whole run?", default=False, err=True)
    except typer.Abort:  # Ctrl-C, as the prompt tells it
        refuse("interrupted; nothing was sent", code=INTERRUPTED)
    if not agreed:
        refuse("nothing was sent", code=NO)


def _question(id_: RunId, before: RunRow | None, now: datetime) -> str:
    head = f"{id_.configuration.name}, run {id_.name}"
    line = None if before is None else timeline_of(before, now)
    if before is None or line is None:
        return f"{head}: Resource Graph does not say when it starts, nor on which machines."
    machines = count(before.machine_count, "machine")
    return (
        f"{head}: {machines}, starts at {line.start:%a %Y-%m-%d %H:%M} UTC;"
        f" {until_words(line, now)}."
    )


def _cancel(wanted: Wanted, azure: Connection, id_: RunId, before: RunRow | None) -> int:
    now = azure.clock.now()
    start = before.start if before is not None else None
    until = min(start, now + _LONGEST) if start is not None else now + _LONGEST
    session = WatchedSession(azure.endpoint, azure.credential, azure.clock)
    client = CancelClient(
        session, partial(run_state, azure.graph), azure.clock, azure.settings.cancel_api_version
    )
    _log.warning("cancelling run %s, because of %s", id_, shorten(wanted.reason, 600))
    try:
        with waiting(f"cancelling {id_.name}, until it is confirmed"):
            done = client.cancel(id_, until)
    except KeyboardInterrupt:
        _interrupted(session, id_)
    _log.warning("run %s is %s", id_, done.state)
    outcome = Outcome(run=id_, before=before, at=now, done=done, reason=wanted.reason)
    return _end(wanted, outcome)


def _interrupted(session: WatchedSession, id_: RunId) -> NoReturn:
    """Say what was done: a call that was sent may have had its effect."""
    if not session.cancels:
        refuse("interrupted; nothing was sent to cancel the run", code=INTERRUPTED)
    sent = count(session.cancels, "cancel call")
    refuse(
        f"interrupted: {sent} had been sent, and the run may be cancelled, or be cancelled in a"
        f" moment; see how it stands: patchgate runs show {id_}",
        code=INTERRUPTED,
    )


def _end(wanted: Wanted, outcome: Outcome) -> int:
    if wanted.as_json:
        typer.echo(json.dumps(as_json(outcome), indent=2, ensure_ascii=False))
    else:
        console().print(Group(*told(outcome)))
    if outcome.done.confirmed:
        return DONE
    problem = shorten(outcome.done.problem or "nothing was sent", 600)
    refused = any(call.status == 403 for call in outcome.done.calls if call.method == "PUT")
    grant = f"; it needs {_RIGHT} on {outcome.run.configuration}" if refused else ""
    typer.echo(f"patchgate: not confirmed: {problem}{grant}", err=True)
    return NO

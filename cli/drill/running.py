"""What `patchgate drill` does: look up what it takes, send the event, wait, and tell."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import NoReturn

import typer
from rich.console import Console

from cli.azure.assignments import scopes_of
from cli.azure.configurations import guest_configuration
from cli.azure.connection import Connection, connect
from cli.azure.problems import not_answered
from cli.azure.reaching import reach
from cli.drill.event import DrillEvent, drill_event
from cli.drill.showing import Drill, as_json, show
from cli.drill.steps import Step, of_delivery, of_report
from cli.drill.target import Given, target_of
from cli.drill.watching import AFTER, Silence, watched
from cli.exit_codes import DONE, INTERRUPTED, NO
from cli.options import configuration_in
from cli.output import console, refuse
from cli.project import project_root
from cli.waiting import waiting
from core.errors import shorten
from core.ids import ConfigurationId
from core.report import GateReport
from handlers.keys import key_of
from handlers.services import Services

__all__ = ["Wanted", "run_drill"]

# Azure's own front end hangs up after 230 seconds:
# https://learn.microsoft.com/azure/azure-functions/functions-bindings-http-webhook-trigger#limits
_ANSWER = 240.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the command line says."""

    configuration: str
    app: str | None = None
    key: str | None = field(default=None, repr=False)
    event_key: str | None = field(default=None, repr=False)
    minutes: int = 1
    arm: str | None = None
    as_json: bool = False


def run_drill(wanted: Wanted, *, azure: Connection | None = None) -> int:
    """Drill, and answer the exit code. `azure` in place of the one that `arm` is."""
    id_ = configuration_in(wanted.configuration)
    try:
        drill = _Drilling(azure or connect(wanted.arm), id_, wanted)
    except KeyboardInterrupt:
        refuse("interrupted; nothing was sent", code=INTERRUPTED)
    ended = drill.run()
    if wanted.as_json:
        typer.echo(json.dumps(as_json(ended), indent=2, ensure_ascii=False))
    else:
        show(console(), ended)
    return DONE if ended.reached else NO


class _Drilling:
    """One drill. Making it looks up all that it takes, and leaves in words if that cannot be."""

    def __init__(self, azure: Connection, id_: ConfigurationId, wanted: Wanted) -> None:
        self._azure, self._clock = azure, azure.clock
        given = Given(app=wanted.app, key=wanted.key, event_key=wanted.event_key)
        with waiting("looking at the configuration and the app"):
            reach(azure, "look at the configuration")
            guest_configuration(azure, id_)
            subscriptions = scopes_of(azure.graph, id_, azure.soon()).subscriptions
            self._target = target_of(azure, id_, given)
            self._event = self._made(id_, subscriptions or (id_.subscription,), wanted.minutes)
            self._key = key_of("gate", self._event.run)
            if (
                self._target.pages.report(self._key) is not None
            ):  # leaves if the app does not answer
                not_answered("send the app an event", f"it knows of {self._key} already")

    def _made(
        self, id_: ConfigurationId, subscriptions: tuple[str, ...], minutes: int
    ) -> DrillEvent:
        azure = self._azure
        site = Services(settings=azure.settings, root=project_root(Path.cwd()), clock=azure.clock)
        policy, _ = site.policy_for(id_)
        return drill_event(
            id_,
            subscriptions,
            now=azure.clock.now(),
            time=timedelta(minutes=minutes),
            reserve=timedelta(seconds=policy.reserve),
        )

    def run(self) -> Drill:
        """Send the event, and see what becomes of it."""
        sent_at = self._clock.now()
        try:
            with _progress("sending the event") as phase:
                return self._drilled(sent_at, phase)
        except KeyboardInterrupt:
            self._interrupted()

    def _drilled(self, sent_at: datetime, phase: Callable[[str], None]) -> Drill:
        pages = self._target.pages
        answer = pages.deliver(self._event.envelope, self._target.event_key, _ANSWER)
        steps = [of_delivery(answer, self._event, self._clock.now() - sent_at)]
        report: GateReport | None = None
        # Without an answer, the app may have taken the event all the same.
        if steps[0].ok or answer.status is None:
            until = max(self._event.check_by, self._clock.now()) + AFTER
            found = watched(pages, self._key, clock=self._clock, until=until, phase=phase)
            if isinstance(found, Silence):
                steps.append(self._silent(found))
            else:
                report = found
                steps += of_report(found, self._event)
        return Drill(
            event=self._event,
            app=pages.base,
            key=self._key,
            sent_at=sent_at,
            ended_at=self._clock.now(),
            steps=tuple(steps),
            report=report,
        )

    def _silent(self, found: Silence) -> Step:
        says = f"no report came in time; the last that was seen: {found.why}"
        mend = f"patchgate explain {self._key} --app {self._target.pages.base}; and the app's log"
        return Step(step="judged", ok=False, says=shorten(says, 600), mend=mend)

    def _interrupted(self) -> NoReturn:
        where = f"patchgate explain {self._key} --app {self._target.pages.base}"
        refuse(
            "interrupted: the event of a drill was sent, and touches no run; what becomes of it:"
            f" {where}",
            code=INTERRUPTED,
        )


@contextmanager
def _progress(what: str) -> Iterator[Callable[[str], None]]:
    """Show what is being done, on a terminal only; gives what is told of the phases."""
    shown = Console(stderr=True)
    if not shown.is_terminal:
        yield lambda _: None
        return
    with shown.status(what) as status:
        yield lambda phase: status.update(f"the app judges: {shorten(phase, 120)}")

"""`patchgate simulator`: an Azure on this machine that other commands can be pointed at."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from pathlib import Path

import typer

from cli.exit_codes import BAD_INPUT
from cli.inputs import event_in, scenario_in
from cli.output import refuse
from cli.project import SAMPLES
from core.clock import SystemClock
from simulator import Azure, Scenario, serve

__all__ = ["Serving", "serve_until_stopped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """What is served: the run of an event, whose times are moved so that it lies ahead."""

    scenario: Path | None = None
    event: Path | None = None
    port: int = 0
    as_json: bool = False


def serve_until_stopped(wanted: Serving, stop: threading.Event | None = None) -> None:
    """Serve until Ctrl-C, or until `stop` is set."""
    event = event_in(wanted.event or SAMPLES / "events" / "pre.eventgrid.json").event
    azure = Azure(
        scenario_in(wanted.scenario) if wanted.scenario else Scenario(),
        run=event.run,
        start=event.start,
        end=event.end,
        subscriptions=event.subscriptions,
        clock=SystemClock(),
    )
    try:
        with serve(azure, wanted.port) as url:
            _tell(wanted, azure, url, str(event.run), f"{event.start:%H:%M:%S}")
            (stop or threading.Event()).wait()
    except KeyboardInterrupt:
        return
    except OSError as error:
        refuse(f"port {wanted.port} cannot be used: {error.strerror}", code=BAD_INPUT)


def _tell(wanted: Serving, azure: Azure, url: str, run: str, start: str) -> None:
    configuration = run.partition("/providers/Microsoft.Maintenance/applyUpdates/")[0]
    if wanted.as_json:
        told = {"arm": url, "configuration": configuration, "run": run}
        typer.echo(json.dumps(told))
        return
    typer.echo(
        f"{azure.scenario.title}: an Azure at {url}, until Ctrl-C.\n\n"
        f"  configuration  {configuration}\n"
        f"  run            {run}\n"
        f"  starts         {start} UTC\n\n"
        f"Point any command at it with --arm {url}, or an app with PATCHGATE_SIMULATOR={url}"
    )

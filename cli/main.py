"""`patchgate`: what it can be asked to do. Each command's work is in a module of its own.

Those are imported when they run, so that `--help` does not wait for an engine and a database.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.actions.commands import app as actions_app
from cli.checks.commands import app as checks_app
from cli.doctor.commands import HELP as DOCTOR
from cli.doctor.commands import doctor
from cli.drill.commands import HELP as DRILL
from cli.drill.commands import drill
from cli.events.commands import app as events_app
from cli.explain.commands import HELP as EXPLAIN
from cli.explain.commands import explain
from cli.options import Json
from cli.permissions.commands import HELP as PERMISSIONS
from cli.permissions.commands import permissions
from cli.preview.commands import HELP as PREVIEW
from cli.preview.commands import preview
from cli.runs.cancel_command import HELP as CANCEL
from cli.runs.cancel_command import cancel
from cli.runs.commands import app as runs_app
from cli.timeline.commands import HELP as TIMELINE
from cli.timeline.commands import timeline

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    rich_markup_mode="markdown",
)
app.add_typer(actions_app, name="actions")
app.add_typer(checks_app, name="checks")
app.add_typer(events_app, name="events")
app.add_typer(runs_app, name="runs")
app.command(help=CANCEL)(cancel)
app.command(help=DOCTOR)(doctor)
app.command(help=DRILL)(drill)
app.command(help=EXPLAIN)(explain)
app.command(help=PERMISSIONS)(permissions)
app.command(help=PREVIEW)(preview)
app.command(help=TIMELINE)(timeline)

_SIMULATE = """Play one maintenance event against a simulated Azure, with your own checks.

Nothing leaves this machine. The event's times are moved so that it arrives now; the run's name and
all distances stay as they are. A pre event is judged, a post event reported.

    patchgate simulate event.json --scenario samples/scenarios/one-machine-says-no.toml

Exit codes:

- 0: the run would go ahead (post event: how it ended is reported)
- 1: the run was cancelled, and that is confirmed (observe mode: it would have been)
- 2: the command, the event, the scenario or another file is not legal; nothing was played
- 3: the cancel call was not confirmed, the event came too late, or the story itself failed
"""

_DEMO = """Watch the gate judge six runs, against an Azure that is simulated on this machine.

All is well; one machine says no; a check hangs; the cancel call is answered but has no effect; two
machines are started for the run and stopped after it, with the run's post event and without it.

    patchgate demo --all

Exit codes:

- 0: every story ended as it must, by the report and by the simulator's own state of the run
- 1: one did not
"""


@app.callback()
def main() -> None:
    """Judges Azure Update Manager maintenance runs before they start, and cancels them in time."""


@app.command(help=_DEMO)
def demo(
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Also the seventh story: cancelling never works.")
    ] = False,
    as_json: Json = False,
) -> None:
    if not as_json:
        told = "The gate as it is deployed, with an Azure that is simulated on this machine."
        typer.echo(f"{told}\n")
    from cli.demo import run_demo  # noqa: PLC0415 - see above

    raise typer.Exit(run_demo(everything=everything, as_json=as_json))


@app.command(help=_SIMULATE)
def simulate(
    *,
    event: Annotated[
        Path,
        typer.Argument(
            exists=True,
            dir_okay=False,
            readable=True,
            help="One pre or post event, in the Event Grid or CloudEvents schema.",
        ),
    ],
    scenario: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            readable=True,
            help="What Azure is like: a TOML file as in samples/scenarios. Default: all is well.",
        ),
    ] = None,
    checks: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            file_okay=False,
            help="A folder of checks. Default: the project's my_checks.",
        ),
    ] = None,
    policy: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            readable=True,
            help="The site's policy. Default: the project's gate.toml.",
        ),
    ] = None,
    speed: Annotated[
        float, typer.Option(min=1, max=600, help="How many times as fast as in life it is played.")
    ] = 150,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the report as JSON, and nothing else.")
    ] = False,
) -> None:
    from cli.simulate import Wanted, run_simulation  # noqa: PLC0415 - see above

    wanted = Wanted(
        event=event,
        scenario=scenario,
        checks=checks,
        policy=policy,
        speed=speed,
        as_json=as_json,
    )
    raise typer.Exit(run_simulation(wanted))


_SIMULATOR = """Serve an Azure that is simulated on this machine, for other commands: `--arm URL`.

It holds one maintenance run, that of the event, whose times are moved so that it lies ahead.

    patchgate simulator --port 7071

Exit codes:

- 0: it was stopped
- 2: the event, the scenario or the port is not legal
"""


@app.command(help=_SIMULATOR)
def simulator(
    *,
    scenario: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="What Azure is like. Default: all is well."),
    ] = None,
    event: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="The run's event. Default: a sample's."),
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")] = 0,
    as_json: Json = False,
) -> None:
    from cli.serving import Serving, serve_until_stopped  # noqa: PLC0415 - see above

    serve_until_stopped(Serving(scenario=scenario, event=event, port=port, as_json=as_json))


if __name__ == "__main__":
    app()

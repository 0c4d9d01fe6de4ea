"""`patchgate events …`: the work is in the modules beside this one."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.events.wanted import Types
from cli.options import Arm, Configuration, Json

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True,
    help="Who is told of the runs of a maintenance configuration: list, add, edit, remove, health.",
    rich_markup_mode="markdown",
)

_CODES = """

Exit codes:

- 0: {done}{no}
- 2: the command or an id is not legal, or the configuration is not one for guest patching
- 3: Azure refused, or could not be asked
- 130: interrupted; what was done until then is told
"""


def _codes(done: str, no: str = "") -> str:
    return _CODES.format(done=done, no=no and f"\n- 1: {no}")


_LIST = """List the event subscriptions of a configuration: events, endpoints, and how many of each.

    patchgate events list --configuration ID
""" + _codes(done="they are listed, also if there are none")
_SHOW = """Show all that Azure tells of one event subscription.

    patchgate events show gate --configuration ID
""" + _codes(done="it is shown", no="there is none of that name")
_ADD = """Subscribe a function, or a webhook, to the pre and post events of a configuration.

The system topic is made if there is none. Events are sent in the Event Grid schema, and tried for
30 minutes, 10 times at most.

    patchgate events add --configuration ID --to FUNCTION_APP_ID
""" + _codes(
    done="it is made, and Azure shows it as asked for",
    no="there is one of that name, or Azure shows it otherwise than asked for",
)
_EDIT = """Change where an event subscription sends, what it gets, or where lost events are kept.

What is not said stays as it is.

    patchgate events edit gate --configuration ID --types pre
""" + _codes(
    done="it is changed, and Azure shows it as asked for",
    no="there is none of that name, or Azure shows it otherwise than asked for",
)
_REMOVE = """Remove an event subscription, and with `--with-topic` the system topic left empty.

It asks before it does.

    patchgate events remove gate --configuration ID
""" + _codes(done="it is gone", no="there is none of that name, or the answer was no")
_HEALTH = """Compare what Event Grid published, matched and delivered, and say what to do.

The counts are Azure Monitor's, of the last 24 hours and 7 days. They lag some minutes.

    patchgate events health --configuration ID
""" + _codes(
    done="what was published was delivered", no="it was not, or no one is told of the runs"
)

Name = Annotated[str, typer.Argument(help="The event subscription's name.", metavar="NAME")]
To = Annotated[
    str | None,
    typer.Option(
        help="Where events go: the resource id of a function app, or the https URL of a webhook.",
        metavar="ID|URL",
    ),
]
Function = Annotated[
    str | None,
    typer.Option(help="The function of that app. Default: maintenance_event.", metavar="NAME"),
]
DeadLetter = Annotated[
    str | None,
    typer.Option(
        help="The resource id of a blob container that keeps what cannot be delivered, or none.",
        metavar="ID|none",
    ),
]
Chosen = Annotated[Types | None, typer.Option(help="Which events.")]


@app.command("list", help=_LIST)
def list_them(*, configuration: Configuration, arm: Arm = None, as_json: Json = False) -> None:
    from cli.events.done import Done  # noqa: PLC0415 - imports wait until they are needed
    from cli.events.listing import run_list  # noqa: PLC0415

    with Done("").told():
        raise typer.Exit(run_list(configuration, arm=arm, as_json=as_json))


@app.command(help=_SHOW)
def show(
    *, name: Name, configuration: Configuration, arm: Arm = None, as_json: Json = False
) -> None:
    from cli.events.done import Done  # noqa: PLC0415
    from cli.events.showing import run_show  # noqa: PLC0415

    with Done("").told():
        raise typer.Exit(run_show(name, configuration, arm=arm, as_json=as_json))


@app.command(help=_ADD)
def add(
    *,
    name: Annotated[
        str, typer.Argument(help="The event subscription's name.", metavar="NAME")
    ] = "patchgate",
    configuration: Configuration,
    to: To = None,
    function: Function = None,
    types: Chosen = Types.BOTH,
    dead_letter: DeadLetter = None,
    arm: Arm = None,
    as_json: Json = False,
) -> None:
    from cli.events.adding import run_add  # noqa: PLC0415
    from cli.events.done import Done  # noqa: PLC0415
    from cli.events.wanted import Wanted  # noqa: PLC0415

    wanted = Wanted(
        name=name,
        configuration=configuration,
        to=to,
        function=function,
        types=types,
        dead_letter=dead_letter,
        arm=arm,
        as_json=as_json,
    )
    done = Done(f"patchgate events list --configuration {configuration}")
    with done.told():
        raise typer.Exit(run_add(wanted, done))


@app.command(help=_EDIT)
def edit(
    *,
    name: Name,
    configuration: Configuration,
    to: To = None,
    function: Function = None,
    types: Chosen = None,
    dead_letter: DeadLetter = None,
    arm: Arm = None,
    as_json: Json = False,
) -> None:
    from cli.events.done import Done  # noqa: PLC0415
    from cli.events.editing import run_edit  # noqa: PLC0415
    from cli.events.wanted import Wanted  # noqa: PLC0415

    wanted = Wanted(
        name=name,
        configuration=configuration,
        to=to,
        function=function,
        types=types,
        dead_letter=dead_letter,
        arm=arm,
        as_json=as_json,
    )
    done = Done(f"patchgate events show {name} --configuration {configuration}")
    with done.told():
        raise typer.Exit(run_edit(wanted, done))


@app.command(help=_REMOVE)
def remove(
    *,
    name: Annotated[
        str | None,
        typer.Argument(help="The event subscription's name.", metavar="NAME"),
    ] = None,
    configuration: Configuration,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    with_topic: Annotated[
        bool, typer.Option("--with-topic", help="Also the system topic, once it is empty.")
    ] = False,
    arm: Arm = None,
    as_json: Json = False,
) -> None:
    from cli.events.done import Done  # noqa: PLC0415
    from cli.events.removing import Removal, run_remove  # noqa: PLC0415

    wanted = Removal(
        name=name,
        configuration=configuration,
        yes=yes,
        with_topic=with_topic,
        arm=arm,
        as_json=as_json,
    )
    done = Done(f"patchgate events list --configuration {configuration}")
    with done.told():
        raise typer.Exit(run_remove(wanted, done))


@app.command(help=_HEALTH)
def health(*, configuration: Configuration, arm: Arm = None, as_json: Json = False) -> None:
    from cli.events.done import Done  # noqa: PLC0415
    from cli.events.health import run_health  # noqa: PLC0415

    with Done("").told():
        raise typer.Exit(run_health(configuration, arm=arm, as_json=as_json))

"""The commands that checks and actions have alike, and the options of those that they do not.

Annotations are made here of what the words say, so they cannot be left to be read later.
"""

from pathlib import Path
from typing import Annotated, Any

import typer

from cli.options import Json
from plugins.api import Word

__all__ = ["EventFile", "PolicyFile", "Scenario", "folder_option", "group", "name_argument"]

PolicyFile = Annotated[
    Path | None,
    typer.Option(
        exists=True,
        dir_okay=False,
        readable=True,
        help="The site's policy. Default: the project's gate.toml.",
    ),
]
Scenario = Annotated[
    Path,
    typer.Option(
        exists=True,
        dir_okay=False,
        readable=True,
        help="What Azure is like: a TOML file as in samples/scenarios.",
    ),
]
EventFile = Annotated[
    Path | None,
    typer.Option(
        exists=True,
        dir_okay=False,
        readable=True,
        help="The run's pre or post event. Default: samples/events, moved to now.",
    ),
]
_Configuration = Annotated[
    str | None,
    typer.Option(
        help="The id of a maintenance configuration: its `[[for]]` blocks are in force as well.",
        metavar="ID",
    ),
]
_Tags = Annotated[
    list[str] | None,
    typer.Option("--tag", help="A tag of that configuration, if blocks go by them: NAME=VALUE."),
]


def name_argument(word: Word) -> Any:
    """Which one."""
    return typer.Argument(help=f"The {word}'s name.", metavar="NAME")


def folder_option(word: Word) -> Any:
    """Where the site's own are."""
    told = f"A folder of {word}s. Default: the project's my_{word}s."
    return typer.Option(f"--{word}s", exists=True, file_okay=False, help=told)


def group(word: Word, *, told: str, listing: str, showing: str) -> typer.Typer:
    """A group with `list` and `show`, of these helps. The work is in the modules beside this."""
    app = typer.Typer(no_args_is_help=True, help=told, rich_markup_mode="markdown")

    @app.command("list", help=listing)
    def list_them(
        *,
        as_json: Json = False,
        folder: Annotated[Path | None, folder_option(word)] = None,
        policy: PolicyFile = None,
        configuration: _Configuration = None,
        tag: _Tags = None,
    ) -> None:
        from cli.plugins.listing import run_list  # noqa: PLC0415 - imports wait until needed

        wanted = _wanted(word, folder, policy, configuration=configuration, tags=tag)
        raise typer.Exit(run_list(word, wanted, as_json=as_json))

    @app.command(help=showing)
    def show(
        *,
        name: Annotated[str, name_argument(word)],
        folder: Annotated[Path | None, folder_option(word)] = None,
        policy: PolicyFile = None,
        configuration: _Configuration = None,
        tag: _Tags = None,
        as_json: Json = False,
    ) -> None:
        from cli.plugins.showing import run_show  # noqa: PLC0415

        wanted = _wanted(word, folder, policy, configuration=configuration, tags=tag)
        raise typer.Exit(run_show(word, name, wanted, as_json=as_json))

    return app


def _wanted(
    word: Word,
    folder: Path | None,
    policy: Path | None,
    *,
    configuration: str | None,
    tags: list[str] | None,
) -> Any:
    from cli.plugins.site import Wanted  # noqa: PLC0415
    from cli.plugins.words import words_of  # noqa: PLC0415

    return Wanted(
        kinds=(words_of(word).kind,),
        folder=folder,
        policy=policy,
        configuration=configuration,
        tags=tags or (),
    )

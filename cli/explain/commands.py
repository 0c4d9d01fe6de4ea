"""`patchgate explain`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from cli.options import Json

__all__ = ["HELP", "explain"]

HELP = """Explain what became of a run, from the report of its gate.

What decided, which machines, the evidence, how much time was left, what was asked how often, and
what would have changed the answer.

RUN is a file with a report, or `-` for standard input; with `--app`, the id of a run, or the key of
a gate. Without RUN, the app's gates of the last two days are listed.

    patchgate explain report.json
    patchgate explain RUN --app https://NAME.azurewebsites.net --key "$KEY"
    patchgate explain report.json --junit > report.xml

Exit codes:

- 0: it is explained
- 1: there is no report of it, or not yet
- 2: the command, the id or the file is not legal
- 3: the app refused, or could not be asked
"""


class Form(StrEnum):
    """How it is printed."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JUNIT = "junit"
    JSON = "json"


def explain(
    *,
    run: Annotated[
        str | None,
        typer.Argument(help="A file, `-`, or with --app a run's id or a key.", metavar="RUN"),
    ] = None,
    app: Annotated[str | None, typer.Option(help="The app that judged it.", metavar="URL")] = None,
    key: Annotated[
        str | None,
        typer.Option(
            help="A function key of the app. It is seen by fewer in PATCHGATE_APP_KEY.",
            envvar="PATCHGATE_APP_KEY",
            show_envvar=False,
        ),
    ] = None,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print Markdown, for a ticket or a chat.")
    ] = False,
    junit: Annotated[
        bool,
        typer.Option("--junit", help="Print JUnit XML: a case for each check and action."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Explain it."""
    from cli.exit_codes import BAD_INPUT  # noqa: PLC0415
    from cli.explain.running import Wanted, run_explain  # noqa: PLC0415 - heavy
    from cli.output import refuse  # noqa: PLC0415

    chosen = [
        form
        for form, wanted in (
            (Form.MARKDOWN, markdown),
            (Form.JUNIT, junit),
            (Form.JSON, as_json),
        )
        if wanted
    ]
    if len(chosen) > 1:
        refuse("say one of --markdown, --junit and --json", code=BAD_INPUT)
    form = chosen[0] if chosen else Form.TEXT
    raise typer.Exit(run_explain(Wanted(run=run, app=app, key=key, form=form.value)))

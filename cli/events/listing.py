"""`patchgate events list`: every subscription in a line, with how many get which events."""

from __future__ import annotations

import json
from typing import Any

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from cli.events.looking import Standing, look
from cli.events.words import as_json, counts, events_of, sent_to, topic_as_json
from cli.exit_codes import DONE
from cli.output import console
from cli.render.indented import Indented
from cli.render.words import count, plain

__all__ = ["run_list"]


def run_list(configuration: str, *, arm: str | None, as_json: bool) -> int:
    """Print the list and answer the exit code."""
    standing = look(configuration, arm)
    if as_json:
        typer.echo(json.dumps(_told(standing), indent=2))
    else:
        _print(standing)
    return DONE


def _told(standing: Standing) -> dict[str, Any]:
    return {
        "configuration": str(standing.configuration.id),
        "topic": topic_as_json(standing.topic),
        "counts": counts(standing.subscriptions),
        "subscriptions": [as_json(one) for one in standing.subscriptions],
    }


def _print(standing: Standing) -> None:
    screen, id_ = console(), standing.configuration.id
    if standing.topic is not None:
        where = f"{standing.topic.resource_group}, {standing.topic.location}"
        screen.print(plain(f"{id_.name}: system topic {standing.topic.name} ({where})"))
    if not standing.subscriptions:
        screen.print("No event subscriptions: nobody is told of the runs, and no gate judges them.")
        screen.print(
            plain(f"Add one with patchgate events add --configuration {id_}", limit=600),
            soft_wrap=True,
        )
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0), show_edge=False)
    for header in ("name", "events", "sent to", "is"):
        table.add_column(header, overflow="fold")
    for one in standing.subscriptions:
        state = Text(one.state, style="" if one.state == "Succeeded" else "bold red")
        table.add_row(
            plain(one.name, "bold"), events_of(one.event_types), plain(sent_to(one)), state
        )
    screen.print(Indented(table, 0))
    found = counts(standing.subscriptions)
    total = count(len(standing.subscriptions), "event subscription")
    screen.print(f"{total}: {found['pre']} for pre events, {found['post']} for post events")

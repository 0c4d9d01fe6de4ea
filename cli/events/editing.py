"""`patchgate events edit`: another endpoint, other events, other dead-lettering."""

from __future__ import annotations

import json

import typer

from cli.azure.event_grid import RIGHTS
from cli.azure.event_grid_bodies import Edit
from cli.azure.event_grid_values import EventSubscription
from cli.azure.problems import in_words
from cli.events.adding import differences
from cli.events.done import Done
from cli.events.looking import look, too_close
from cli.events.showing import print_one
from cli.events.wanted import Wanted, container_of, endpoint_of, types_of
from cli.events.words import as_json
from cli.exit_codes import BAD_INPUT, DONE, NO
from cli.output import console, refuse
from cli.render.words import plain
from cli.waiting import waiting

__all__ = ["run_edit"]


def run_edit(wanted: Wanted, done: Done) -> int:
    """Change it, show it as it is then, and answer the exit code."""
    edit = _edit(wanted)
    standing = look(wanted.configuration, wanted.arm)
    old, topic = standing.the(wanted.name), standing.its_topic()
    _hold(old, edit)
    warning = too_close(standing)
    if warning is not None:
        typer.echo(f"patchgate: {warning}", err=True)
    with (
        waiting(f"Changing {old.name}"),
        in_words(f"change {old.name}", right=RIGHTS["change"], scope=topic.id),
        done.step(f"the event subscription {old.name} was changed"),
    ):
        now = standing.grid.change(topic, old, edit)
    wrong = _wrong(now, edit)
    if wanted.as_json:
        warnings = [text for text in (warning, *wrong) if text]
        typer.echo(json.dumps({"subscription": as_json(now), "warnings": warnings}, indent=2))
    else:
        print_one(now)
        for why in wrong:
            console().print(plain(f"✗ {why}", "bold red"))
    return NO if wrong else DONE


def _edit(wanted: Wanted) -> Edit:
    edit = Edit(
        endpoint=endpoint_of(wanted),
        event_types=None if wanted.types is None else types_of(wanted.types),
        dead_letter=container_of(wanted),
        no_dead_letter=wanted.drops,
    )
    if edit == Edit():
        refuse(
            "say what to change: --to, --types or --dead-letter",
            code=BAD_INPUT,
        )
    return edit


def _hold(old: EventSubscription, edit: Edit) -> None:
    """What is delivered as the topic's identity is set up elsewhere, which stays as it is."""
    if old.as_identity and (edit.endpoint or edit.dead_letter):
        refuse(
            f"{old.name} delivers as the identity of its topic, which this command does not set up:"
            " add another subscription, then remove this one",
            code=NO,
        )


def _wrong(now: EventSubscription, edit: Edit) -> tuple[str, ...]:
    wrong = differences(now, edit.endpoint, edit.event_types)
    if edit.no_dead_letter and now.dead_letter is not None:
        wrong += ("it still keeps what cannot be delivered",)
    if edit.dead_letter is not None and now.dead_letter is None:
        wrong += ("it still drops what cannot be delivered",)
    return wrong

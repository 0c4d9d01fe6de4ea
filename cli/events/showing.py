"""`patchgate events show NAME`: all that Azure tells of one subscription."""

from __future__ import annotations

import json
from collections.abc import Iterator

import typer

from cli.azure.event_grid_values import EventSubscription
from cli.events.looking import look
from cli.events.words import as_json as told
from cli.events.words import events_of, sent_to
from cli.exit_codes import DONE
from cli.output import console
from cli.render.words import plain

__all__ = ["print_one", "run_show"]


def run_show(name: str, configuration: str, *, arm: str | None, as_json: bool) -> int:
    """Print it and answer the exit code."""
    one = look(configuration, arm).the(name)
    if as_json:
        typer.echo(json.dumps(told(one), indent=2))
    else:
        print_one(one)
    return DONE


def print_one(one: EventSubscription) -> None:
    """Print a subscription, a line for each of its facts. Ids are not broken, to be copied."""
    screen = console()
    for name, value in _facts(one):
        screen.print(plain(f"{name:<14}{value}", limit=600), soft_wrap=True)


def _facts(one: EventSubscription) -> Iterator[tuple[str, str]]:
    yield "name", one.name
    yield "is", one.state
    yield "events", events_of(one.event_types)
    for condition in one.conditions:
        yield "only if", condition
    yield "sent to", sent_to(one)
    yield "endpoint", one.endpoint
    yield "as", "the identity of the topic" if one.as_identity else "Event Grid"
    if one.headers:
        yield "with headers", ", ".join(one.headers)
    yield "schema", one.schema
    yield "tried for", f"{one.ttl_minutes} minutes, {one.max_attempts} times at most"
    yield "then kept in", one.dead_letter or "nothing: what cannot be delivered is dropped"
    if one.expires is not None:
        yield "expires", one.expires
    yield "id", one.id

"""`patchgate events add`: the topic, if there is none, and a subscription to it."""

from __future__ import annotations

import json
from collections.abc import Sequence

import typer

from cli.azure.event_grid import RIGHTS
from cli.azure.event_grid_bodies import new_subscription
from cli.azure.event_grid_ids import Container, Function, Webhook, subscription_name, topic_name
from cli.azure.event_grid_values import EventSubscription, Topic
from cli.azure.problems import in_words
from cli.events.done import Done
from cli.events.looking import Standing, look, too_close
from cli.events.wanted import Types, Wanted, container_of, endpoint_of, types_of
from cli.events.words import as_json, events_of, sent_to, topic_as_json
from cli.exit_codes import BAD_INPUT, DONE, NO
from cli.output import console, refuse
from cli.render.words import plain
from cli.waiting import waiting
from core.errors import BadId

__all__ = ["differences", "run_add"]


def run_add(wanted: Wanted, done: Done) -> int:
    """Make what is missing, say what was made, and answer the exit code."""
    endpoint, types = endpoint_of(wanted), types_of(wanted.types or Types.BOTH)
    if endpoint is None:
        refuse("say where events shall go: --to ID of a function app, or --to URL", code=BAD_INPUT)
    container = container_of(wanted)
    _hold_name(wanted.name)
    standing = look(wanted.configuration, wanted.arm)
    if standing.find(wanted.name) is not None:
        refuse(f"{wanted.name} is there already: patchgate events edit changes it", code=NO)
    warning = too_close(standing)
    if warning is not None:
        typer.echo(f"patchgate: {warning}", err=True)
    topic = standing.topic or _make_topic(standing, done)
    made = _make(standing, done, topic, (wanted.name, endpoint, types, container))
    wrong = differences(made, endpoint, types)
    if wanted.as_json:
        told = {
            "configuration": str(standing.configuration.id),
            "topic": topic_as_json(topic),
            "topic_made": standing.topic is None,
            "subscription": as_json(made),
            "warnings": [text for text in (warning, *wrong) if text],
        }
        typer.echo(json.dumps(told, indent=2))
    else:
        _print(standing, topic, made, wrong)
    return NO if wrong else DONE


def _hold_name(name: str) -> None:
    try:
        subscription_name(name)
    except BadId as error:
        refuse(str(error), code=BAD_INPUT)


def _make_topic(standing: Standing, done: Done) -> Topic:
    id_ = standing.configuration.id
    name = topic_name(id_.name)
    group = f"/subscriptions/{id_.subscription}/resourceGroups/{id_.resource_group}"
    doing = f"make the system topic {name}"
    with (
        waiting(f"Making the system topic {name}"),
        in_words(doing, right=RIGHTS["make_topic"], scope=group),
        done.step(f"the system topic {name} was made"),
    ):
        return standing.grid.make_topic(name, standing.configuration)


def _make(
    standing: Standing,
    done: Done,
    topic: Topic,
    wanted: tuple[str, Function | Webhook, Sequence[str], Container | None],
) -> EventSubscription:
    name, endpoint, types, container = wanted
    doing = f"make the event subscription {name}"
    with (
        waiting(f"Making the event subscription {name}"),
        in_words(doing, right=RIGHTS["make"], scope=topic.id),
        done.step(f"the event subscription {name} was made"),
    ):
        body = new_subscription(endpoint, types, container)
        return standing.grid.make(topic, name, body)


def differences(
    made: EventSubscription, endpoint: Function | Webhook | None, types: Sequence[str] | None
) -> tuple[str, ...]:
    """Where the subscription that Azure shows is not the one that was asked for."""
    wrong = []
    if made.state != "Succeeded":
        wrong.append(f"it is not in force: Azure calls it {made.state or 'nothing'}")
    if types is not None and set(made.event_types or ()) != set(types):
        wrong.append(f"it gets other events than asked for: {events_of(made.event_types)}")
    if endpoint is not None:
        asked = endpoint.id if isinstance(endpoint, Function) else endpoint.url.partition("?")[0]
        if made.endpoint.rstrip("/").lower() != asked.rstrip("/").lower():
            wrong.append("its events go elsewhere than asked for")
    return tuple(wrong)


def _print(standing: Standing, topic: Topic, made: EventSubscription, wrong: Sequence[str]) -> None:
    screen = console()
    verb = "uses" if standing.topic is not None else "made"
    events = events_of(made.event_types)
    kept = f"kept in {made.dead_letter}" if made.dead_letter else "dropped (see --dead-letter)"
    tried = f"tried for {made.ttl_minutes} minutes, {made.max_attempts} times at most"
    for line in (
        f"{verb:<6}system topic {topic.name} ({topic.location})",
        f"made  event subscription {made.name}: {events} to {sent_to(made)}",
        f"      {tried}, then {kept}",
    ):
        screen.print(plain(line, limit=600), soft_wrap=True)
    for why in wrong:
        screen.print(plain(f"✗ {why}", "bold red"))

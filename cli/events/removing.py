"""`patchgate events remove`: a subscription, and its topic if it is left empty and that is said."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import typer

from cli.azure.event_grid import RIGHTS
from cli.azure.event_grid_values import PRE, EventSubscription, Topic
from cli.azure.problems import in_words
from cli.events.done import Done
from cli.events.looking import Standing, look, too_close
from cli.events.words import events_of, sent_to
from cli.exit_codes import BAD_INPUT, DONE, NO
from cli.output import console, refuse
from cli.render.words import count, plain
from cli.waiting import waiting

__all__ = ["Removal", "run_remove"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """The command line. Without a `name` it is about an empty topic."""

    name: str | None
    configuration: str
    yes: bool = False
    with_topic: bool = False
    arm: str | None = None
    as_json: bool = False


def run_remove(wanted: Removal, done: Done) -> int:
    """Ask, remove, say what is gone, and answer the exit code."""
    if wanted.name is None and not wanted.with_topic:
        refuse("say which: NAME, or --with-topic for an empty system topic", code=BAD_INPUT)
    standing = look(wanted.configuration, wanted.arm)
    one = None if wanted.name is None else standing.the(wanted.name)
    left = [other for other in standing.subscriptions if other is not one]
    if one is None and standing.topic is None:
        refuse("there is no system topic to remove", code=NO)
    topic = standing.its_topic()
    if one is None and left:
        refuse(_not_empty(topic, left), code=NO)
    _ask(wanted, standing, one, topic)
    gone = []
    if one is not None:
        _remove(standing, done, topic, one)
        gone.append(f"event subscription {one.name}")
    if wanted.with_topic and not left:
        _remove_topic(standing, done, topic)
        gone.append(f"system topic {topic.name}")
    kept = _not_empty(topic, left) if wanted.with_topic and left else None
    _tell(wanted, gone, kept)
    return DONE


def _ask(wanted: Removal, standing: Standing, one: EventSubscription | None, topic: Topic) -> None:
    """Say what it comes to, and ask whether it is meant. Leaves if it is not."""
    for text in filter(None, (too_close(standing), _last_gate(standing, one))):
        typer.echo(f"patchgate: {text}", err=True)
    if wanted.yes:
        return
    what = f"the system topic {topic.name}"
    if one is not None:
        what = f"{one.name} ({events_of(one.event_types)} to {sent_to(one)})"
    typer.echo(f"Remove {what}? [y/N] ", err=True, nl=False)
    answer = sys.stdin.readline()
    if not answer:
        typer.echo(err=True)
        refuse("nobody answered, so nothing was removed: say --yes", code=BAD_INPUT)
    if answer.strip().lower() not in ("y", "yes"):
        refuse("nothing was removed", code=NO)


def _last_gate(standing: Standing, one: EventSubscription | None) -> str | None:
    if one is None or not one.takes(PRE):
        return None
    if any(other.takes(PRE) for other in standing.subscriptions if other is not one):
        return None
    return (
        f"{one.name} is the only one that is told before a run of "
        f"{standing.configuration.id.name}: without it no gate judges them"
    )


def _not_empty(topic: Topic, left: Sequence[EventSubscription]) -> str:
    names = ", ".join(one.name for one in left)
    return (
        f"the system topic {topic.name} stays: it has {count(len(left), 'subscription')} ({names})"
    )


def _remove(standing: Standing, done: Done, topic: Topic, one: EventSubscription) -> None:
    with (
        waiting(f"Removing {one.name}"),
        in_words(f"remove {one.name}", right=RIGHTS["remove"], scope=topic.id),
        done.step(f"the event subscription {one.name} was removed"),
    ):
        standing.grid.remove(topic, one.name)


def _remove_topic(standing: Standing, done: Done, topic: Topic) -> None:
    with (
        waiting(f"Removing the system topic {topic.name}"),
        in_words(
            f"remove the system topic {topic.name}", right=RIGHTS["remove_topic"], scope=topic.id
        ),
        done.step(f"the system topic {topic.name} was removed"),
    ):
        standing.grid.remove_topic(topic)


def _tell(wanted: Removal, gone: Sequence[str], kept: str | None) -> None:
    if wanted.as_json:
        typer.echo(json.dumps({"removed": list(gone), "kept": kept}, indent=2))
        return
    for what in gone:
        console().print(plain(f"removed {what}"))
    if kept is not None:
        console().print(plain(kept, limit=600), soft_wrap=True)

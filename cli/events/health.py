"""`patchgate events health`: the counts side by side, and what to do if they differ."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from cli.azure.event_grid_values import Topic
from cli.azure.metrics import READ_METRICS, Measured, measure
from cli.azure.problems import in_words
from cli.events.advice import Advice, advice
from cli.events.looking import Standing, look
from cli.exit_codes import DONE, NO
from cli.output import console, refuse
from cli.render.indented import Indented
from cli.render.words import plain
from cli.waiting import waiting

__all__ = ["run_health"]

_COLUMNS = ("published", "matched", "delivered", "failed", "dropped", "dead-lettered")
_SIGNS = {"failure": ("✗", "bold red"), "warning": ("!", "bold yellow"), "note": ("-", "dim")}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    standing: Standing
    topic: Topic
    whole: Measured
    own: Mapping[str, Measured]
    advice: Sequence[Advice]

    @property
    def lines(self) -> list[tuple[str, Measured]]:
        """The topic's, then each subscription's, then those of subscriptions that are gone."""
        names = {one.name.lower(): one.name for one in self.standing.subscriptions}
        gone = {name: f"{name} (gone)" for name in self.own if name not in names}
        named = [(said, self.own.get(name, Measured())) for name, said in (names | gone).items()]
        return [("all", self.whole), *named]


def run_health(configuration: str, *, arm: str | None, as_json: bool) -> int:
    """Print the counts and the advice, and answer the exit code."""
    standing = look(configuration, arm)
    topic = standing.topic
    if topic is None:
        refuse(
            "there is no system topic, so no event is sent to anybody: patchgate events add",
            code=NO,
        )
    with (
        waiting(f"Counting the events of {topic.name}"),
        in_words("read the metrics", right=READ_METRICS, scope=topic.id),
    ):
        whole, own = measure(standing.azure, topic.id)
    said = advice(whole, own, standing.subscriptions)
    found = _Found(standing=standing, topic=topic, whole=whole, own=own, advice=said)
    if as_json:
        typer.echo(json.dumps(_told(found), indent=2))
    else:
        _print(found)
    return NO if any(each.level != "note" for each in said) else DONE


def _told(found: _Found) -> dict[str, Any]:
    subscriptions = [
        {"name": one.name, **asdict(found.own.get(one.name.lower(), Measured()))}
        for one in found.standing.subscriptions
    ]
    return {
        "configuration": str(found.standing.configuration.id),
        "topic": found.topic.name,
        "all": asdict(found.whole),
        "subscriptions": subscriptions,
        "advice": [asdict(each) for each in found.advice],
    }


def _print(found: _Found) -> None:
    screen = console()
    screen.print(plain(f"Events of {found.topic.name}, last 24 hours / 7 days"))
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0), show_edge=False)
    table.add_column("to")
    for header in _COLUMNS:
        table.add_column(header, justify="right")
    for name, measured in found.lines:
        table.add_row(plain(name, "bold"), *_cells(measured, whole=name == "all"))
    screen.print(Indented(table, 0))
    for each in found.advice:
        sign, style = _SIGNS[each.level]
        about = f"{each.about}: " if each.about else ""
        screen.print(Text.assemble((f"{sign} ", style), plain(f"{about}{each.says}", limit=600)))
        screen.print(Indented(plain(each.do, "dim", limit=600)))
    if not found.advice:
        screen.print(Text("✓ what was published was delivered", style="green"))


def _cells(measured: Measured, *, whole: bool) -> list[str]:
    """Day and week of each column; what is published is not counted by subscription."""
    day, week = asdict(measured.day), asdict(measured.week)
    names = [column.replace("-", "_") for column in _COLUMNS]
    return [
        f"{day[name]:,} / {week[name]:,}" if whole or name != "published" else "" for name in names
    ]

"""`patchgate checks show NAME`, and of actions: what it says of itself, and what is in force."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

import typer
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from cli.output import console
from cli.plugins.facts import facts
from cli.plugins.in_force import (
    Value,
    config_values,
    is_on,
    problem_of,
    run_values,
    values,
)
from cli.plugins.site import Found, Site, Wanted, open_site
from cli.plugins.words import Words, words_of
from cli.render.indented import section
from cli.render.words import as_toml, plain
from core.errors import BadPlugin
from plugins.api import Word
from plugins.definition import Definition
from plugins.doc import paragraphs

__all__ = ["run_show"]

FINE, BROKEN = 0, 1
_ASKED = {"before": "before the run", "after": "after the run"}
_ABOUT = {"machine": "each machine", "run": "the whole run"}


def run_show(word: Word, name: str, wanted: Wanted, *, as_json: bool) -> int:
    """Print all about it, and answer the exit code."""
    site, words = open_site(wanted), words_of(word)
    found = site.one(words.kind, name)
    if as_json:
        typer.echo(json.dumps(facts(found, site, words), indent=2))
    else:
        screen = console()
        for part in _parts(found, site, words):
            screen.print(part)
    return FINE if problem_of(found, site.policy) is None else BROKEN


def _parts(found: Found, site: Site, words: Words) -> Iterator[RenderableType]:
    kind = words.kind
    came = found.origin if found.door == kind.own else f"{found.door}, {found.origin}"
    yield Text.assemble(plain(found.name, "bold"), f"  ({came})")
    if isinstance(found, Definition):
        asked = f"{words.asked} {_ABOUT[found.scope]}, {_ASKED[found.options.when]}"
        yield Text(f"{'on' if is_on(found, site.policy, kind.table) else 'OFF'}: {asked}")
    if (problem := problem_of(found, site.policy)) is not None:
        yield Text.assemble((f"✗ {words.cannot}: ", "bold red"), plain(problem, limit=800))
    if isinstance(found, Definition) and kind.word == "action":
        yield _undo(found)
    if isinstance(found, Definition) and found.doc:
        yield from section("What it says of itself", _said(found.doc))
    in_force = values(found, site.policy, kind.table).values()
    yield from section("Policy in force", _table(in_force))
    if isinstance(found, Definition):
        yield from _of_author(found, site)
    yield from section("The run's policy", _table(run_values(site.policy)))
    for note in site.notes:
        yield Text()
        yield plain(note, "dim")


def _undo(found: Definition) -> Text:
    if found.undo is None:
        return Text("nothing of it is put back: it has no undo")
    return plain(f"put back by {found.undo.function.__name__}: {found.undo.title}")


def _of_author(found: Definition, site: Site) -> Iterator[RenderableType]:
    try:
        own = list(config_values(found, site.policy))
    except BadPlugin:
        own = []  # its problem is told above
    if own:
        yield from section(f"Its own config, [{found.kind.table}.{found.name}.config]", _table(own))
    if found.options.needs:
        needs = Text("\n").join(plain(action) for action in found.options.needs)
        yield from section("Azure actions that it needs", needs)


def _table(shown: Iterable[Value]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 3, 0, 0))
    for one in shown:
        if one.name != "config":
            table.add_row(plain(one.name), plain(as_toml(one.value)), plain(one.source, "dim"))
    return table


def _said(doc: str) -> Text:
    """The docstring, its paragraphs as wide as the screen."""
    told = [f"{head}: {text}" if head else text for head, text in paragraphs(doc)]
    return Text("\n\n").join(plain(one, limit=1200) for one in told[:20])

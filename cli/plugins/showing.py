"""`patchgate checks show NAME`: what it says of itself, and the values in force for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from checks.kind import CHECKS
from cli.checks.in_force import (
    Value,
    config_values,
    is_on,
    problem_of,
    run_values,
    values,
)
from cli.checks.site import Found, Site, Wanted, open_site
from cli.output import console
from cli.render.indented import section
from cli.render.words import as_toml, plain
from core.errors import BadPlugin
from plugins.definition import Definition
from plugins.doc import paragraphs

__all__ = ["run_show"]

FINE, BROKEN = 0, 1
_ASKED = {"before": "before the run", "after": "after the run"}
_ABOUT = {"machine": "each machine", "run": "the whole run"}


def run_show(name: str, wanted: Wanted) -> int:
    """Print all about that check, and answer the exit code."""
    site = open_site(wanted)
    found = site.check(name)
    screen = console()
    for part in _parts(found, site):
        screen.print(part)
    return FINE if problem_of(found, site.policy) is None else BROKEN


def _parts(found: Found, site: Site) -> Iterator[RenderableType]:
    came = found.origin if found.door == CHECKS.own else f"{found.door}, {found.origin}"
    yield Text.assemble(plain(found.name, "bold"), f"  ({came})")
    if isinstance(found, Definition):
        asked = f"asked about {_ABOUT[found.scope]}, {_ASKED[found.options.when]}"
        yield Text(f"{'on' if is_on(found, site.policy) else 'OFF'}: {asked}")
    if (problem := problem_of(found, site.policy)) is not None:
        yield Text.assemble(("✗ cannot be asked: ", "bold red"), plain(problem, limit=800))
    if isinstance(found, Definition) and found.doc:
        yield from section("What it says of itself", _said(found.doc))
    yield from section("Policy in force", _table(values(found, site.policy).values()))
    if isinstance(found, Definition):
        yield from _of_author(found, site)
    yield from section("The run's policy", _table(run_values(site.policy)))
    for note in site.notes:
        yield Text()
        yield plain(note, "dim")


def _of_author(found: Definition, site: Site) -> Iterator[RenderableType]:
    try:
        own = list(config_values(found, site.policy))
    except BadPlugin:
        own = []  # its problem is told above
    if own:
        yield from section(f"Its own config, [checks.{found.name}.config]", _table(own))
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

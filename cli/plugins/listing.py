"""`patchgate checks list`: every check in a line, and what is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from checks.kind import CHECKS
from cli.checks.in_force import is_on, problem_of, run_values, values
from cli.checks.site import Found, Site, Wanted, open_site
from cli.output import console
from cli.render.indented import Indented
from cli.render.words import as_toml, count, plain
from core.policy import Policy
from core.policy.file import unknown
from core.policy.keys import keys_of
from plugins.config import config_problems
from plugins.definition import Definition

__all__ = ["run_list"]

FINE, BROKEN = 0, 1


def run_list(wanted: Wanted, *, as_json: bool) -> int:
    """Print the list and answer the exit code."""
    site = open_site(wanted)
    slips = (*unknown(site.file, site.checks), *_elsewhere(site))
    lines = [_line(found, site) for found in site.checks.values()]
    if as_json:
        typer.echo(json.dumps({"checks": lines, "problems": slips}, indent=2, default=str))
    else:
        _print(site, lines, slips)
    return BROKEN if slips or any(line["problem"] for line in lines) else FINE


def _line(found: Found, site: Site) -> dict[str, Any]:
    chosen = {name: value.value for name, value in values(found, site.policy).items()}
    return {
        "name": found.name,
        "door": found.door,
        "origin": found.origin,
        "title": getattr(found, "title", None),
        "scope": getattr(found, "scope", None),
        "when": found.options.when if isinstance(found, Definition) else None,
        **chosen,
        "enabled": is_on(found, site.policy),
        "problem": _problem(found, site),
    }


def _problem(found: Found, site: Site) -> str | None:
    """One that is off, and would need a config first, is no problem."""
    is_off = isinstance(found, Definition) and not is_on(found, site.policy)
    return None if is_off else problem_of(found, site.policy)


def _elsewhere(site: Site) -> tuple[str, ...]:
    """What is wrong with the configs that blocks make which are not in force here.

    Nobody lists the checks for every configuration, so each block is looked at by itself.
    """
    here = set(_bad_configs(site, site.policy))
    told = (slip for policy in site.file.each() for slip in _bad_configs(site, policy))
    return tuple(slip for slip in dict.fromkeys(told) if slip not in here)


def _bad_configs(site: Site, policy: Policy) -> Iterator[str]:
    for name in policy.checks:
        found = site.checks.get(name)
        if isinstance(found, Definition) and is_on(found, policy):
            yield from config_problems(found, policy)


def _print(site: Site, lines: list[dict[str, Any]], slips: tuple[str, ...]) -> None:
    screen = console()
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0), show_edge=False)
    for header in ("check", "from", "asks about", "is"):
        table.add_column(header, no_wrap=True, overflow="fold")
    table.add_column("policy")
    for line in lines:
        table.add_row(*(_cells(line)))
    screen.print(Indented(table, 0))
    problems = [(f"{line['name']} ({line['origin']})", line["problem"]) for line in lines]
    for where, why in [*problems, *(("", slip) for slip in slips)]:
        if why:
            said = f"{where}: {why}" if where else why
            screen.print(Text.assemble(("✗ ", "bold red"), plain(said, limit=800)))
    for note in (*site.notes, *_of_run(site.policy)):
        screen.print(plain(note, "dim"))
    on = sum(line["enabled"] for line in lines)
    screen.print(f"{count(len(lines), 'check')}, {on} on")


def _of_run(policy: Policy) -> Iterator[str]:
    """What is not as usual in the policy for the run as a whole."""
    usual = keys_of(Policy)
    for one in run_values(policy):
        if one.value != usual[one.name].default:
            yield f"{one.name} = {as_toml(one.value)} ({one.source})"


def _cells(line: dict[str, Any]) -> tuple[Text, ...]:
    place = line["origin"] if line["door"] == CHECKS.own else line["door"]
    about = "-" if line["scope"] is None else line["scope"]
    if line["when"] == "after":
        about += ", after"
    state = Text("on") if line["enabled"] else Text("off", style="dim")
    if line["problem"]:
        state = Text("broken", style="bold red")
    return plain(line["name"], "bold"), plain(place), Text(about), state, Text(_policy(line))


def _policy(line: dict[str, Any]) -> str:
    words = ["advisory" if line["advisory"] else "required"]
    if line["on_unknown"] == "proceed":
        words.append("UNKNOWN proceeds")
    if line["tolerance"]:
        words.append(f"tolerates {line['tolerance']}")
    if line["timeout"] is not None:
        words.append(f"{line['timeout']:g} s")
    if line["patience"]:
        words.append(f"patience {line['patience']:g} s")
    if line["isolation"] == "process":
        words.append(f"process, {line['memory']} MB")
    return ", ".join(words)

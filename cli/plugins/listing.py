"""`patchgate checks list` and `patchgate actions list`: each in a line, and what is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from cli.output import console
from cli.plugins.in_force import is_on, problem_of, run_values, values
from cli.plugins.site import Found, Site, Wanted, open_site
from cli.plugins.words import Words, words_of
from cli.render.indented import Indented
from cli.render.words import as_toml, count, plain
from core.policy import PluginTable, Policy
from core.policy.file import unknown
from core.policy.keys import keys_of
from handlers.steps.listing import in_order
from plugins.api import Word
from plugins.config import config_problems
from plugins.definition import Definition

__all__ = ["run_list"]

FINE, BROKEN = 0, 1
_POLICY = 9  # characters: its longest common word


def run_list(word: Word, wanted: Wanted, *, as_json: bool) -> int:
    """Print the list and answer the exit code."""
    words = words_of(word)
    site, table = open_site(wanted), words.kind.table
    known = site.found[table]
    slips = (*unknown(site.file, known, table), *_elsewhere(site, table))
    lines = [_line(found, site, table) for found in in_order(known, site.policy, table)]
    if table == "actions":
        _numbered(lines)
    if as_json:
        typer.echo(json.dumps({table: lines, "problems": slips}, indent=2, default=str))
    else:
        _print(words, site, lines, slips)
    return BROKEN if slips or any(line["problem"] for line in lines) else FINE


def _line(found: Found, site: Site, table: PluginTable) -> dict[str, Any]:
    chosen = {name: value.value for name, value in values(found, site.policy, table).items()}
    return {
        "name": found.name,
        "door": found.door,
        "origin": found.origin,
        "title": getattr(found, "title", None),
        "scope": getattr(found, "scope", None),
        "when": found.options.when if isinstance(found, Definition) else None,
        **({"undo": _undo(found)} if table == "actions" else {}),
        **chosen,
        "enabled": is_on(found, site.policy, table),
        "problem": _problem(found, site, table),
    }


def _undo(found: Found) -> bool | None:
    return found.undo is not None if isinstance(found, Definition) else None


def _numbered(lines: list[dict[str, Any]]) -> None:
    """In which order they are done: before the run, and after it."""
    done = {"before": 0, "after": 0}
    for line in lines:
        at = line["when"] if line["enabled"] and not line["problem"] else None
        if at is not None:
            done[at] += 1
        line["order"] = None if at is None else done[at]


def _problem(found: Found, site: Site, table: PluginTable) -> str | None:
    """One that is off, and would need a config first, is no problem."""
    is_off = isinstance(found, Definition) and not is_on(found, site.policy, table)
    return None if is_off else problem_of(found, site.policy)


def _elsewhere(site: Site, table: PluginTable) -> tuple[str, ...]:
    """What is wrong with the configs that blocks make which are not in force here.

    Nobody lists them for every configuration, so each block is looked at by itself.
    """
    here = set(_bad_configs(site, site.policy, table))
    told = (slip for policy in site.file.each() for slip in _bad_configs(site, policy, table))
    return tuple(slip for slip in dict.fromkeys(told) if slip not in here)


def _bad_configs(site: Site, policy: Policy, table: PluginTable) -> Iterator[str]:
    for name in policy.checks if table == "checks" else policy.actions:
        found = site.found[table].get(name)
        if isinstance(found, Definition) and is_on(found, policy, table):
            yield from config_problems(found, policy)


def _print(words: Words, site: Site, lines: list[dict[str, Any]], slips: tuple[str, ...]) -> None:
    screen = console()
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0), show_edge=False)
    for header in (words.kind.word, "from", words.about, "is"):
        is_short = header != "from" or words.many == "checks"
        table.add_column(header, no_wrap=is_short, overflow="fold")
    table.add_column("policy", min_width=_POLICY)
    for line in lines:
        table.add_row(*(_cells(line, words)))
    screen.print(Indented(table, 0))
    problems = [(f"{line['name']} ({line['origin']})", line["problem"]) for line in lines]
    for where, why in [*problems, *(("", slip) for slip in slips)]:
        if why:
            said = f"{where}: {why}" if where else why
            screen.print(Text.assemble(("✗ ", "bold red"), plain(said, limit=800)))
    for note in (*site.notes, *_of_run(site.policy)):
        screen.print(plain(note, "dim"))
    on = sum(line["enabled"] for line in lines)
    screen.print(f"{count(len(lines), words.kind.word)}, {on} on")
    if on and words.many == "actions":
        order = "done in the order of their numbers, and put back in reverse"
        screen.print(Text(order, style="dim"))


def _of_run(policy: Policy) -> Iterator[str]:
    """What is not as usual in the policy for the run as a whole."""
    usual = keys_of(Policy)
    for one in run_values(policy):
        if one.value != usual[one.name].default:
            yield f"{one.name} = {as_toml(one.value)} ({one.source})"


def _cells(line: dict[str, Any], words: Words) -> tuple[Text, ...]:
    place = line["origin"] if line["door"] == words.kind.own else line["door"]
    about = "-" if line["scope"] is None else line["scope"]
    if line["when"] == "after":
        about += ", after"
    state = Text("on") if line["enabled"] else Text("off", style="dim")
    if line.get("order"):
        state.append(f" {line['order']}")
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
    if line.get("undo") is not None:
        words.append("undo yes" if line["undo"] else "undo no")
    return ", ".join(words)

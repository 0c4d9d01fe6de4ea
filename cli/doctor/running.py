"""What `patchgate doctor` does: ask every question, side by side, and print the answers."""

from __future__ import annotations

import contextlib
import io
import json
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from functools import partial
from typing import TypeVar

import typer
from rich.console import Console
from rich.text import Text

from cli.azure.app import AppClient, app_at
from cli.azure.connection import Connection, connect
from cli.azure.reaching import reach
from cli.doctor import events, function, rights, run
from cli.doctor.facts import Facts, facts_of
from cli.doctor.finding import Finding, answer_of, failure, ok
from cli.doctor.function import said_by
from cli.doctor.once import Once
from cli.doctor.project import (
    Project,
    all_actions,
    all_checks,
    host,
    open_project,
    policy,
)
from cli.exit_codes import DONE, NO
from cli.options import configuration_in
from cli.output import console
from cli.render.words import count, plain
from core.ids import ConfigurationId

__all__ = ["Wanted", "run_doctor"]

T = TypeVar("T")

_NO_END = 10_000  # characters: whoever pipes it on breaks lines as they like
_NARROWEST = 30

_SIGNS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "failure": ("✗", "bold red")}
_OF_PROJECT: tuple[tuple[str, Callable[[str, Project], Finding]], ...] = (
    ("policy", policy),
    ("checks", all_checks),
    ("actions", all_actions),
    ("host settings", host),
)
_OF_AZURE: tuple[tuple[str, Callable[[str, Facts], Finding]], ...] = (
    ("clock", run.clock),
    ("configuration", run.configuration),
    ("next run", run.next_run),
    ("machines", run.machines),
    ("event subscription", events.subscription),
    ("event types", events.event_types),
    ("event filter", events.event_filter),
    ("retries", events.retries),
    ("dead letters", events.dead_letters),
    ("function", function.function),
    ("worker settings", function.workers),
    ("allow-list", function.claims),
    ("rights on configurations", rights.rights_on_configurations),
    ("rights on machines", rights.rights_on_machines),
    ("rights of actions", rights.rights_of_actions),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the command line says."""

    configuration: str
    app: str | None = None
    key: str | None = None
    arm: str | None = None
    as_json: bool = False


def run_doctor(wanted: Wanted, *, azure: Connection | None = None) -> int:
    """Ask, print, and answer the exit code. `azure` in place of the one that `arm` is."""
    id_ = configuration_in(wanted.configuration)
    azure = azure or connect(wanted.arm)
    app = None if wanted.app is None else app_at(wanted.app, wanted.key)
    with _progress(f"looking at {id_.name}"):
        found = _findings(azure, id_, open_project(azure, id_), app)
    if wanted.as_json:
        typer.echo(json.dumps(_told(id_, found), indent=2, ensure_ascii=False))
    else:
        _print(id_, found)
    return NO if any(one.state == "failure" for one in found) else DONE


def _findings(
    azure: Connection, id_: ConfigurationId, project: Project, app: AppClient | None
) -> tuple[Finding, ...]:
    own = [answer_of(name, _about(project, ask)) for name, ask in _OF_PROJECT]
    reached = answer_of("Azure", partial(_reached, azure))
    if reached.state != "ok":
        # Each of the others would wait for its own minute, to say the same.
        return (*own, reached)
    _ = azure.reader, azure.graph  # made here, not by several threads at once
    facts = facts_of(azure, id_, project.site)
    asked = [Once(partial(answer_of, name, _about(facts, ask))) for name, ask in _OF_AZURE]
    page = answer_of("app", lambda name: function.app_answers(name, facts, app))
    return (*own, reached, *(one.get() for one in asked), page)


def _about(thing: T, ask: Callable[[str, T], Finding]) -> Callable[[str], Finding]:
    return lambda question: ask(question, thing)


def _reached(azure: Connection, question: str) -> Finding:
    """Somebody is signed in, and Azure answers."""
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            reach(azure, "look at the next run")
    except typer.Exit:
        return failure(question, f"{said_by(said)}; nothing else was asked of it", "az login")
    name = "the simulated Azure" if azure.endpoint.simulated else azure.endpoint.url
    return ok(question, f"{name} answers")


def _progress(what: str) -> AbstractContextManager[object]:
    """On a terminal only. It keeps the stderr of now, since what commands say is led elsewhere."""
    shown = Console(file=sys.stderr)
    return shown.status(what) if shown.is_terminal else contextlib.nullcontext()


def _told(id_: ConfigurationId, found: Sequence[Finding]) -> dict[str, object]:
    return {
        "configuration": str(id_),
        "ready": all(one.state != "failure" for one in found),
        "findings": [asdict(one) for one in found],
    }


def _print(id_: ConfigurationId, found: Sequence[Finding]) -> None:
    out = console()
    for line in _lines(found, out.width if out.is_terminal else _NO_END):
        out.print(line, soft_wrap=True)
    failures, warnings = (sum(f.state == s for f in found) for s in ("failure", "warning"))
    word = "not ready" if failures else "ready"
    sums = f"{count(failures, 'failure')}, {count(warnings, 'warning')}"
    out.print(Text(f"{id_.name} is {word} for its next run: {sums}", style="bold"))


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_on_hyphens=False) or [""]


def _lines(found: Sequence[Finding], across: int) -> Iterator[Text]:
    """What is said keeps to its column, on a page so wide; a command is one line, to copy."""
    width = max(len(one.question) for one in found)
    for one in found:
        sign, style = _SIGNS[one.state]
        says = plain(one.says, limit=1500).plain
        first, *more = _wrapped(says, max(across - width - 4, _NARROWEST))
        yield Text.assemble((sign, style), f" {one.question:<{width}}  ", first)
        for line in more:
            yield Text(" " * (width + 4) + line)
        if one.mend:
            yield Text.assemble("  ", ("→ ", "dim"), plain(one.mend, "cyan", limit=3000))

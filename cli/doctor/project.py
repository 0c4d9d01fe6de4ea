"""Questions about the project that the command line is in: gate.toml, the checks, host.json."""

from __future__ import annotations

import contextlib
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import reduce
from pathlib import Path
from typing import Any

import typer

from cli.azure.connection import Connection
from cli.doctor.finding import Finding, failure, ok, warning
from cli.doctor.function import said_by
from cli.plugins.in_force import is_on, problem_of
from cli.plugins.site import Site, Wanted, open_site
from cli.project import project_root
from cli.render.words import count, span
from core.errors import BadPolicy
from core.ids import ConfigurationId
from core.policy import PluginTable
from core.policy.file import unknown
from core.timeline import FROZEN
from handlers.services import Services

__all__ = ["Project", "all_actions", "all_checks", "host", "open_project", "policy"]

_LENGTH = re.compile(r"(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2})", re.ASCII)
_TIMEOUTS = ("controlQueueVisibilityTimeout", "workItemQueueVisibilityTimeout")
_QUICK = timedelta(minutes=2)
_STORAGE = ("extensions", "durableTask", "storageProvider")


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """The site, or why there is none: `policy_problem` if it is for its policy file."""

    root: Path
    site: Site | None = None
    problem: str = ""
    policy_problem: str = ""


def open_project(azure: Connection, id_: ConfigurationId) -> Project:
    """Read the policy and load the checks; what goes wrong is told by the questions."""
    root, said = project_root(Path.cwd()), io.StringIO()
    services = Services(settings=azure.settings, root=root, clock=azure.clock)
    try:
        services.policy_file()
    except BadPolicy as error:
        return Project(root=root, problem="gate.toml is not legal", policy_problem=str(error))
    try:
        with contextlib.redirect_stderr(said):
            return Project(root=root, site=open_site(Wanted(configuration=str(id_)), services))
    except typer.Exit:
        return Project(root=root, problem=said_by(said))


def policy(question: str, project: Project) -> Finding:
    """The policy file is legal, and names no check, and no action, that there is not."""
    mend = "patchgate checks list, and mend gate.toml"
    if project.policy_problem:
        return failure(question, project.policy_problem, mend)
    if project.site is None:
        return failure(question, f"not held against the checks: {project.problem}", mend)
    site = project.site
    slips = (*unknown(site.file, site.checks), *unknown(site.file, site.actions, "actions"))
    if slips:
        return failure(question, "; ".join(slips), mend)
    if site.policy.mode == "observe":
        says = "it is legal; the mode is observe: nothing is cancelled"
        return warning(question, says, 'mode = "enforce" in gate.toml, and publish the app')
    notes = "".join(f"; {note}" for note in site.notes)
    return ok(question, f"{site.file.name} is legal{notes}")


def all_checks(question: str, project: Project) -> Finding:
    """Every check that is on has been loaded, and takes its config."""
    mend = "patchgate checks list"
    site = project.site
    if site is None:
        return failure(question, f"not loaded: {project.problem}", mend)
    on, broken = _on(site, "checks")
    if broken:
        return failure(question, "; ".join(broken), mend)
    if not on:
        return warning(question, "no check is on: every run goes ahead", mend)
    return ok(question, f"{count(on, 'check')} on, and each can be asked")


def all_actions(question: str, project: Project) -> Finding:
    """Every action that is on has been loaded, and takes its config."""
    mend = "patchgate actions list"
    site = project.site
    if site is None:
        return failure(question, f"not loaded: {project.problem}", mend)
    on, broken = _on(site, "actions")
    if broken:
        return failure(question, "; ".join(broken), mend)
    if not on:
        return ok(question, "none is on")
    if site.policy.mode == "observe":
        return ok(question, f"{count(on, 'action')} on, and none is done: the mode is observe")
    return ok(question, f"{count(on, 'action')} on, and each can be done")


def _on(site: Site, table: PluginTable) -> tuple[int, list[str]]:
    """How many are on, and why some of them cannot be asked, or done."""
    on = [found for found in site.found[table].values() if is_on(found, site.policy, table)]
    why = [(found.name, problem_of(found, site.policy)) for found in on]
    return len(on), [f"{name}: {problem}" for name, problem in why if problem is not None]


def host(question: str, project: Project) -> Finding:
    """The host lets a step wait, and gives the work of one that died to another soon.

    Defaults: https://learn.microsoft.com/azure/azure-functions/functions-host-json and
    https://learn.microsoft.com/azure/azure-functions/durable/durable-functions-bindings
    """
    mend = "take host.json from Patchgate, and publish the app"
    try:
        told = json.loads((project.root / "host.json").read_bytes())
    except (OSError, ValueError) as error:
        return failure(question, f"host.json cannot be read: {type(error).__name__}", mend)
    longest = _length(_at(told, "functionTimeout"))
    if longest is None or longest < FROZEN:
        says = f"functionTimeout is {_told(_at(told, 'functionTimeout'))}, less than {span(FROZEN)}"
        return failure(question, f"{says}: a step would be ended before the cut-off", mend)
    slow = [
        f"{name} is {_told(value)}"
        for name in _TIMEOUTS
        if (length := _length(value := _at(told, *_STORAGE, name))) is None or length > _QUICK
    ]
    if slow:
        says = f"{', '.join(slow)}: if a worker dies, its work lies still for so long"
        return warning(question, says, mend)
    return ok(question, f"functionTimeout and visibility timeouts of {project.root.name}/host.json")


def _at(told: Any, *path: str) -> Any:
    return reduce(
        lambda value, name: value.get(name) if isinstance(value, Mapping) else None, path, told
    )


def _told(value: object) -> str:
    return "not set" if value is None else repr(value)


def _length(value: object) -> timedelta | None:
    """`hh:mm:ss`, or days before it; -1 is for ever."""
    if value in ("-1", "-1.00:00:00"):
        return timedelta.max
    found = _LENGTH.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)

"""Every action there is, and what makes a function one."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from actions.kind import ACTIONS
from plugins import definition, discovery
from plugins.definition import Broken, Definition
from plugins.entry_points import Plugin

__all__ = ["define", "discover"]


def discover(
    folder: Path | None, plugins: Iterable[Plugin | Broken] | None = None
) -> tuple[Definition | Broken, ...]:
    """The shipped actions, those of `folder`, and those of the plugins: see `plugins.discovery`."""
    return discovery.discover(ACTIONS, folder, plugins)


def define(function: Any, *, door: str | None = None) -> Definition:
    """A function as an action, or `BadPlugin`: see `plugins.definition`."""
    return definition.define(ACTIONS, function, door=door)

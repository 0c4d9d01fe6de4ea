"""Every check there is, and what makes a function one."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from checks.kind import CHECKS
from plugins import definition, discovery
from plugins.definition import Broken, Definition
from plugins.entry_points import Plugin

__all__ = ["define", "discover"]


def discover(
    folder: Path | None, plugins: Iterable[Plugin | Broken] | None = None
) -> tuple[Definition | Broken, ...]:
    """The shipped checks, those of `folder`, and those of the plugins: see `plugins.discovery`."""
    return discovery.discover(CHECKS, folder, plugins)


def define(function: Any, *, door: str | None = None) -> Definition:
    """A function as a check, or `BadPlugin`: see `plugins.definition`."""
    return definition.define(CHECKS, function, door=door)

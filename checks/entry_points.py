"""The third door: checks of installed packages, which name theirs as entry points.

In the `pyproject.toml` of a package:

    [project.entry-points."patchgate.checks"]
    disks = "acme_checks.disks"

The value is a module, or `module:function` for one marked function of it.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from checks.api import mark_of, marked
from checks.definition import BrokenCheck
from checks.loading import Found, Homes, checks_in, known_in, told
from core.errors import shorten, text_of

__all__ = ["GROUP", "Plugin", "installed", "load_plugin"]

GROUP = "patchgate.checks"
_LEGAL = "legal values: a module, or module:function for a function that is marked with @check"
_DOTTED = r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*"
_VALUE = re.compile(rf"({_DOTTED})(?:\s*:\s*({_DOTTED}))?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """One entry point, and the distribution that it came with."""

    name: str
    value: str
    distribution: str
    version: str

    @property
    def door(self) -> str:
        """How its checks came in."""
        return f"plugin {self.distribution} {self.version}"

    @property
    def package(self) -> str:
        """The top-level package that it loads."""
        return re.split(r"[.:\s]", self.value.strip(), maxsplit=1)[0]

    def broken(self, problem: str) -> BrokenCheck:
        """The entry point as a whole; its name is no check's, so no policy can switch it off."""
        return BrokenCheck(
            name=f"plugin {self.distribution} {self.name}",
            origin=f"{self.distribution} {self.version}: {shorten(self.value)}",
            problem=problem,
            door=self.door,
        )


def installed() -> tuple[Plugin | BrokenCheck, ...]:
    """The entry points of this group, in a fixed order; nothing of theirs is imported."""
    from importlib.metadata import entry_points  # noqa: PLC0415

    try:
        plugins = [_plugin(point) for point in entry_points(group=GROUP)]
    except Exception as error:  # noqa: BLE001 - metadata of any package there is
        why = f"the installed packages cannot be listed: {type(error).__name__}: {text_of(error)}"
        return (
            BrokenCheck(name="plugins", origin=GROUP, problem=shorten(why, 300), door="plugin"),
        )
    return tuple(sorted(plugins, key=lambda plugin: (plugin.distribution, plugin.name)))


def _plugin(point: Any) -> Plugin:
    return Plugin(
        name=shorten(point.name, 60),
        value=point.value,
        distribution=shorten(text_of(point.dist.name), 60),
        version=shorten(text_of(point.dist.version), 30),
    )


def load_plugin(plugin: Plugin, homes: Homes) -> Iterator[Found]:
    """Every check of an entry point, whose module is imported like any other."""
    value = _VALUE.fullmatch(plugin.value.strip())
    if value is None:
        yield plugin.broken(f"its value is not legal; {_LEGAL}")
        return
    name, attribute = value.groups()
    try:
        module = importlib.import_module(name)
        chosen: Any = module
        for part in (attribute or "").split(".") if attribute else ():
            chosen = getattr(chosen, part)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - others' code: SystemExit too
        yield plugin.broken(f"{told(error)}; {_LEGAL}")
        return
    yield from _checks_of(plugin, chosen, name, homes)


def _checks_of(plugin: Plugin, chosen: Any, name: str, homes: Homes) -> Iterator[Found]:
    if isinstance(chosen, ModuleType):
        known, made = known_in(chosen), _made_by(chosen.__name__)
    else:
        known, made = ([chosen] if mark_of(chosen) is not None else []), []
    if not known and not made:
        yield plugin.broken(f"holds no check: mark one with @check; {_LEGAL}")
    yield from checks_in(name, known, made, homes=homes, door=plugin.door)


def _made_by(module: str) -> list[Any]:
    """What a module has marked, whether or not it still knows it; it may be loaded already."""
    return [check for check in marked if getattr(check, "__module__", None) == module]

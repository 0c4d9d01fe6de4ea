"""The third door: installed packages, which name their checks or actions as entry points.

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

from core.errors import shorten, text_of
from plugins.api import Word, mark_of, marked
from plugins.definition import Broken
from plugins.kinds import Kind
from plugins.loading import Found, Homes, found_in, known_in, told

__all__ = ["Plugin", "installed", "load_plugin"]

_LEGAL = "legal values: a module, or module:function for a function that is marked with @{}"
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
        """How what it holds came in."""
        return f"plugin {self.distribution} {self.version}"

    @property
    def package(self) -> str:
        """The top-level package that it loads."""
        return re.split(r"[.:\s]", self.value.strip(), maxsplit=1)[0]

    def broken(self, problem: str) -> Broken:
        """The entry point as a whole; nothing else has its name, so no policy can switch it off."""
        return Broken(
            name=f"plugin {self.distribution} {self.name}",
            origin=f"{self.distribution} {self.version}: {shorten(self.value)}",
            problem=problem,
            door=self.door,
        )


def installed(kind: Kind) -> tuple[Plugin | Broken, ...]:
    """The entry points of this kind, in a fixed order; nothing of theirs is imported."""
    from importlib.metadata import entry_points  # noqa: PLC0415

    try:
        plugins = [_plugin(point) for point in entry_points(group=kind.group)]
    except Exception as error:  # noqa: BLE001 - metadata of any package there is
        why = f"the installed packages cannot be listed: {type(error).__name__}: {text_of(error)}"
        return (
            Broken(name="plugins", origin=kind.group, problem=shorten(why, 300), door="plugin"),
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
    """All of an entry point, whose module is imported like any other."""
    legal = _LEGAL.format(homes.kind)
    value = _VALUE.fullmatch(plugin.value.strip())
    if value is None:
        yield plugin.broken(f"its value is not legal; {legal}")
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
        yield plugin.broken(f"{told(error)}; {legal}")
        return
    yield from _found_in(plugin, chosen, name, homes)


def _found_in(plugin: Plugin, chosen: Any, name: str, homes: Homes) -> Iterator[Found]:
    word = homes.kind.word
    if isinstance(chosen, ModuleType):
        known, made = known_in(chosen, word), _made_by(chosen.__name__, word)
    else:
        known, made = ([chosen] if mark_of(chosen, word) is not None else []), []
    if not known and not made:
        why = f"holds no {word}: mark one with @{word}; {_LEGAL.format(word)}"
        yield plugin.broken(why)
    yield from found_in(name, known, made, homes=homes, door=plugin.door)


def _made_by(module: str, word: Word) -> list[Any]:
    """What a module has marked, whether or not it still knows it; it may be loaded already."""
    return [one for one in marked(word) if getattr(one, "__module__", None) == module]

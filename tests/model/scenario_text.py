"""A scenario as the TOML of a file for `patchgate simulate`: `load_scenario` reads it back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any

from simulator.scenario import Scenario

__all__ = ["scenario_toml", "toml_value"]


def scenario_toml(scenario: Scenario) -> str:
    """Every value that is not the default."""
    return "\n".join((*_lines(scenario), ""))


def _lines(scenario: Scenario) -> Iterator[str]:
    told = [(field.name, getattr(scenario, field.name)) for field in _told(scenario)]
    for name, value in told:
        if not is_dataclass(value) and not _is_tables(value):
            yield f"{name} = {toml_value(value)}"
    for name, value in told:
        if is_dataclass(value):
            yield from ("", f"[{name}]", *_keys(value))
        elif _is_tables(value):
            for one in value:
                yield from ("", f"[[{name}]]", *_keys(one))


def _is_tables(value: Any) -> bool:
    return isinstance(value, tuple) and bool(value) and all(map(is_dataclass, value))


def _keys(table: Any) -> Iterator[str]:
    for field in _told(table):
        yield f"{field.name} = {toml_value(getattr(table, field.name))}"


def _told(value: Any) -> Iterator[Field[Any]]:
    for field in fields(value):
        given = getattr(value, field.name)
        factory = field.default_factory
        default = factory() if factory is not MISSING else field.default
        if given is not None and (given != default or type(given) is not type(default)):
            yield field


def toml_value(value: Any) -> str:
    """A value of JSON's types as TOML writes it, tables in one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        # JSON's escapes are TOML's, but for DEL, which TOML wants escaped as well.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Mapping):
        items = (f"{toml_value(str(key))} = {toml_value(one)}" for key, one in value.items())
        return "{ " + ", ".join(items) + " }" if value else "{}"
    return "[" + ", ".join(map(toml_value, value)) + "]"

"""What is in force for a check or an action: its author's choices and the site's. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from core.masking import names_secret
from core.policy import CheckPolicy, PluginTable, Policy, dotted
from core.policy.keys import keys_of
from plugins.api import Options
from plugins.config import config_of, config_problem
from plugins.definition import Broken, Definition

__all__ = ["Value", "config_values", "is_on", "problem_of", "run_values", "values"]

Found = Definition | Broken

# What an author who says nothing has chosen.
_DEFAULTS: dict[PluginTable, Options] = {"checks": Options(), "actions": Options(enabled=False)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A value and who set it: a line of the policy file, the author, or nobody."""

    name: str
    value: Any
    source: str


def values(found: Found, policy: Policy, table: PluginTable = "checks") -> dict[str, Value]:
    """The value in force of each key that a policy may set for it, but its config."""
    rule = policy.of(found.name, table)
    return {
        name: _value(found, policy, table, name, getattr(rule, name))
        for name in keys_of(CheckPolicy)
    }


def run_values(policy: Policy) -> Iterator[Value]:
    """The value of each key that a policy may set for the run as a whole."""
    for name in keys_of(Policy):
        source = policy.sources.get(name, "default")
        yield Value(name=name, value=getattr(policy, name), source=source)


def _value(found: Found, policy: Policy, table: PluginTable, name: str, said: Any) -> Value:
    if name == "on_unknown" and said is None:
        said = policy.on_unknown
    source = policy.source(found.name, name, table)
    if said is not None and source is not None:
        return Value(name=name, value=said, source=source)
    usual = _DEFAULTS["checks"]
    if isinstance(found, Definition):
        usual, options = _DEFAULTS[table], found.options
    else:
        options = usual  # nobody can say of a broken one when it is asked: so it is, each time
    own = getattr(options, name, said)
    is_default = own == getattr(usual, name, said)
    author = f"the {table.removesuffix('s')}'s author"
    return Value(name=name, value=own, source="default" if is_default else author)


def is_on(found: Found, policy: Policy, table: PluginTable = "checks") -> bool:
    """It is asked. One that cannot be loaded is UNKNOWN each time, unless it is switched off."""
    return bool(values(found, policy, table)["enabled"].value)


def config_values(found: Definition, policy: Policy) -> Iterator[Value]:
    """Every key of its own config. Raises `BadPlugin` if the config is not legal."""
    table = found.kind.table
    config = config_of(found, policy.of(found.name, table).config)
    for name in _fields(config):
        shown = "(masked)" if names_secret(name) else getattr(config, name)
        path = dotted((table, found.name, "config", name))
        source = policy.sources.get(path, "default")
        yield Value(name=name, value=shown, source=source)


def _fields(config: Any) -> list[str]:
    if dataclasses.is_dataclass(config):
        return [field.name for field in dataclasses.fields(config)]
    return list(getattr(type(config), "model_fields", ()))


def problem_of(found: Found, policy: Policy) -> str | None:
    """Why it cannot be asked, or done; None if it can."""
    if isinstance(found, Broken):
        return found.problem
    return config_problem(found, policy)

"""What `patchgate checks show` and `patchgate actions show` tell, for programs. No secret is in it.

An author's config may hold values of any type: what JSON has no form for is told as text.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from enum import Enum
from typing import Any

from cli.plugins.in_force import Value, config_values, is_on, problem_of, run_values, values
from cli.plugins.site import Found, Site
from cli.plugins.words import Words
from core.errors import BadPlugin, text_of
from core.masking import mask, names_secret
from plugins.definition import Definition
from plugins.doc import paragraphs

__all__ = ["facts"]

_MASKED = "(masked)"
_DEEPEST = 20  # levels of a config that are told one by one


def facts(found: Found, site: Site, words: Words) -> dict[str, Any]:
    """Plain JSON types, as docs/schemas/checks-show.json and actions-show.json publish them."""
    problem, table = problem_of(found, site.policy), words.kind.table
    return {
        "name": found.name,
        "kind": words.kind.word,
        "title": None,
        "origin": found.origin,
        "door": found.door,
        "enabled": is_on(found, site.policy, table),
        "when": None,
        "scope": None,
        "undo": None,
        "problem": None if problem is None else mask(problem),
        "doc": [],
        "policy": _by_name(values(found, site.policy, table).values()),
        "config": {},
        "needs": [],
        **(_of_author(found, site) if isinstance(found, Definition) else {}),
        "run_policy": _by_name(run_values(site.policy)),
        "notes": list(site.notes),
    }


def _of_author(found: Definition, site: Site) -> dict[str, Any]:
    """What only one that could be loaded says of itself."""
    undo = found.undo
    return {
        "title": found.title,
        "when": found.options.when,
        "scope": found.scope,
        "undo": undo and {"name": undo.function.__name__, "title": undo.title},
        "doc": [{"head": head, "text": mask(text)} for head, text in paragraphs(found.doc)],
        "config": _config(found, site),
        "needs": list(found.options.needs),
    }


def _config(found: Definition, site: Site) -> dict[str, Any]:
    try:
        return _by_name(config_values(found, site.policy))
    except BadPlugin:
        return {}  # the problem says why


def _by_name(shown: Iterable[Value]) -> dict[str, Any]:
    return {one.name: {"value": _plain(one.value), "source": one.source} for one in shown}


def _plain(value: object, depth: int = 0) -> object:
    """The value as JSON has it, or its text; below a name that tells of a secret it is masked."""
    if isinstance(value, Enum):
        return _plain(value.value, depth + 1)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if (named := _named(value)) is not None and depth < _DEEPEST:
        return {
            mask(text_of(name)): _MASKED if names_secret(text_of(name)) else _plain(one, depth + 1)
            for name, one in named.items()
        }
    if isinstance(value, AbstractSet):
        value = sorted(value, key=text_of)
    if isinstance(value, list | tuple) and depth < _DEEPEST:
        return [_plain(one, depth + 1) for one in value]
    return mask(text_of(value))


def _named(value: object) -> Mapping[Any, Any] | None:
    """The inner values by their names, of what has such."""
    if isinstance(value, Mapping):
        return value
    if dataclasses.is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    fields = getattr(type(value), "model_fields", None)
    return {name: getattr(value, name) for name in fields} if isinstance(fields, dict) else None

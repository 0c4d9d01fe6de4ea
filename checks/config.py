"""A check's own config: made of what the policy file says, or told key by key why it cannot be."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from checks.definition import CheckDefinition
from core.errors import BadConfig, shorten, text_of
from core.policy import Policy
from core.policy.file import hint

__all__ = ["config_of", "config_problem"]


def config_of(definition: CheckDefinition, given: Mapping[str, Any]) -> Any:
    """The check's config, from the policy file. Raises `BadConfig` that names every bad key."""
    problems = [*_unknown_keys(definition, given)]
    unknown = {key for key, _ in problems}
    config = None
    try:
        config = _made(definition, {k: v for k, v in given.items() if k not in unknown})
    except BadConfig as error:
        problems += error.problems
    if problems:
        raise BadConfig(definition.name, definition.origin, tuple(problems))
    return config


def config_problem(definition: CheckDefinition, policy: Policy) -> str | None:
    """What is wrong with the check's config in that policy, each key with its line; or None."""
    try:
        config_of(definition, policy.of(definition.name).config)
    except BadConfig as error:
        return "; ".join(_placed(definition.name, policy, *problem) for problem in error.problems)
    return None


def _placed(check: str, policy: Policy, key: str, why: str) -> str:
    place = policy.place("checks", check, "config", *([key] if key else []))
    told = f"config.{shorten(key, 60)}: {why}" if key else f"config: {why}"
    return f"{place}: {told}" if place else told


def _unknown_keys(
    definition: CheckDefinition, given: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    kind = definition.config_type
    if kind is None:
        yield from ((key, "the check takes no config") for key in given)
        return
    known = _keys(kind)
    for key in given:
        if known is not None and key not in known:
            yield key, f"there is no such key; {hint(key, known)}"


def _made(definition: CheckDefinition, given: Mapping[str, Any]) -> Any:
    from pydantic import TypeAdapter, ValidationError  # noqa: PLC0415

    kind = definition.config_type
    if kind is None:
        return None
    try:
        return TypeAdapter(kind).validate_python(dict(given))
    except ValidationError as error:
        problems = tuple(_problem(one) for one in error.errors(include_url=False))
        raise BadConfig(definition.name, definition.origin, problems) from error
    except Exception as error:  # users' code: their type's own, or no type that can be validated
        why = f"cannot be made: {type(error).__name__}: {shorten(text_of(error))}"
        raise BadConfig(definition.name, definition.origin, (("", why),)) from error


def _problem(error: Any) -> tuple[str, str]:
    """The key, and why its value (or what lies deeper in it) is not legal."""
    key, *deeper = map(str, error["loc"]) if error["loc"] else ("",)
    why = error["msg"].removeprefix("Value error, ")
    if not key:  # several keys do not go together
        return "", why
    where = f"{'.'.join(deeper)}: " if deeper else ""
    return key, f"{where}{why} (is {shorten(error.get('input'), 40)})"


def _keys(kind: type[Any]) -> set[str] | None:
    if dataclasses.is_dataclass(kind):
        return {field.name for field in dataclasses.fields(kind)}
    fields = getattr(kind, "model_fields", None)
    return set(fields) if isinstance(fields, dict) else None

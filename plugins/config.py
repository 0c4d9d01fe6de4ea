"""A check's or action's own config: made of what the policy file says, or why it cannot be."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from typing import Any

from core.errors import BadConfig, shorten, text_of
from core.masking import names_secret
from core.policy import Policy
from core.policy.file import hint
from plugins.definition import Definition

__all__ = ["config_of", "config_problem", "config_problems"]

_MASKED = "(masked)"


def config_of(definition: Definition, given: Mapping[str, Any]) -> Any:
    """Its config, from the policy file. Raises `BadConfig` that names every bad key."""
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


def config_problem(definition: Definition, policy: Policy) -> str | None:
    """What is wrong with its config in that policy, each key with its line; or None."""
    return "; ".join(config_problems(definition, policy)) or None


def config_problems(definition: Definition, policy: Policy) -> tuple[str, ...]:
    """The same, a sentence for each key."""
    try:
        config_of(definition, policy.of(definition.name, definition.kind.table).config)
    except BadConfig as error:
        return tuple(_placed(definition, policy, *problem) for problem in error.problems)
    return ()


def _placed(definition: Definition, policy: Policy, key: str, why: str) -> str:
    table = definition.kind.table
    place = policy.place(table, definition.name, "config", *([key] if key else []))
    told = f"config.{shorten(key, 60)}: {why}" if key else f"config: {why}"
    return f"{place}: {told}" if place else told


def _unknown_keys(definition: Definition, given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    kind = definition.config_type
    if kind is None:
        yield from ((key, f"the {definition.kind} takes no config") for key in given)
        return
    known = _keys(kind)
    for key in given:
        if known is not None and key not in known:
            yield key, f"there is no such key; {hint(key, known)}"


def _made(definition: Definition, given: Mapping[str, Any]) -> Any:
    from pydantic import TypeAdapter, ValidationError  # noqa: PLC0415

    kind = definition.config_type
    if kind is None:
        return None
    try:
        return TypeAdapter(kind).validate_python(dict(given))
    except ValidationError as error:
        problems = tuple(_problem(one, given) for one in error.errors(include_url=False))
        raise BadConfig(definition.name, definition.origin, problems) from error
    except Exception as error:  # users' code: their type's own, or no type that can be validated
        why = f"cannot be made: {type(error).__name__}: {shorten(_masked(text_of(error), given))}"
        raise BadConfig(definition.name, definition.origin, (("", why),)) from error


def _problem(error: Any, given: Mapping[str, Any]) -> tuple[str, str]:
    """The key, and why its value (or what lies deeper in it) is not legal."""
    key, *deeper = map(str, error["loc"]) if error["loc"] else ("",)
    why = shorten(_masked(error["msg"].removeprefix("Value error, "), given), 300)
    if not key:  # several keys do not go together
        return "", why
    where = f"{'.'.join(deeper)}: " if deeper else ""
    return key, f"{where}{why} (is {_seen(error, given)})"


def _seen(error: Any, given: Mapping[str, Any]) -> str:
    """The value that is not legal, unless it is a secret or belongs to one."""
    if any(names_secret(str(part)) for part in error["loc"]):
        return _MASKED
    value = error.get("input")
    return shorten(_masked(value if isinstance(value, str) else repr(value), given), 40)


def _masked(text: str, given: Mapping[str, Any]) -> str:
    """The text without the secrets of the config: an author's own errors may quote them."""
    secrets = {form for secret in _secrets(given) for form in (secret, repr(secret)[1:-1])}
    if not secrets:
        return text
    longest_first = sorted(secrets, key=len, reverse=True)  # one may be the beginning of another
    return re.sub("|".join(map(re.escape, longest_first)), _MASKED, text)


def _secrets(value: object, *, named: bool = False) -> Iterator[str]:
    """Every text at or below a key that names a secret, however deep."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _secrets(inner, named=named or names_secret(str(key)))
    elif isinstance(value, list):
        for inner in value:
            yield from _secrets(inner, named=named)
    elif named and isinstance(value, str) and value:
        yield value


def _keys(kind: type[Any]) -> set[str] | None:
    if dataclasses.is_dataclass(kind):
        return {field.name for field in dataclasses.fields(kind)}
    fields = getattr(kind, "model_fields", None)
    return set(fields) if isinstance(fields, dict) else None

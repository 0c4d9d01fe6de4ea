"""Does every property of every resource exist, and take such a value? By Azure's own types."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from tests.infra.bicep import MARK, Bicep
from tests.infra.symbols import inner, is_expression

_TYPES = Path(__file__).parent / "azure_types.json"
_OURS = ("parent", "scope", "dependsOn")  # of Bicep itself
_EXPRESSIONS = ("function", "operator", "loop_type")


@cache
def types() -> dict[str, Any]:
    """Type → apiVersion, source, root and types: see tools/azure_types.py."""
    found: dict[str, Any] = json.loads(_TYPES.read_text(encoding="utf-8"))
    return found


def problems(file: Bicep) -> Iterator[str]:
    """All that Azure would refuse in the resources of the file."""
    for name, resource in file.part("resources").items():
        known = types().get(resource["type"])
        if known is None:
            yield f"{name}: nothing is known of {resource['type']}: run tools/azure_types.py"
        elif known["apiVersion"] != resource["api_version"]:
            yield f"{name}: its properties are known as of {known['apiVersion']}"
        elif not resource["existing"]:
            yield from _object(inner(resource["config"]), known["root"], known["types"], name)


def _object(
    value: dict[str, Any], kind: dict[str, Any], known: dict[str, Any], path: str
) -> Iterator[str]:
    properties = dict(kind["properties"])
    if "discriminator" in kind:
        element = _element(value, kind)
        if element is None:
            key = kind["discriminator"]
            yield f"{path}.{key}: {_shown(value.get(_quoted(value, key)))} is none of the kinds"
            return
        properties |= element
    given = {name.strip("'"): one for name, one in value.items()}
    for name, one in given.items():
        if name in _OURS or (kind.get("any") and name not in properties):
            continue
        if name not in properties:
            yield f"{path}.{name}: there is no such property"
        elif "ReadOnly" in properties[name][1:] and name != "name":
            yield f"{path}.{name}: only Azure sets it"
        else:
            where = {**known, **({"properties": kind["inner"]} if "inner" in kind else {})}
            yield from _value(one, properties[name][0], where, f"{path}.{name}")
    for name, (_, *flags) in properties.items():
        if "Required" in flags and name not in given:
            yield f"{path}: {name} is missing"


def _quoted(value: dict[str, Any], key: str) -> str:
    return key if key in value else f"'{key}'"


def _element(value: dict[str, Any], kind: dict[str, Any]) -> dict[str, Any] | None:
    key = kind["discriminator"]
    value_of_key = value.get(_quoted(value, key))
    said = _shown(value_of_key)
    if isinstance(value_of_key, str) and not value_of_key.startswith(MARK):
        # A name, for instance that of a loop, may be any of the kinds.
        return {name: ["any"] for one in kind["elements"] for name in one}
    found: dict[str, Any] | None = next(
        (one for one in kind["elements"] if one[key][0].strip("'") == said), None
    )
    return found


def _value(value: Any, kind: str, known: dict[str, Any], path: str) -> Iterator[str]:
    if isinstance(value, dict) and any(is_expression(value, word) for word in _EXPRESSIONS):
        yield from _expression(value, kind, known, path)
    elif value is None or kind in ("any", "object"):
        return
    elif isinstance(value, list) and kind.endswith("[]"):
        for number, one in enumerate(value):
            yield from _value(one, kind.removesuffix("[]"), known, f"{path}[{number}]")
    elif isinstance(value, dict) and kind in known:
        yield from _object(value, known[kind], known, path)
    elif isinstance(value, list | dict):
        yield f"{path}: it is {'a list' if isinstance(value, list) else 'an object'}, not {kind}"
    elif not _is(value, kind):
        yield f"{path}: {_shown(value)} is not {kind}"


def _expression(
    value: dict[str, Any], kind: str, known: dict[str, Any], path: str
) -> Iterator[str]:
    """What a loop repeats, and what a condition chooses from."""
    if "loop_type" in value and kind.endswith("[]"):
        yield from _value(value["config"], kind.removesuffix("[]"), known, f"{path}[]")
    elif is_expression(value, "operator") and value["operator"]["type"] == "conditional":
        operands = value["operator"]["operands"]
        yield from _value(operands["true_value"], kind, known, path)
        yield from _value(operands["false_value"], kind, known, path)


def _is(value: Any, kind: str) -> bool:
    """A literal of that kind. A name or a reference may be anything."""
    if isinstance(value, bool):
        return kind == "bool"
    if isinstance(value, int):
        return kind == "int"
    if not (isinstance(value, str) and value.startswith(MARK)):
        return True
    if "${" in value:
        return kind == "string" or "string" in kind.split(" | ")
    if kind in ("string", "int", "bool"):
        return kind == "string"
    choices = [choice.strip("'") for choice in kind.split(" | ")]
    # Azure calls most lists of choices open; a word that is not among them is a slip all the same.
    return value.removeprefix(MARK) in choices and value != f"{MARK}string"


def _shown(value: Any) -> str:
    return value.removeprefix(MARK) if isinstance(value, str) else str(value)

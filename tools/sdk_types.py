"""What a model of one of Microsoft's SDKs takes, as JSON: the other half of tools/azure_types.py.

python tools/sdk_types.py MODULE MODEL      (with the SDK on the path)
"""

from __future__ import annotations

import importlib
import json
import re
import sys
from types import ModuleType
from typing import Any

_SIMPLE = {"str": "string", "bool": "bool", "int": "int", "float": "int", "duration": "string"}
_VALUE = re.compile(r'"([^"]+)"')


def told(module: ModuleType, name: str) -> dict[str, Any]:
    """The type of that model, and those that it is made of."""
    types: dict[str, Any] = {}
    left = [name]
    while left:
        model = left.pop()
        if model not in types:
            types[model] = _type(module, model, left)
    root = types.pop(name)
    root["properties"].setdefault("name", ["string"])
    root["properties"]["name"] = ["string", "Required"]
    return {"root": root, "types": types}


def _type(module: ModuleType, name: str, left: list[str]) -> dict[str, Any]:
    model = getattr(module, name)
    kinds: dict[str, dict[str, str]] = getattr(model, "_subtype_map", {})
    if kinds and (below := next(iter(kinds.values()))):
        key = next(iter(kinds))
        wire = model._attribute_map[key]["key"].replace("\\.", ".")  # noqa: SLF001 - what it reads
        elements = []
        for value, child in below.items():
            properties = _fields(module, getattr(module, child), left)["properties"]
            elements.append({**properties, wire: [f"'{value}'", "Required"]})
        return {"discriminator": wire, "properties": {}, "elements": elements}
    return _fields(module, model, left)


def _fields(module: ModuleType, model: Any, left: list[str]) -> dict[str, Any]:
    """Its fields; those that the SDK has flattened are put back under `properties`."""
    top: dict[str, list[str]] = {}
    inner: dict[str, list[str]] = {}
    extra = False
    for field, said in model._attribute_map.items():  # noqa: SLF001 - what it reads
        if said["key"] == "":
            extra = True
            continue
        head, _, rest = re.sub(r"(?<!\\)\.", "\0", said["key"]).replace("\\.", ".").partition("\0")
        kind = _kind(module, said["type"], _values(model, field), left)
        rules = model._validation.get(field, {})  # noqa: SLF001 - (the same)
        flags = [flag for flag in ("Required", "ReadOnly") if rules.get(flag.lower())]
        (inner if rest else top)[rest or head] = [kind, *flags]
    found: dict[str, Any] = {"properties": top, **({"any": True} if extra else {})}
    if inner:
        top["properties"] = ["properties"]
        found["inner"] = {"properties": inner}
    return found


def _kind(module: ModuleType, kind: str, values: list[str], left: list[str]) -> str:
    if kind.startswith("["):
        return _kind(module, kind[1:-1], [], left) + "[]"
    if kind.startswith("{"):
        return "any"
    if kind in _SIMPLE:
        return " | ".join([*values, "string"]) if values and kind == "str" else _SIMPLE[kind]
    if hasattr(getattr(module, kind, None), "_attribute_map"):
        left.append(kind)
        return kind
    return "any"


def _values(model: Any, field: str) -> list[str]:
    """Those that the docstring knows."""
    said = re.search(rf":ivar {field}:(.*?):vartype {field}:", model.__doc__ or "", re.DOTALL)
    known = re.search(r"Known values are:(.*?)\.(?:\s|$)", said[1], re.DOTALL) if said else None
    return _VALUE.findall(known[1]) if known else []


if __name__ == "__main__":
    print(json.dumps(told(importlib.import_module(sys.argv[1]), sys.argv[2])))

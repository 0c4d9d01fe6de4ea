"""The JSON shapes that docs/schemas promises, which tests hold the commands to.

What is published allows for fields to come; here, a field that is not published is a failure.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

__all__ = ["SCHEMAS", "hold"]

SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"


def hold(value: object, command: str) -> None:
    """What a command printed has the shape that is published, such as `runs-list`."""
    _validator(command).validate(value)


@cache
def _validator(command: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"{command}.json"}, registry=_registry())


@cache
def _registry() -> Registry[Any]:
    return Registry().with_resources(
        (path.name, Resource.from_contents(_closed(json.loads(path.read_bytes()))))
        for path in SCHEMAS.glob("*.json")
    )


def _closed(schema: Any) -> Any:
    """The schema with no other properties than those that are named."""
    if isinstance(schema, list):
        return [_closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: _closed(value) for name, value in schema.items()}
    if isinstance(made.get("properties"), dict) and made.get("type") == "object":
        made.setdefault("additionalProperties", False)
    return made

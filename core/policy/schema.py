"""A JSON Schema of the policy file, for editors: made of the keys that its reader goes by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.policy.file import TABLES
from core.policy.keys import Key
from core.policy.reading import CHECK_KEYS, CHECK_NAME, DEFAULT_KEYS, TOP_KEYS

__all__ = ["policy_schema"]

Schema = dict[str, Any]

_DEFINED = "#/$defs/"


def policy_schema(
    configs: Mapping[str, Mapping[str, Any]],
    titles: Mapping[str, str] | None = None,
    *,
    actions: Mapping[str, Mapping[str, Any]] | None = None,
) -> Schema:
    """The schema, in draft 2020-12.

    `configs` has, for each check that is known, the JSON Schema of its config as pydantic writes
    it, and `actions` the same of actions; `titles` says what each of them is for. Other names are
    legal too: a site has some of its own. What the schema cannot say is left to the reader of the
    file: that `every` is within `patience`, and that an id in `configurations` is one of Azure's.
    """
    titles, actions = titles or {}, actions or {}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "gate.toml",
        "description": "What speaks against a maintenance run, and what happens then.",
        **_table({**_block(), "for": _for()}),
        "$defs": {
            "defaults": {
                "description": "For every check that does not say otherwise.",
                **_table(_keys(DEFAULT_KEYS)),
            },
            **_plugins("check", "For each check, by its name.", configs, titles),
            **_plugins("action", "For each action, in the order of doing.", actions, titles),
        },
    }


def _plugins(
    word: str, says: str, configs: Mapping[str, Mapping[str, Any]], titles: Mapping[str, str]
) -> Schema:
    """The tables of checks, or of actions: those that are known, and any other."""
    any_of_them, own = f"{_DEFINED}{word}", _own(word)
    article = "an" if word == "action" else "a"
    return {
        word: {
            "description": f"What the site says about {article} {word}. The table turns it on.",
            **_table({**_keys(CHECK_KEYS), "config": {**own, "type": "object"}}),
        },
        f"{word}s": {
            "description": says,
            "type": "object",
            "propertyNames": {"pattern": f"^{CHECK_NAME}$"},
            "properties": {name: {"$ref": f"{any_of_them}.{name}"} for name in sorted(configs)},
            "additionalProperties": {"$ref": any_of_them},
        },
        **{
            key: schema
            for name in sorted(configs)
            for key, schema in _known(word, name, configs[name], titles.get(name)).items()
        },
    }


def _own(word: str) -> Schema:
    return {"description": f"What the {word} itself wants to be told."}


def _table(properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _keys(keys: Mapping[str, Key]) -> Schema:
    return {name: _key(key) for name, key in keys.items()}


def _key(key: Key) -> Schema:
    default = {} if key.default is None else {"default": key.default}
    return {"description": key.says, **key.kind.schema, **default}


def _block() -> Schema:
    inner = {name: {"$ref": f"{_DEFINED}{name}"} for name in ("defaults", *TABLES)}
    return {**_keys(TOP_KEYS), **inner}


def _for() -> Schema:
    """The blocks. At their keys only the default is left out: theirs is what the top says."""
    inherited = {
        name: {word: said for word, said in schema.items() if word != "default"}
        for name, schema in _block().items()
    }
    block = _table({"configurations": _CONFIGURATIONS, "tags": _TAGS, **inherited})
    either = [{"required": ["configurations"]}, {"required": ["tags"]}]
    return {
        "description": "The same again for some maintenance configurations; the most specific "
        "block that sets a value wins.",
        "type": "array",
        "items": {**block, "anyOf": either},
    }


_CONFIGURATIONS = {
    "description": "Globs, without case: on the id of a maintenance configuration if it begins "
    "with /, else on its name. One must match.",
    "type": "array",
    "minItems": 1,
    "items": {"type": "string", "pattern": "^(?:/|[^/]+$)"},
    "examples": [["weekly-*"]],
}
_TAGS = {
    "description": "Globs, without case, on the values of tags of the maintenance configuration. "
    "All must match.",
    "type": "object",
    "minProperties": 1,
    "additionalProperties": {"type": "string"},
    "examples": [{"env": "prod*"}],
}


def _known(word: str, name: str, config: Mapping[str, Any], title: str | None) -> Schema:
    """One whose config is known, and what that refers to."""
    own = _moved(config, f"{word}.{name}.")
    inner = own.pop("$defs", {})
    # A block may set one key and leave the others to the top, so none can be required of a table.
    own.pop("required", None)
    properties = {key: {"$ref": f"{_DEFINED}{word}/properties/{key}"} for key in CHECK_KEYS}
    closed = {**_own(word), "additionalProperties": False, **own}
    one = {"description": title or name, **_table({**properties, "config": closed})}
    return {f"{word}.{name}": one} | {f"{word}.{name}.{key}": inner[key] for key in inner}


def _moved(schema: Any, prefix: str) -> Any:
    """A copy whose references find their definitions under that prefix."""
    if isinstance(schema, Mapping):
        return {key: _moved(inner, prefix) for key, inner in schema.items()}
    if isinstance(schema, list):
        return [_moved(inner, prefix) for inner in schema]
    if isinstance(schema, str) and schema.startswith(_DEFINED):
        return schema.replace(_DEFINED, _DEFINED + prefix, 1)
    return schema

"""The JSON Schema of gate.toml says what its reader says."""

from __future__ import annotations

import json
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from core.errors import BadPolicy
from core.policy.reading import CHECK_KEYS, TOP_KEYS, parse_policy_file
from core.policy.schema import policy_schema
from tests.core.policy.files import BAD, BEYOND_SCHEMA, LEGAL, ROOT, VALUES
from tools.schema import FILE, current

ANY = Draft202012Validator(policy_schema({}))
TREE = {
    "type": "object",
    "properties": {
        "root": {"$ref": "#/$defs/Node"},
        "limit": {"type": "integer"},
        "either": {"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "string"}]},
    },
    "required": ["root"],
    "$defs": {"Node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}}}},
}


def accepts(text: str, schema: Any = ANY) -> bool:
    """Whether an editor would be content with that file."""
    return bool(schema.is_valid(tomllib.loads(text)))


def is_legal(text: str) -> bool:
    """Whether the gate would be."""
    with suppress(BadPolicy):
        parse_policy_file(text)
        return True
    return False


def test_the_file_is_that_of_the_code() -> None:
    """If this fails, run: python tools/schema.py (in the virtual environment, from the root)."""
    assert FILE.read_text(encoding="utf-8") == current(), "out of date: run python tools/schema.py"
    Draft202012Validator.check_schema(json.loads(current()))


def shipped() -> Any:
    """The file that editors use."""
    return Draft202012Validator(json.loads(FILE.read_text(encoding="utf-8")))


def test_the_shipped_policy_names_its_schema_and_keeps_it() -> None:
    """Editors find it from the first line."""
    text = (ROOT / "gate.toml").read_text(encoding="utf-8")
    where = text.splitlines()[0].removeprefix("#:schema ")
    assert (ROOT / where).samefile(FILE)
    assert accepts(text, shipped())


@pytest.mark.parametrize("file", sorted(ROOT.glob("samples/**/gate.toml")), ids=str)
def test_every_sample_is_legal(file: Path) -> None:
    """For the gate, and in an editor."""
    text = file.read_text(encoding="utf-8")
    assert is_legal(text)
    shipped().validate(tomllib.loads(text))


@pytest.mark.parametrize("text", LEGAL)
def test_what_is_legal_is_accepted(text: str) -> None:
    """By the schema as by the reader."""
    assert accepts(text)
    assert is_legal(text)


@pytest.mark.parametrize("text", BAD)
def test_what_is_not_legal_is_refused(text: str) -> None:
    """By the schema as by the reader."""
    assert not accepts(text)


@pytest.mark.parametrize("text", BEYOND_SCHEMA)
def test_what_the_schema_cannot_say_is_known(text: str) -> None:
    """So the list of what only the reader sees is complete and not too long."""
    assert accepts(text)
    assert not is_legal(text)


@settings(deadline=None, max_examples=300)
@given(
    table=st.sampled_from(["", "[defaults]", "[checks.x]", "[[for]]\ntags.env = 'x'"]),
    key=st.sampled_from([*TOP_KEYS, *CHECK_KEYS, "configurations", "tags", "checks", "defaults"]),
    value=VALUES,
)
def test_reader_and_schema_agree(table: str, key: str, value: str) -> None:
    """On any value at any key, anywhere."""
    text = f"{table}\n{key} = {value}"
    with suppress(tomllib.TOMLDecodeError):  # tags twice
        assert accepts(text) == is_legal(text)


def test_the_config_of_a_known_check_is_completed_and_held_to_its_schema() -> None:
    """Its own keys only; and none is required, since a block may set one and the top the others."""
    known = Draft202012Validator(policy_schema({"tree": TREE, "plain": {"properties": {}}}))
    assert accepts("checks.tree.config.root.next.next = {}", known)
    assert accepts("checks.tree.config.limit = 1\nchecks.tree.timeout = 1", known)
    assert accepts("checks.tree.config.either.next = {}", known)
    assert not accepts("checks.tree.config.either.next = 1", known)
    assert accepts("[[for]]\ntags.a = '*'\nchecks.tree.config.limit = 1", known)
    assert accepts("checks.others_own.config.any = 1", known)
    assert not accepts("checks.tree.config.rot = {}", known)
    assert not accepts("checks.tree.config.root.next = 1", known)
    assert not accepts("checks.tree.timeout = 0", known)
    assert not accepts("[[for]]\ntags.a = '*'\nchecks.tree.config.limit = 'x'", known)
    assert not accepts("checks.plain.config.any = 1", known)


def test_every_key_is_explained_and_the_defaults_are_those_in_force() -> None:
    """What an editor shows beside a key."""
    schema = policy_schema({}, {})
    tops = schema["properties"]
    own = schema["$defs"]["check"]["properties"]
    assert all(tops[key]["description"] for key in TOP_KEYS)
    assert all(own[key]["description"] for key in CHECK_KEYS)
    assert {key: tops[key]["default"] for key in TOP_KEYS if "default" in tops[key]} == {
        "mode": "enforce",
        "on_gap": "cancel",
        "reserve": 120,
        "grace": 3600,
    }
    assert "default" not in schema["properties"]["for"]["items"]["properties"]["mode"]

"""Small promises of the values themselves."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from core import wire
from core.model import Machine, Tags


def test_tag_names_are_looked_up_without_case() -> None:
    """As Azure does; their values and the spelling given are kept."""
    tags = Tags({"Patch": "Never"})
    assert tags["PATCH"] == tags.get("patch") == "Never"
    assert "pAtCh" in tags
    assert "other" not in tags
    assert dict(tags) == {"Patch": "Never"}
    assert repr(tags) == "Tags({'Patch': 'Never'})"


@settings(deadline=None, max_examples=100)
@given(given_tags=st.dictionaries(st.from_regex(r"[a-z]{1,5}", fullmatch=True), st.text()))
def test_tags_are_a_mapping_like_any_other(given_tags: dict[str, str]) -> None:
    """Equal to the dict they came from, found under either case."""
    tags = Tags(given_tags)
    assert tags == given_tags
    assert len(tags) == len(given_tags)
    assert all(tags[name.upper()] == value for name, value in given_tags.items())


def test_no_tags_is_an_empty_mapping() -> None:
    """And not None, which every check would have to ask about."""
    assert len(Tags()) == len(Tags(None)) == 0


@pytest.mark.parametrize("tags", [{"env": 1}, {"env": None}, {1: "prod"}, ["env"], "env"])
def test_tags_from_the_wire_are_texts(tags: object) -> None:
    """By name and value: a check may rely on it."""
    assert wire.load(Machine, {"id": "/m", "name": "m", "tags": {"env": "prod"}}).tags["ENV"]
    with pytest.raises(ValidationError):
        wire.load(Machine, {"id": "/m", "name": "m", "tags": tags})

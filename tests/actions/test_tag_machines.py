"""tag_machines: machines carry the site's tags while they are patched, and their own afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from actions.builtin.tag_machines import tag_machines
from actions.testing import Outcome, Status, Tried, try_action, try_do, try_undo
from core.errors import BadConfig
from tests.actions.estate import Estate, a_refusal

_CONFIG = {"tags": {"maintenance": "patching", "Owner": "patchgate"}}


def _estate() -> Estate:
    return Estate(on=["a", "b"], tags={"a": {"owner": "shop", "tier": "web"}, "b": {}})


def _tagged(estate: Estate) -> Tried:
    return try_action(tag_machines, estate.run, config=_CONFIG, **estate.given())


def _undone(estate: Estate, tried: Tried) -> dict[str, Outcome]:
    outcomes = try_undo(tag_machines, estate.run, tried.memories, config=_CONFIG, **estate.given())
    return {(one.machine or "").rpartition("/")[2]: one for one in outcomes}


def _tags(estate: Estate) -> dict[str, dict[str, str]]:
    return {
        name: {key.lower(): value for key, value in tags.items()}
        for name, tags in estate.tags.items()
    }


def test_tags_are_set_and_restored() -> None:
    """Those that were there have their value again, and the others are gone."""
    estate = _estate()
    before = {name: dict(tags) for name, tags in estate.tags.items()}
    tried = _tagged(estate)
    assert [one.status for one in tried.outcomes] == [Status.PASSED] * 2
    assert estate.tags["b"] == _CONFIG["tags"]
    assert estate.tags["a"]["tier"] == "web"
    undone = _undone(estate, tried)
    assert {one.reason for one in undone.values()} == {"its tags are as before"}
    assert estate.tags == before


def test_what_was_there_and_what_was_not_is_remembered() -> None:
    remembered = _tagged(_estate()).memory["before"]
    values = {key.rpartition("/")[2]: value for key, value in remembered.items()}
    assert values == {
        "a": {"maintenance": None, "owner": "shop"},
        "b": {"maintenance": None, "Owner": None},
    }


def test_a_machine_that_is_tagged_so_already_keeps_its_tags() -> None:
    """They are nobody's to take away."""
    estate = Estate(on=["a"], tags={"a": {"MAINTENANCE": "patching", "owner": "patchgate"}})
    tried = _tagged(estate)
    assert (tried.memories, estate.asked) == ({}, [])
    assert tried.outcomes[0].reason == "is tagged so already"


def test_a_tag_that_somebody_changed_since_is_theirs() -> None:
    """It is left alone, and the outcome says so."""
    estate = _estate()
    tried = _tagged(estate)
    estate.tags["b"]["Owner"] = "somebody"
    undone = _undone(estate, tried)
    assert estate.tags["b"] == {"Owner": "somebody"}
    assert undone["b"].reason == (
        "its tags are as before; somebody else has changed Owner: left alone"
    )


def test_a_tag_that_changes_before_it_is_set_is_left_alone() -> None:
    """Its old value would be lost: what was remembered is another one."""
    estate = _estate()
    tried = _tagged(_estate())
    estate.tags["b"]["Owner"] = "somebody"
    outcomes = try_do(tag_machines, estate.run, tried.memories, config=_CONFIG, **estate.given())
    assert [one.status for one in outcomes] == [Status.PASSED, Status.UNKNOWN]
    assert estate.tags["b"] == {"Owner": "somebody"}


def test_a_crash_in_between_changes_nothing() -> None:
    """Done again, it sets what is not set yet, and undone, it is as before."""
    estate = _estate()
    before = _tags(estate)
    tried = _tagged(estate)
    asked = list(estate.asked)
    again = try_do(tag_machines, estate.run, tried.memories, config=_CONFIG, **estate.given())
    assert [(o.status, o.evidence) for o in again] == [
        (o.status, o.evidence) for o in tried.outcomes
    ]
    assert estate.asked == asked
    _undone(estate, tried)
    assert _tags(estate) == before


def test_undo_may_be_asked_three_times() -> None:
    estate = _estate()
    tried = _tagged(estate)
    said = [_undone(estate, tried)["a"].reason for _ in range(3)]
    assert said == ["its tags are as before", *["is as it was already"] * 2]


def test_a_machine_that_is_deleted_in_between_is_no_matter() -> None:
    estate = _estate()
    tried = _tagged(estate)
    estate.gone.add("a")
    undone = _undone(estate, tried)
    assert (undone["a"].status, undone["a"].reason) == (Status.SKIPPED, "is gone")
    assert undone["b"].status is Status.PASSED


def test_what_azure_refuses_fails_for_that_machine_alone() -> None:
    class Refusing(Estate):
        def begin_update_at_scope(self, scope: str, body: Any, *, polling: bool) -> None:
            if scope.endswith("/a"):
                raise a_refusal(403, "AuthorizationFailed", "You may not.")
            super().begin_update_at_scope(scope, body, polling=polling)

    estate = Refusing(on=["a", "b"])
    tried = _tagged(estate)
    assert [one.status for one in tried.outcomes] == [Status.BLOCKED, Status.PASSED]
    assert tried.outcomes[0].reason == "not allowed: AuthorizationFailed: You may not."


@pytest.mark.parametrize(
    "tags", [{}, {"": "x"}, {"a/b": "x"}, {"a": "x" * 257}, {"a": "1", "A": "2"}]
)
def test_tags_that_azure_would_not_take_are_no_config(tags: dict[str, str]) -> None:
    with pytest.raises(BadConfig):
        try_action(tag_machines, _estate().run, config={"tags": tags})

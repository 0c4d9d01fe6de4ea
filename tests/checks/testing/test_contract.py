"""The contract of all checks: who keeps it passes, and each promise can be broken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from checks.discovery import discover
from checks.testing import CheckContract, FakeArm, FakeGraph, a_machine, a_run
from checks.testing.contract import contract_tests
from core.policy.reading import parse_policy_file
from plugins.definition import Definition
from tests.checks.testing.bad_checks import (
    BAD,
    GOOD,
    good_that_asks,
    needs_config,
    takes_no_row_for_yes,
    wants_rows,
)


def broken_promises(check: Any, **attributes: Any) -> dict[str, str]:
    """The tests of the contract that fail, with what they say."""
    own = {"check": staticmethod(check), "seconds": 5.0, **attributes}
    kind: type[CheckContract] = type("Contract", (CheckContract,), own)
    broken = {}
    for name in contract_tests():
        try:
            getattr(kind(), name)()
        except Exception as error:  # noqa: BLE001 - a test fails by raising
            broken[name] = str(error)
    return broken


class TestGood(CheckContract):
    """As an author inherits it: pytest collects all of it."""

    check = good_that_asks
    graph = lambda: FakeGraph({"resources": [{"id": a_machine().id}]})  # noqa: E731


@pytest.mark.parametrize("check", GOOD)
def test_a_good_check_keeps_every_promise(check: Any) -> None:
    assert broken_promises(check) == {}


@pytest.mark.parametrize(("check", "promises", "words"), BAD, ids=[c.__name__ for c, _, _ in BAD])
def test_a_bad_check_breaks_its_promises_and_no_others(
    check: Any, promises: tuple[str, ...], words: str
) -> None:
    """In a sentence that says which, and in which situation."""
    hangs = check.__name__.startswith("hangs")
    broken = broken_promises(check, seconds=0.2 if hangs else 5.0)
    assert set(broken) == set(promises)
    assert all(words in said for said in broken.values())


def test_every_promise_is_broken_by_somebody() -> None:
    """A test that cannot fail proves nothing."""
    assert {name for _, promises, _ in BAD for name in promises} == set(contract_tests())


def test_a_check_that_needs_a_config_is_given_one() -> None:
    assert broken_promises(needs_config, config={"owner": "finance"}) == {}
    said = broken_promises(needs_config, config={"owner": 5, "other": 1})
    assert "other" in said["test_its_config_is_legal"]


def test_an_author_may_say_why_no_row_is_fine() -> None:
    assert broken_promises(takes_no_row_for_yes, empty_is_fine="the table is ours") == {}


def test_what_an_author_gives_is_tried_as_well() -> None:
    """A slip may show only where there is an answer."""

    def no_id() -> FakeGraph:
        return FakeGraph({"resources": [{"name": "x"}]})

    said = broken_promises(good_that_asks, graph=staticmethod(no_id))
    assert set(said) == {"test_it_makes_no_slip"}
    assert "KeyError: 'id'" in said["test_it_makes_no_slip"]
    assert "in the surroundings that the contract gives" in said["test_it_makes_no_slip"]
    empty = staticmethod(lambda: FakeArm({}))
    assert "test_it_makes_no_slip" in broken_promises(wants_rows, arm=empty)


def test_a_contract_about_no_check_says_so() -> None:
    assert "check = my_check" in broken_promises(None)["test_it_loads"]


def test_a_check_that_hangs_is_waited_for_once() -> None:
    """Not by every test anew."""
    hanging = next(check for check, _, _ in BAD if check.__name__ == "hangs")
    assert set(broken_promises(hanging, seconds=0.1)) == {"test_it_ends_in_time"}


SCENARIOS = Path(__file__).parents[3] / "samples" / "scenarios" / "checks"
SHIPPED = [found for found in discover(None, plugins=()) if isinstance(found, Definition)]


@pytest.mark.parametrize("found", SHIPPED, ids=lambda found: found.name)
def test_the_shipped_checks_keep_the_contract(
    found: Definition, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are checks like any other, as they come and as their scenarios configure them."""
    monkeypatch.setenv("WEBHOOK_SECRET", "of the site and its service")
    assert broken_promises(found.function, seconds=5.0) == {}
    policy = SCENARIOS / found.name / "gate.toml"
    if policy.exists():
        config = parse_policy_file(policy.read_bytes()).each()[0].of(found.name).config
        assert broken_promises(found.function, config=config, seconds=5.0) == {}


def test_a_run_of_the_builders_is_a_legal_subject() -> None:
    """The situations are made of these."""
    run = a_run("a", a_machine("b", kind="arc"))
    assert [machine.kind for machine in run.machines] == ["vm", "arc"]

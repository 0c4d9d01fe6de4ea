"""No machine is tagged patch=never."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks import Context, Machine
from checks.builtin.opt_out_tag import OptOut, opt_out_tag
from checks.discovery import define
from core.errors import BadPlugin
from core.model import Status, Tags
from plugins.config import config_of
from tests.builders import NOON, machine, run


def told(config: OptOut) -> Context[OptOut]:
    """What the check is told besides the machine."""
    return Context(
        run=run("a"),
        now=NOON,
        deadline=NOON + timedelta(minutes=1),
        config=config,
        log=logging.getLogger("test"),
    )


def tagged(**tags: str) -> Machine:
    """A machine with these tags."""
    return machine(tags=Tags(tags))


@pytest.mark.parametrize(
    "tags",
    [
        {"patch": "never"},
        {"Patch": "Never"},
        {"PATCH": "NEVER"},
        {"pAtCh": " never "},
        {"owner": "web", "patch": "never"},
    ],
)
@pytest.mark.parametrize("kind", ["vm", "arc"])
def test_a_tagged_machine_blocks_in_any_letter_case(tags: dict[str, str], kind: str) -> None:
    """Azure compares tag names without case, and people write values as they like."""
    verdict = opt_out_tag(machine(tags=Tags(tags), kind=kind), told(OptOut()))
    assert verdict.status is Status.BLOCKED
    assert verdict.reason.lower().startswith("tagged patch=")
    assert verdict.evidence["tag"] == "patch"


@pytest.mark.parametrize(
    "tags",
    [
        {},
        {"patch": "always"},
        {"patch": ""},
        {"patch": "nevertheless"},
        {"patching": "never"},
        {"x": "patch=never"},
    ],
)
def test_any_other_machine_passes(tags: dict[str, str]) -> None:
    """Also one without tags."""
    assert opt_out_tag(tagged(**tags), told(OptOut())).status is Status.PASSED


def test_tag_and_value_are_the_sites_choice() -> None:
    """As gate.toml says, in any case."""
    config = config_of(define(opt_out_tag), {"tag": "Maintenance", "value": "Hold"})
    assert config == OptOut(tag="Maintenance", value="Hold")
    assert opt_out_tag(tagged(maintenance="hold"), told(config)).status is Status.BLOCKED
    assert opt_out_tag(tagged(patch="never"), told(config)).status is Status.PASSED


@pytest.mark.parametrize(
    "value",
    [
        "never until 2026-11-28",
        "Never Until 2026-12-31",
        "never/2026-12-31",
        "never / 2026-12-31",
        "never 20261231",
        "never (2026-12-31)",
        "never until 2026-11-28T12:41Z",
        "never until 2026-11-28T14:00+01:00",
        "never until 2026-11-28 12:41",
    ],
)
def test_an_opt_out_with_an_end_blocks_until_then(value: str) -> None:
    """The run starts at 12:40 UTC on 2026-11-28; a day is meant to its end."""
    verdict = opt_out_tag(tagged(patch=value), told(OptOut()))
    assert verdict.status is Status.BLOCKED
    assert str(verdict.evidence["expires"]).endswith(" UTC")


@pytest.mark.parametrize(
    "value",
    [
        "never until 2026-11-27",
        "never/2026-01-01",
        "never until 2026-11-28T12:40Z",
        "never until 2026-11-28T13:40+01:00",
    ],
)
def test_an_opt_out_that_has_ended_passes(value: str) -> None:
    """And the report says that there was one."""
    verdict = opt_out_tag(tagged(patch=value), told(OptOut()))
    assert (verdict.status, verdict.reason) == (
        Status.PASSED,
        f"tagged patch={value}, which has expired",
    )


@pytest.mark.parametrize(
    "value",
    [
        "never until christmas",
        "never/31.12.2020",
        "never until 2020-02-30",
        "never, ask Ann",
        "never until 0001-01-01T00:00+14:00",
        "never until 9999-12-31",
    ],
)
def test_an_end_that_cannot_be_read_has_not_come(value: str) -> None:
    """Somebody who meant to keep a machine from being patched does."""
    verdict = opt_out_tag(tagged(patch=value), told(OptOut()))
    assert verdict.status is Status.BLOCKED
    assert verdict.reason.endswith("is no date, so it has not expired")


def test_an_end_goes_with_the_sites_own_word() -> None:
    config = OptOut(tag="maintenance", value="hands off")
    assert opt_out_tag(tagged(maintenance="Hands off until 2026-12-31"), told(config)).status is (
        Status.BLOCKED
    )
    assert opt_out_tag(tagged(maintenance="hands offset"), told(config)).status is Status.PASSED


@given(st.text(max_size=30))
def test_any_value_is_judged(rest: str) -> None:
    """Whatever people write behind the word."""
    for value in (rest, "never" + rest, "never until " + rest):
        verdict = opt_out_tag(tagged(patch=value), told(OptOut()))
        assert verdict.status in (Status.PASSED, Status.BLOCKED)


def test_a_slip_in_its_config_is_told() -> None:
    """A key that is not there would be a tag that nobody looks at."""
    with pytest.raises(BadPlugin, match="did you mean tag"):
        config_of(define(opt_out_tag), {"tags": "x"})
    with pytest.raises(BadPlugin, match="value"):
        config_of(define(opt_out_tag), {"value": 5})

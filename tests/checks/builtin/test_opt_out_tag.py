"""No machine is tagged patch=never."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from checks import Context, Machine
from checks.builtin.opt_out_tag import OptOut, opt_out_tag
from checks.definition import config_of, define
from core.errors import BadCheck
from core.model import Status, Tags
from tests.builders import NOON, machine, run


def told(config: OptOut) -> Context[OptOut]:
    """What the check is told besides the machine."""
    return Context(
        run=run("a"),
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
    "tags", [{}, {"patch": "always"}, {"patch": ""}, {"patching": "never"}, {"x": "patch=never"}]
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


def test_a_slip_in_its_config_is_told() -> None:
    """A key that is not there would be a tag that nobody looks at."""
    with pytest.raises(BadCheck, match="it has tag, value"):
        config_of(define(opt_out_tag), {"tags": "x"})
    with pytest.raises(BadCheck, match="value"):
        config_of(define(opt_out_tag), {"value": 5})

"""Every machine is running (Azure), or connected (Arc)."""

from __future__ import annotations

from typing import Literal

import pytest

from checks import CannotTell
from checks.builtin.machines_running import machines_running
from core.model import Status
from tests.builders import machine

Kind = Literal["vm", "arc"]


@pytest.mark.parametrize(("kind", "power"), [("vm", "running"), ("arc", "connected")])
def test_a_machine_that_is_on_passes(kind: Kind, power: str) -> None:
    """With what was seen."""
    verdict = machines_running(machine(kind=kind, power=power))
    assert (verdict.status, verdict.evidence) == (Status.PASSED, {"power": power})


@pytest.mark.parametrize(
    ("kind", "power"),
    [
        ("vm", "deallocated"),
        ("vm", "stopped"),
        ("vm", "starting"),
        ("vm", "connected"),
        ("arc", "disconnected"),
        ("arc", "expired"),
        ("arc", "running"),
    ],
)
def test_a_machine_that_is_not_blocks(kind: Kind, power: str) -> None:
    """The reason says what it is, and what it ought to be."""
    verdict = machines_running(machine(kind=kind, power=power))
    assert verdict.status is Status.BLOCKED
    assert verdict.reason == f"is {power}, not {'running' if kind == 'vm' else 'connected'}"
    assert verdict.evidence == {"power": power}


@pytest.mark.parametrize("kind", ["vm", "arc"])
def test_a_machine_that_nothing_is_known_of_is_unknown(kind: Kind) -> None:
    """Resource Graph does not always say."""
    with pytest.raises(CannotTell, match="Resource Graph"):
        machines_running(machine(kind=kind, power=None))

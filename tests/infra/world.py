"""The installations that the tests deploy on paper."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from tests.infra.bicep import INFRA, Bicep
from tests.infra.rehearsal import Resource, rehearse

HERE = "/subscriptions/00000000-0000-0000-0000-00000000000a"
ELSEWHERE = "/subscriptions/00000000-0000-0000-0000-00000000000b"
_CONFIGURATION = "providers/Microsoft.Maintenance/maintenanceConfigurations"
WEEKLY = f"{HERE}/resourceGroups/rg-patching/{_CONFIGURATION}/weekly-prod"
NIGHTLY = f"{HERE}/resourceGroups/RG-Patching/{_CONFIGURATION}/nightly_test.eu"
FAR = f"{ELSEWHERE}/resourceGroups/rg-far/{_CONFIGURATION}/far"
CONFIGURATIONS = [WEEKLY, NIGHTLY, FAR]
MAIN = Bicep.read(INFRA / "main.bicep")
SUBSCRIPTIONS = Bicep.read(INFRA / "subscriptions.bicep")
_SAME: dict[str, Any] = {"environmentName": "prod", "location": "westeurope"}


def stage_one(configurations: Sequence[str] = CONFIGURATIONS, **more: Any) -> list[Resource]:
    """What main.bicep makes."""
    given = {**_SAME, "maintenanceConfigurations": list(configurations), **more}
    return rehearse(MAIN, HERE, given)


def stage_two(configurations: Sequence[str] = CONFIGURATIONS, **more: Any) -> list[Resource]:
    """What subscriptions.bicep makes."""
    given = {**_SAME, "maintenanceConfigurations": list(configurations), **more}
    return rehearse(SUBSCRIPTIONS, HERE, given)


@cache
def usual() -> tuple[Resource, ...]:
    """Stage one with nothing said but what must be."""
    return tuple(stage_one())


@cache
def usual_events() -> tuple[Resource, ...]:
    """Stage two, the same."""
    return tuple(stage_two())


def of_type(made: Sequence[Resource], kind: str) -> list[Resource]:
    """Those of a type."""
    return [one for one in made if one.type == kind]


def the(made: Sequence[Resource], kind: str) -> Resource:
    """The only one of a type."""
    (found,) = of_type(made, kind)
    return found

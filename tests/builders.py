"""Small real values with sensible defaults, so that a test says only what it is about."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from hypothesis import strategies as st

from core.model import Machine, Outcome, Run, Status
from core.policy import Doubt
from core.report import CheckReport, Tally

__all__ = [
    "CONFIGURATION",
    "JSON",
    "NOON",
    "RUN",
    "SUBSCRIPTION",
    "machine",
    "outcome",
    "report",
    "run",
    "through_json",
]

SUBSCRIPTION = "4f2c1f6e-1111-4d3a-9d3e-0a1b2c3d4e5f"
CONFIGURATION = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-patching"
    "/providers/Microsoft.Maintenance/maintenanceConfigurations/weekly-prod"
)
RUN = f"{CONFIGURATION}/providers/Microsoft.Maintenance/applyUpdates/20261128030000"
NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)

# Any JSON value, small ones first.
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


def machine(name: str = "a", **fields: Any) -> Machine:
    """A machine."""
    return Machine(**{"id": f"/machines/{name}", "name": name, **fields})


def run(*names: str) -> Run:
    """A run of machines with these names."""
    return Run(
        id=RUN,
        configuration_id=CONFIGURATION,
        name="20261128030000",
        start=NOON + timedelta(minutes=40),
        end=NOON + timedelta(hours=3),
        machines=tuple(machine(name) for name in names),
    )


def outcome(status: Status, name: str | None = "a", reason: str = "", check: str = "c") -> Outcome:
    """A verdict about that machine, or about the run."""
    where = None if name is None else f"/machines/{name}"
    return Outcome(check=check, status=status, machine=where, reason=reason)


def report(
    name: str = "c",
    *,
    required: bool = True,
    on_unknown: Doubt = "cancel",
    scope: Literal["machine", "run"] = "machine",
    outcomes: tuple[Outcome, ...] = (),
    **tally: int,
) -> CheckReport:
    """What a check said: so many answers of each status, and the outcomes that are listed."""
    return CheckReport(
        name=name,
        title=name,
        scope=scope,
        required=required,
        on_unknown=on_unknown,
        origin="x.py:1",
        tally=Tally(**tally),
        outcomes=outcomes,
    )


def through_json(value: Any) -> Any:
    """What comes out at the other side of a border."""
    return json.loads(json.dumps(value, allow_nan=False))

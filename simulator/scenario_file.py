"""A scenario file, read into values. Everything that is wrong with it is named at once."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable
from dataclasses import fields
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from core.errors import BadScenario, shorten
from simulator.scenario import (
    ActivityLogRules,
    ArmRules,
    CancelRules,
    ConfigurationRules,
    EventSubscriptionRules,
    ExtraRow,
    Fault,
    GraphRules,
    MachineGroup,
    OperationFault,
    OthersRule,
    PowerRules,
    RunCommandRule,
    RunRules,
    Scenario,
    Site,
    SnapshotRule,
)
from simulator.scenario_types import hint

__all__ = ["load_scenario"]

_SECTIONS: dict[str, type[Any]] = {
    "machines": MachineGroup,
    "graph": GraphRules,
    "arm": ArmRules,
    "cancel": CancelRules,
    "run": RunRules,
    "configuration": ConfigurationRules,
    "event_subscriptions": EventSubscriptionRules,
    "rows": ExtraRow,
    "sites": Site,
    "power": PowerRules,
    "operations": OperationFault,
    "run_commands": RunCommandRule,
    "others": OthersRule,
    "snapshots": SnapshotRule,
    "activity_log": ActivityLogRules,
    "faults": Fault,
}

_KEY = re.compile(r"[a-z_]+[\w.\[\]]*: ")


def load_scenario(text: str) -> Scenario:
    """Read the TOML text of a scenario. Raises `BadScenario` with everything that is wrong."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadScenario((f"not TOML: {error}",)) from error
    try:
        # Through JSON, where an array may become a tuple although types are strict.
        return _adapter().validate_json(json.dumps(table, default=str))
    except ValidationError as error:
        sentences = [line for e in error.errors(include_url=False) for line in _sentences(e)]
        raise BadScenario(tuple(dict.fromkeys(sentences))) from error


@cache
def _adapter() -> TypeAdapter[Scenario]:
    """Made once: it costs more than to read a file with it."""
    return TypeAdapter(Scenario)


def _sentences(error: Any) -> list[str]:
    where = _place(error["loc"])
    if error["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
        return [f"{where}: there is no such key{_hint(error['loc'])}"]
    problems = error["msg"].removeprefix("Value error, ").splitlines()
    if isinstance(error.get("input"), dict):  # several keys do not go together: too much to show
        return [_placed(where, problem) for problem in problems]
    return [f"{where}: {problem} (is {shorten(error.get('input'), 60)})" for problem in problems]


def _placed(where: str, problem: str) -> str:
    """The sentence after its place, which goes on if it begins with the name of a key."""
    if not where:
        return problem
    return f"{where}.{problem}" if _KEY.match(problem) else f"{where}: {problem}"


def _place(location: Iterable[int | str]) -> str:
    """`machines[2].name`, counted from 1."""
    parts = (f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in location)
    return "".join(parts).removeprefix(".")


def _hint(location: tuple[int | str, ...]) -> str:
    owner = _SECTIONS.get(str(location[0]), Scenario) if len(location) > 1 else Scenario
    return hint(str(location[-1]), [field.name for field in fields(owner)])

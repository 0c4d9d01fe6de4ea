"""A webhook's answer: only one that says so in the published form lets a run go."""

from __future__ import annotations

import json

from checks import CannotTell
from checks.builtin._webhook import parse
from core import wire
from core.errors import shorten
from core.model import Outcome, Status
from plugins.outcomes import answered
from tests.builders import RUN, run
from tests.fuzz.parts import is_short_line

_RUN = run("a", "b")


def check(data: bytes) -> None:
    """Nothing is raised but `CannotTell`; every outcome is JSON, and no "no" becomes a yes."""
    try:
        answer = parse(data, _RUN)
        verdicts = answer.verdicts(_RUN)
    except CannotTell as error:
        is_short_line(shorten(str(error), 2000), 2000)
        return
    outcomes = answered("webhook", _RUN, verdicts, 1.0)
    for outcome in outcomes:
        through = json.loads(json.dumps(wire.dump(outcome), allow_nan=False))
        assert wire.load(Outcome, through) == outcome
        assert outcome.reason.isprintable()
        assert len(outcome.reason) <= 500
    said = json.loads(data)
    assert said["verdict"] in ("passed", "blocked", "skipped")
    assert said.get("run", RUN) is None or said.get("run", RUN).lower() == RUN.lower()
    if {said["verdict"], *(one["verdict"] for one in said.get("machines", {}).values())} & {
        "blocked"
    }:
        assert any(outcome.status in (Status.BLOCKED, Status.UNKNOWN) for outcome in outcomes)

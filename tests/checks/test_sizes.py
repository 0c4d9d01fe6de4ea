"""What a check says is cut to a sane size, and made plain."""

from __future__ import annotations

import json
from enum import IntEnum
from typing import Any, cast

import pytest

from checks import CannotTell, Verdict, blocked
from core import wire
from core.model import Outcome, Status
from tests.checks.answers import (
    Sulky,
    answering,
    only,
    raising,
)
from tests.checks.site import asked


def test_long_reasons_are_cut() -> None:
    """And keep to one line."""
    outcome = only(asked(answering(blocked("is off\n" * 10_000))))
    assert outcome.status is Status.BLOCKED
    assert len(outcome.reason) <= 500
    assert outcome.reason.isprintable()
    assert len(only(asked(raising(RuntimeError("x" * 10_000)))).reason) <= 500
    assert len(only(asked(raising(CannotTell("x" * 10_000)))).reason) <= 500


def test_a_reason_that_is_no_text_becomes_one() -> None:
    """The answer counts."""
    assert only(asked(answering(blocked(cast("Any", 5))))).reason == "5"
    assert only(asked(answering(blocked(cast("Any", Sulky()))))).status is Status.BLOCKED


class Colour(IntEnum):
    """A number with a name."""

    RED = 1


ODD_EVIDENCE = {
    "long": "x" * 10_000,
    "many": list(range(10_000)),
    "nan": float("nan"),
    "infinite": float("-inf"),
    "huge": 10**10_000,
    "sulky": Sulky(),
    "colour": Colour.RED,
    "bytes": b"\xff\n",
    "none": None,
    "yes": True,
    "k" * 500: 1.5,
}


def test_evidence_is_cut_and_made_plain() -> None:
    """Whatever the author saw, the report has it in a sane size, and as JSON."""
    evidence = {**ODD_EVIDENCE, **{f"more {i}": i for i in range(100)}}
    outcome = only(asked(answering(blocked("is off", **cast("Any", evidence)))))
    assert len(outcome.evidence) == 20
    text = json.dumps(wire.dump(outcome), allow_nan=False)
    assert len(text) < 2500
    assert wire.load(Outcome, json.loads(text)) == outcome
    assert outcome.evidence["none"] is None
    assert outcome.evidence["yes"] is True
    assert outcome.evidence["colour"] == 1


@pytest.mark.parametrize("evidence", [None, "text", 5, [1]])
def test_evidence_that_is_no_mapping_is_left_out(evidence: Any) -> None:
    """The verdict counts."""
    verdict = Verdict(status=Status.BLOCKED, reason="is off", evidence=evidence)
    outcome = only(asked(answering(verdict)))
    assert (outcome.status, outcome.evidence) == (Status.BLOCKED, {})

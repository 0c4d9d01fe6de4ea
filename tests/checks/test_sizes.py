"""What a check says is cut to a sane size, and made plain."""

from __future__ import annotations

import json
import logging
from enum import IntEnum
from typing import Any, cast

import pytest

from checks import CannotTell, Context, Machine, Verdict, blocked, passed
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


def test_secrets_are_masked_in_whatever_a_check_says() -> None:
    """In reasons, evidence and exceptions; evidence also by its name."""
    seen = "https://x.blob.core.windows.net/y?se=1&sig=c2VjcmV0"
    outcome = only(asked(answering(blocked(seen, url=seen, api_key="abc", user="ann", token=5))))
    assert outcome.reason.endswith("?se=1&sig=(masked)")
    assert outcome.evidence == {
        "url": outcome.reason,
        "api_key": "(masked)",
        "user": "ann",
        "token": 5,
    }
    for error in (ValueError(seen), CannotTell(seen)):
        told = only(asked(raising(error))).reason
        assert "sig=(masked)" in told
        assert "c2VjcmV0" not in told


class Logged(logging.Handler):
    """Keeps what a handler of the app would write."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


def test_secrets_are_masked_in_what_a_check_logs() -> None:
    """The message with its values, a traceback, and values that do not fit; each on one line."""

    def some_check(machine: Machine, ctx: Context) -> Verdict:
        ctx.log.warning("asked %s\n%d", "https://h/?code=c2VjcmV0", 5)
        ctx.log.warning("%d is no number", "c2VjcmV0")
        try:
            int("Password=c2VjcmV0")
        except ValueError:
            ctx.log.exception("failed")
        return passed()

    logger, kept = logging.getLogger("test"), Logged()
    logger.addHandler(kept)
    asked(some_check)
    logger.removeHandler(kept)
    first, second, third = kept.lines
    assert first == "asked https://h/?code=(masked)\\n5"
    assert second == "%d is no number (its values cannot be shown)"
    assert third.startswith("failed\nTraceback")
    assert third.endswith("with base 10: 'Password=(masked)'")

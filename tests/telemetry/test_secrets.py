"""Secrets in what the app is told come out in no span, no measurement and no field of a line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cli.embedded import embedded
from core.report import GateReport
from handlers.steps.announce import announce
from handlers.telemetry import telling
from handlers.telemetry.fields import masked
from simulator import load_scenario
from tests.hostile.planted import (
    BEARER,
    CONNECTION,
    CORE,
    SAS,
    USERINFO,
    everything,
    in_json,
    with_secrets,
)
from tests.infra.lines import gate, run
from tests.stories import pre_event, sample
from tests.telemetry.listening import listening

SECRETS = [BEARER, CONNECTION, SAS, USERINFO]

_LEAKY = f'''
from checks import Context, Machine, Verdict, blocked, check


@check
def tells_its_tags(machine: Machine, ctx: Context) -> Verdict:
    """It shows all that it knows, and then breaks."""
    for secret in {SECRETS!r}:
        ctx.log.error("for %s: %s", machine.name, secret)
    try:
        raise ConnectionError({SECRETS[0]!r})
    except ConnectionError:
        ctx.log.exception("no answer")
    return blocked("{CONNECTION}", remedy="use {SAS}")
'''
_SCENARIO = f"""
[[machines]]
count = 2
[[faults]]
on = "cancel"
first = 1
status = 409
body = '''{in_json(*SECRETS)}'''
"""


def test_a_run_that_is_cancelled_tells_no_secret(tmp_path: Path) -> None:
    """Neither what a check says and logs, nor what Azure answers to the cancel call."""
    (tmp_path / "my_checks").mkdir()
    (tmp_path / "my_checks" / "leaky.py").write_text(_LEAKY, encoding="utf-8")
    with (
        everything(),  # also what the command line has quietened in another test
        listening() as heard,
        embedded(sample(), load_scenario(_SCENARIO), root=tmp_path) as world,
    ):
        (receipt,) = world.deliver(sample())
        report = world.report(receipt.key)
        told = heard.everything()
    assert isinstance(report, GateReport)
    assert report.cancellation is not None
    assert "(masked)" in told
    assert "no answer" in told
    assert not with_secrets(told)


@pytest.mark.parametrize("secret", SECRETS)
def test_what_fails_is_told_without_its_secret(secret: str) -> None:
    """The status of a span says why, and an error's text may hold anything."""
    with listening() as heard, pytest.raises(RuntimeError), telling.event(pre_event().run):
        raise RuntimeError(f"cannot connect with {secret}")
    (span,) = heard.spans("patchgate.event")
    assert span.status.description is not None
    assert "(masked)" in span.status.description
    assert not with_secrets(heard.everything())


def test_a_report_that_holds_secrets_is_measured_without_them() -> None:
    """Whatever stands where a name should."""
    hostile: dict[str, Any] = {"key": f"gate-{SAS}", "configuration": CONNECTION}
    report = gate("cancelled", run("1"), unknown=1)
    checks = tuple(_renamed(check, SAS) for check in report.checks)
    with listening() as heard:
        announce(_renamed(report, None, checks=checks, **hostile))
        told = heard.everything()
    assert "(masked)" in told
    assert not with_secrets(told)


def _renamed(value: Any, name: str | None, **fields: Any) -> Any:
    from dataclasses import replace  # noqa: PLC0415

    return replace(value, **({"name": name} if name else {}), **fields)


def test_a_value_is_one_short_line() -> None:
    """Fields are no place for a report."""
    (value,) = masked({"patchgate.because": f"a\nb {CORE}" * 1000}).values()
    assert "\n" not in str(value)
    assert len(str(value)) <= 1200
    assert masked({"n": 1, "yes": True}) == {"n": 1, "yes": True}
    assert json.dumps(masked({"x": 0.5})) == '{"x": 0.5}'

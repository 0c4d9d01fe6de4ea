"""Secrets planted wherever one may stand come out nowhere: no log, report, status or exception."""

from __future__ import annotations

import asyncio
import json
import time
import traceback
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError

from cancel_client.answers import meaning_of_cancel, meaning_of_read
from cli.embedded import embedded
from core import wire
from core.errors import PatchgateError
from core.policy.reading import parse_policy_file
from core.report import GateReport
from core.settings import Settings
from handlers.accept import accept
from handlers.services import Services
from handlers.steps.announce import announce
from simulator import load_scenario
from tests.arg_queries.parts import ask
from tests.arm.parts import Tokens, cancel
from tests.fakes import FakeClock, FakeStarter
from tests.hostile.planted import (
    BEARER,
    CONNECTION,
    CORE,
    JWT,
    SAS,
    USERINFO,
    everything,
    in_json,
    with_secrets,
)
from tests.scripted_server import answer, scripted
from tests.simulator.world import RUN
from tests.stories import at, sample

# What authors write without a thought, at the level of their choice.
_LEAKY = f'''
import logging

from checks import Context, Machine, Run, Verdict, blocked, check, passed

SECRETS = {[BEARER, CONNECTION, SAS, USERINFO]!r}


@check
def tells_its_tags(machine: Machine, ctx: Context) -> Verdict:
    """It shows all that it knows."""
    for level, secret in enumerate(SECRETS, start=1):
        ctx.log.log(10 * level, "for %s: %s", machine.name, secret)
    given = dict(machine.tags)
    return passed(f"tags {{given}}", password="{CORE}", sas=SECRETS[2], tags=str(given))


@check
def breaks(run: Run, ctx: Context) -> Verdict:
    """It raises what a client would."""
    try:
        raise ConnectionError(SECRETS[0])
    except ConnectionError as error:
        ctx.log.exception("no answer from %s", SECRETS[2])
        if run.machines[0].tags.get("breaks"):
            raise RuntimeError(f"cannot connect with {{SECRETS[1]}}") from error
    return passed()
'''
_POLICY = f"""
[checks.http_probe.config]
urls = ["https://shop.simulator/health?code={CORE}&sig={CORE}"]
contains = "fine"
[checks.webhook.config]
url = "https://tickets.simulator/hook/?code={CORE}"
secret_env = "WEBHOOK_PLANTED"
"""
_ANSWER = {
    "verdict": "passed",
    "reason": f"looked up with {BEARER}",
    "evidence": {"connection": CONNECTION, "token": CORE, "link": SAS},
}


def _scenario(**changes: str) -> str:
    """A world in which secrets stand in tags, pages and errors."""
    tags = json.dumps({"connection": CONNECTION, "api-key": CORE, "link": SAS, **changes})
    tags = tags.replace('":', '" =')
    return f"""
[[machines]]
count = 2
tags = {tags}
[[sites]]
name = "shop"
path = "/health"
body = 'fine, {CONNECTION}'
headers = {{ Set-Cookie = "session={CORE}", X-Debug = "{BEARER}" }}
[[sites]]
name = "tickets"
path = "/hook/"
method = "POST"
body = '''{json.dumps(_ANSWER)}'''
"""


_FAULTS = "".join(
    f"""
[[faults]]
on = "{on}"
{which}
status = {status}
body = '''{in_json(BEARER, SAS, CONNECTION, USERINFO)}'''
"""
    for on, which, status in (
        ("cancel", "always = true", 409),
        ("read", "always = true", 403),
        ("graph", "first = 2", 503),
        ("graph", "calls = [4, 6, 7, 8, 9]", 403),
    )
)


def _site(folder: Path) -> Path:
    (folder / "my_checks").mkdir()
    (folder / "my_checks" / "leaky.py").write_text(_LEAKY, encoding="utf-8")
    (folder / "gate.toml").write_text(_POLICY, encoding="utf-8")
    return folder


def _played(root: Path, scenario: str, **times: Any) -> tuple[GateReport, str]:
    """The report of a whole story, and everything that came out meanwhile."""
    with (
        everything() as lines,
        embedded(sample(), load_scenario(scenario), root=root, **times) as world,
    ):
        (receipt,) = world.deliver(sample())
        report = world.report(receipt.key)
        known = world.starter.look_now(receipt.key)
        announce(report)
    assert known is not None
    assert isinstance(report, GateReport)
    shown = [json.dumps(wire.dump(report), ensure_ascii=False), report.headline]
    return report, "\n".join([*lines, *shown, json.dumps(known.status)])


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """App settings as Azure has them."""
    monkeypatch.setenv("WEBHOOK_PLANTED", f"{CORE}-signing-secret")
    monkeypatch.setenv("AzureWebJobsStorage", CONNECTION)


def test_a_run_that_goes_well_shows_no_secret(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Whatever its machines, checks and web servers are full of."""
    report, out = _played(_site(tmp_path), _scenario(), speed=100)
    assert report.ending == "proceeded", report.headline
    assert {"webhook", "http_probe", "tells_its_tags"} <= {check.name for check in report.checks}
    assert "(masked)" in out
    assert not with_secrets(out)
    assert not with_secrets("".join(capfd.readouterr()))


def test_a_run_in_which_everything_fails_shows_no_secret(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Errors of Azure, of checks and of web servers repeat what they were sent."""
    scenario = _scenario(breaks="yes").replace("'fine,", "'not well,") + _FAULTS
    report, out = _played(_site(tmp_path), scenario, before=timedelta(minutes=25))
    assert report.ending == "not confirmed"
    assert report.cancellation is not None
    assert "AuthorizationFailed" in str(report.cancellation.calls)
    assert "cannot connect with" in out
    assert "(masked)" in out
    assert not with_secrets(out)
    assert not with_secrets("".join(capfd.readouterr()))


def _problem(of: Callable[[], object]) -> str:
    """What is told of it, with the exceptions that led to it."""
    with pytest.raises(PatchgateError) as caught:
        of()
    return str(caught.value) + repr(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        f'mode = "{BEARER}"',
        f'[checks.webhook]\nurl = "{SAS}"',
        f'[checks.x]\ntolerance = "{CONNECTION}"',
        f'"AccountKey={CORE}" = 1',
        f'[[for]]\nconfigurations = ["/{CONNECTION}"]',
        f'secret = "{CORE}',
        f"password = {CORE}",
    ],
)
def test_a_mistake_in_the_policy_file_is_told_without_secrets(text: str) -> None:
    """The problems go into reports and onto the terminal."""
    assert CORE not in _problem(lambda: parse_policy_file(text))


@pytest.mark.parametrize("value", [BEARER, SAS, CONNECTION, USERINFO])
@pytest.mark.parametrize("name", ["PATCHGATE_SIMULATOR", "PATCHGATE_CONFIGURATIONS", "PATCHGATE_X"])
def test_a_bad_setting_is_told_without_secrets(name: str, value: str) -> None:
    """It is read while the functions are indexed, so it ends in the host's log."""
    assert CORE not in _problem(lambda: Settings.from_environment({name: value}))


@pytest.mark.parametrize("value", [BEARER, SAS, CONNECTION, USERINFO])
@pytest.mark.parametrize("field", ["topic", "eventType", "eventTime", "data", "CorrelationId"])
def test_an_event_is_refused_without_secrets(field: str, value: str, tmp_path: Path) -> None:
    """Not in the exception that the host logs, nor in what led to it."""
    envelope = sample()
    if field in envelope:
        envelope[field] = value
    else:
        envelope["data"] = {name: envelope["data"][name] for name in envelope["data"]}
        envelope["data"]["correlationId"] = value
    services = Services(settings=Settings(), root=tmp_path, clock=FakeClock(at("02:22")))
    told = ""
    with everything() as lines:
        try:
            asyncio.run(accept([envelope], FakeStarter(), services))
        except PatchgateError as error:
            told = "".join(traceback.format_exception(error))
    assert lines
    assert (told == "") == (field == "eventType")
    assert not with_secrets(told + "\n".join(lines))


class _Identity(Tokens):
    """Its token is one of those that must not be seen."""

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        super().get_token(*scopes, **options)
        return AccessToken(JWT, int(time.time()) + 3600)


_ECHO = {"X-Debug": BEARER, "Set-Cookie": f"session={CORE}", "WWW-Authenticate": BEARER}


@pytest.mark.parametrize("status", [200, 302, 401, 403, 409, 500])
def test_the_token_is_in_no_log_and_no_answer(status: int) -> None:
    """Not even when all libraries say all that they can, and Azure repeats it."""
    headers = {**_ECHO, **({"Location": SAS} if status == 302 else {})}
    play = answer(status, in_json(BEARER, SAS).encode(), headers=headers)
    with scripted(play) as server, everything() as lines:
        told = cancel(server.url, credential=_Identity())
        assert told.status == status
        shown = [meaning_of_cancel(told).say, meaning_of_read(told, RUN).say]
        shown.append(str(ask(server.url, credential=_Identity(), seconds=5).problem))
        assert all(f"Bearer {JWT}" == r.headers["authorization"] for r in server.received)
    assert len(lines) > 10
    assert not with_secrets("\n".join([*lines, *shown]))


def test_what_an_identity_says_is_told_without_its_secret() -> None:
    """Its exceptions repeat what the token service was sent."""

    def refuse() -> None:
        raise ClientAuthenticationError(message=f"refused: client_secret={CORE}&{BEARER}")

    with scripted() as server, everything() as lines:
        told = cancel(server.url, credential=Tokens(refuse))
        rows = ask(server.url, credential=Tokens(refuse), seconds=5)
    assert "refused" in told.problem
    assert "refused" in str(rows.problem)
    assert not with_secrets("\n".join([*lines, told.problem, str(rows.problem)]))

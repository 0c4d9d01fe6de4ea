"""A service of the site, told of the run and its machines, says yes."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from hypothesis import given, settings

from checks import CannotTell, Machine, Run, Verdict
from checks.builtin._webhook import body_of, parse
from checks.builtin.webhook import Webhook, webhook
from checks.discovery import define
from core.errors import BadPlugin
from core.model import Status, Tags
from plugins.config import config_of
from plugins.outcomes import answered
from tests.arm.certificates import certificate, server_side
from tests.builders import JSON, NOON
from tests.checks.builtin.played import played, words
from tests.checks.builtin.saying import arc, of_run, statuses, told, vm
from tests.checks.webs import LOOPBACK, named, web
from tests.scripted_server import Play, Received, Script, answer, by, scripted

SECRET = "correct horse battery staple"  # noqa: S105 - of these tests
WEB = replace(vm("web-01"), tags=Tags({"owner": "Jürgen"}), power="running", os="linux")
RUN = of_run(WEB, arc("branch-01"))


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of the app."""
    monkeypatch.setenv("WEBHOOK_SECRET", SECRET)


def says(value: object) -> Play:
    """A server that answers so."""
    return answer(200, value)


def asked(server: Script, run: Run = RUN, **config: Any) -> Any:
    """What the check says, with that server."""
    kept = Webhook(url=named(server.url) + "/hook?key=hidden", allow=LOOPBACK, **config)
    return webhook(run, replace(told(run, kept), web=web()))


def verdict(value: object, run: Run = RUN) -> Any:
    """What it says when the server answers so."""
    with scripted(says(value)) as server:
        return asked(server, run)


# --- the question


def verified(received: Received) -> Play:
    """A server as it should be: it reads nothing that is not signed."""
    signed = received.headers["x-patchgate-timestamp"].encode() + b"." + received.body
    own = "sha256=" + hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    good = hmac.compare_digest(own, received.headers["x-patchgate-signature"])
    return says({"verdict": "passed"}) if good else answer(401)


def test_the_question_is_signed() -> None:
    """Over the moment and the body: neither can be used again with another."""
    with scripted(by(verified)) as server:
        assert asked(server).status is Status.PASSED
        (received,) = server.received
    assert received.headers["x-patchgate-timestamp"] == str(int(NOON.timestamp()))


def test_a_question_that_is_signed_by_another_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBHOOK_OTHER", "another secret of a site")
    with scripted(by(verified)) as server, pytest.raises(CannotTell, match="answered 401"):
        asked(server, secret_env="WEBHOOK_OTHER")  # noqa: S106 - a name, not a secret


def test_the_question_tells_of_the_run_and_its_machines() -> None:
    with scripted(says({"verdict": "passed"})) as server:
        asked(server)
        (received,) = server.received
    assert (received.method, received.target) == ("POST", "/hook?key=hidden")
    assert received.headers["content-type"] == "application/json"
    question = received.json
    assert question == {
        "version": 1,
        "kind": "patchgate.run",
        "asked_at": "2026-11-28T12:00:00Z",
        "answer_by": "2026-11-28T12:20:00Z",
        "run": {
            "id": RUN.id,
            "configuration_id": RUN.configuration_id,
            "name": RUN.name,
            "start": "2026-11-28T12:40:00Z",
            "end": "2026-11-28T15:00:00Z",
            "subscriptions": list(RUN.subscriptions),
        },
        "machines": [
            {
                "id": WEB.id,
                "name": "web-01",
                "kind": "vm",
                "location": "westeurope",
                "os": "linux",
                "power": "running",
                "tags": {"owner": "Jürgen"},
            },
            {
                "id": RUN.machines[1].id,
                "name": "branch-01",
                "kind": "arc",
                "location": "westeurope",
                "os": None,
                "power": None,
                "tags": {},
            },
        ],
    }


def many(count: int, tag: str) -> Run:
    """A run of so many machines, with a long tag each."""
    tagged: tuple[Machine, ...] = tuple(
        replace(vm(f"machine-{n:05}"), tags=Tags({"note": tag})) for n in range(count)
    )
    return of_run(*tagged)


def test_ten_thousand_machines_fit_into_the_question() -> None:
    run = many(10_000, "x" * 256)
    assert len(body_of(run, told(run, Webhook()))) < 8_000_000


def test_a_question_that_is_too_large_is_not_put() -> None:
    """It is not cut either: whoever answers must know of all machines."""
    run = many(10_000, "x" * 600)
    with scripted(says({"verdict": "passed"})) as server:
        with pytest.raises(CannotTell, match=r"10000 machines make .* MB of JSON, more than 8 MB"):
            asked(server, run)
        assert server.received == []


# --- the answer


@pytest.mark.parametrize(
    ("value", "status", "reason"),
    [
        ({"verdict": "passed"}, Status.PASSED, ""),
        ({"verdict": "passed", "reason": "CHG-1"}, Status.PASSED, "CHG-1"),
        ({"verdict": "passed", "run": RUN.id.upper(), "version": 1}, Status.PASSED, ""),
        ({"verdict": "blocked"}, Status.BLOCKED, "the webhook says no"),
        ({"verdict": "blocked", "reason": "CHG-1"}, Status.BLOCKED, "CHG-1"),
        ({"verdict": "skipped"}, Status.SKIPPED, "the webhook skipped it"),
        ({"verdict": "skipped", "reason": "not ours"}, Status.SKIPPED, "not ours"),
    ],
)
def test_its_word_is_taken(value: object, status: Status, reason: str) -> None:
    found = verdict(value)
    assert isinstance(found, Verdict)
    assert (found.status, found.reason) == (status, reason)


def test_its_evidence_is_taken() -> None:
    seen = {"ticket": "CHG-1", "days": 3, "late": True, "reason": "kept out", "none": None}
    found = verdict({"verdict": "blocked", "reason": "no", "evidence": seen})
    assert found.evidence == {"ticket": "CHG-1", "days": 3, "late": True, "none": None}


def test_single_machines_can_have_a_verdict_of_their_own() -> None:
    """In any letter case. The others have the run's."""
    said = {"verdict": "blocked", "reason": "in use"}
    found = verdict({"verdict": "passed", "machines": {WEB.id.upper(): said}})
    assert statuses(found) == {"web-01": "blocked", "branch-01": "passed"}
    found = verdict({"verdict": "blocked", "machines": {WEB.id: {"verdict": "passed"}}})
    assert found.status is Status.BLOCKED


def test_machines_that_are_not_of_the_run_are_told() -> None:
    """It may mean another run."""
    found = verdict({"verdict": "passed", "machines": {"/elsewhere": {"verdict": "passed"}}})
    assert isinstance(found, Mapping)
    outcomes = answered("webhook", RUN, found, 0.0)
    assert [outcome.status.value for outcome in outcomes] == ["passed", "passed", "unknown"]


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ({}, "verdict: Field required"),
        ({"verdict": "ok"}, "verdict: Input should be"),
        ({"verdict": "PASSED"}, "verdict: Input should be"),
        ({"verdict": True}, "verdict: Input should be"),
        ({"verdict": None}, "verdict"),
        ({"verdict": ["passed"]}, "verdict"),
        ({"verdict": "passed", "veridct": "blocked"}, "veridct: Extra inputs"),
        ({"verdict": "passed", "reason": 5}, "reason"),
        ({"verdict": "passed", "reason": "x" * 2001}, "reason"),
        ({"verdict": "passed", "evidence": {"a": {}}}, "evidence"),
        ({"verdict": "passed", "version": 2}, "version"),
        ({"verdict": "passed", "run": RUN.id + "1"}, "about another run"),
        ({"verdict": "passed", "run": ""}, "about another run"),
        ({"verdict": "passed", "machines": [WEB.id]}, "machines"),
        ({"verdict": "passed", "machines": {WEB.id: "blocked"}}, "machines"),
        ({"verdict": "passed", "machines": {WEB.id: {}}}, "verdict: Field required"),
        (
            {
                "verdict": "passed",
                "machines": {
                    WEB.id: {"verdict": "passed"},
                    WEB.id.upper(): {"verdict": "blocked"},
                },
            },
            "names a machine twice",
        ),
        ("passed", "no verdict"),
        (["passed"], "no verdict"),
        (True, "no verdict"),
        (b"", "no JSON"),
        (b"passed", "no JSON"),
        (b"<html>", "no JSON"),
        (b'{"verdict": "passed"', "no JSON"),
        (b'{"verdict": "passed"} {}', "no JSON"),
        (b'{"verdict": "blocked", "verdict": "passed"}', "says something twice"),
        (b'{"verdict": "passed", "evidence": {"a": NaN}}', "no JSON"),
        (b'{"verdict": "\xff"}', "no JSON"),
        (b"[" * 100_000, "no JSON"),
    ],
)
def test_anything_but_a_well_formed_answer_is_unknown(value: object, why: str) -> None:
    """Above all, no answer of another form is a yes."""
    with pytest.raises(CannotTell, match=why) as caught:
        verdict(value)
    assert str(caught.value).startswith("shop.example.com: ")


@settings(max_examples=50)
@given(JSON)
def test_no_other_json_is_a_verdict(value: object) -> None:
    with pytest.raises(CannotTell):
        parse(json.dumps(value).encode(), RUN)


@pytest.mark.parametrize("status", [201, 202, 204, 400, 401, 404, 429, 500, 503])
def test_another_status_than_200_is_unknown(status: int) -> None:
    why = rf"^shop\.example\.com answered {status}$"
    yes = answer(status, {"verdict": "passed"})
    with scripted(yes) as server, pytest.raises(CannotTell, match=why):
        asked(server)


def test_a_redirect_is_not_followed() -> None:
    """The question, and its signature, are for that URL."""
    with scripted(answer(307, headers={"Location": "/other"})) as server:
        with pytest.raises(CannotTell, match="redirects a POST"):
            asked(server)
        assert len(server.received) == 1


# --- the secret


def test_without_a_secret_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WEBHOOK_SECRET")
    with scripted(says({"verdict": "passed"})) as server:
        with pytest.raises(CannotTell, match="the environment has no WEBHOOK_SECRET"):
            asked(server)
        monkeypatch.setenv("WEBHOOK_SECRET", "short")
        with pytest.raises(CannotTell, match="shorter than 16 characters") as caught:
            asked(server)
        monkeypatch.setenv("WEBHOOK_SECRET", "@Microsoft.KeyVault(SecretUri=https://v/s)")
        with pytest.raises(CannotTell, match="has not been resolved"):
            asked(server)
        assert server.received == []
    assert "short," not in str(caught.value)


@pytest.mark.parametrize("field", ["reason", "verdict"])
def test_the_secret_is_never_told(field: str) -> None:
    """Not even by an answer that repeats it."""
    with pytest.raises(CannotTell, match="its answer repeats the secret") as caught:
        verdict({"verdict": "blocked", field: f"I know {SECRET}"})
    assert SECRET not in str(caught.value)


def test_over_tls_the_service_proves_who_it_is(tmp_path: Path) -> None:
    pem = certificate(tmp_path, x509.DNSName("shop.example.com"))
    with scripted(by(verified), tls=server_side(pem)) as server:
        config = Webhook(url=named(server.url), allow=LOOPBACK)
        context = told(RUN, config)
        found = webhook(RUN, replace(context, web=web(trust=pem)))
        assert isinstance(found, Verdict)
        assert found.status is Status.PASSED
        with pytest.raises(CannotTell, match="certificate is not accepted"):
            webhook(RUN, replace(context, web=web()))
        assert len(server.received) == 1


# --- its config


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ({"url": "http://shop.example.com/"}, "use https"),
        ({"url": "shop.example.com"}, "url: a URL begins neither"),
        ({"url": "https://me:secret@shop.example.com/"}, "names a user"),
        ({"secret_env": "AZURE_CLIENT_SECRET"}, "such as WEBHOOK_SECRET"),
        ({"secret_env": "IDENTITY_HEADER"}, "such as WEBHOOK_SECRET"),
        ({"secret_env": "WEBHOOK_"}, "such as WEBHOOK_SECRET"),
        ({"allow": ["office"]}, "no network"),
    ],
)
def test_a_slip_in_its_config_is_told(config: dict[str, Any], why: str) -> None:
    with pytest.raises(BadPlugin, match=why):
        config_of(define(webhook), config)


def test_nothing_configured_is_skipped() -> None:
    found = webhook(RUN, told(RUN, Webhook()))
    assert isinstance(found, Verdict)
    assert found.status is Status.SKIPPED


@pytest.mark.parametrize("name", ["passed", "blocked", "unknown"])
def test_the_shipped_scenarios_end_as_they_are_called(name: str) -> None:
    """With a secret in the environment."""
    assert words(played("webhook", name)) == {"run": name}

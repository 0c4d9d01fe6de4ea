"""`patchgate explain --app`: asked of the app that judged the run."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from core import wire
from core.settings import Settings
from handlers.app import Patchgate
from handlers.keys import key_of
from tests.cli.explain.told import CANCELLED, GATE, ID, RESCUE, RESCUED, told
from tests.cli.published import hold
from tests.cli.reports import RUN
from tests.cli.runs.world import patchgate
from tests.cli.served import Ran
from tests.scripted_server import Received, Script, answer, by, hang_up, scripted

KEY = "f00d-k3y"
NO_GATE = {"error": {"message": "there is no gate of that key; GET /api/gates lists them"}}


@contextmanager
def an_app(stories: Mapping[str, object]) -> Iterator[Script]:
    """The app's two pages, as `handlers.app` answers them; the stories by their keys."""

    def choose(received: Received) -> Any:
        if received.headers.get("x-functions-key") != KEY:
            return answer(401)
        if received.path == "/api/gates":
            told = {"key": GATE, "created": "2026-11-28T02:22:00Z", "state": "Completed"}
            return answer(body={"gates": [{**told, "status": {"headline": "run cancelled"}}]})
        found = stories.get(received.path.removeprefix("/api/gates/"))
        return answer(404, NO_GATE) if found is None else answer(body=found)

    with scripted(by(choose)) as script:
        yield script


def asked(script: Script, *arguments: str, key: str | None = KEY) -> Ran:
    """`patchgate explain` of that app."""
    keyed = () if key is None else ("--key", key)
    return patchgate("explain", *arguments, "--app", script.url, *keyed)


def test_the_app_is_asked_for_every_story_of_a_run() -> None:
    stories = {
        GATE: told(wire.dump(CANCELLED)),
        RESCUE: told(wire.dump(RESCUED)),
    }
    with an_app(stories) as script:
        ran = asked(script, RUN.upper().replace("SUBSCRIPTIONS", "subscriptions"))
    assert ran.code == 0
    assert "CANCELLED, and confirmed" in ran.words
    assert "CANCELLED without its gate" in ran.words
    assert [one.path for one in script.received] == [
        f"/api/gates/{key_of(kind, ID)}"
        for kind in ("gate", "aftermath", "rescue", "restore", "late")
    ]


def test_one_story_is_asked_for_by_its_key() -> None:
    with an_app({GATE: told(wire.dump(CANCELLED))}) as script:
        ran = asked(script, GATE, "--json")
    assert ran.json["reports"][0]["key"] == GATE
    assert len(script.received) == 1


def test_the_key_of_the_app_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATCHGATE_APP_KEY", KEY)
    with an_app({GATE: told(wire.dump(CANCELLED))}) as script:
        assert asked(script, GATE, key=None).code == 0
    assert KEY not in script.received[0].target


def test_without_a_run_the_gates_of_the_app_are_listed() -> None:
    with an_app({}) as script:
        shown, listed = asked(script), asked(script, "--json").json
    hold(listed, "explain")
    assert f"2026-11-28 02:22 {GATE} Completed run cancelled" in shown.words
    assert [one["key"] for one in listed["gates"]] == [GATE]
    assert script.received[0].target == "/api/gates?hours=48"


def test_a_gate_that_is_at_work_has_no_report_yet() -> None:
    with an_app({GATE: told(None, "Running", phase="checks")}) as script:
        ran = asked(script, GATE)
    assert (ran.code, ran.out) == (1, "")
    assert f"{GATE} has no report: it is Running (checks)" in ran.problem


def test_a_run_that_the_app_does_not_know_is_said() -> None:
    with an_app({}) as script:
        ran = asked(script, RUN)
    assert ran.code == 1
    assert "has no report of" in ran.problem


def test_a_missing_function_key_is_said() -> None:
    with an_app({}) as script:
        ran = asked(script, GATE, key="wrong")
    assert ran.code == 3
    assert "it wants a function key: --key, or PATCHGATE_APP_KEY" in ran.problem


@pytest.mark.parametrize(
    ("play", "said"),
    [
        (answer(404, b"<html>", content_type="text/html"), "no Patchgate is at"),
        (answer(302, headers={"Location": "http://127.0.0.1:1/"}), "answered 302"),
        (answer(500), "answered 500"),
        (answer(200, b"[1]"), "answered 200, and not as Patchgate does"),
        (hang_up(), "does not answer (ConnectionError)"),
    ],
    ids=["404", "302", "500", "list", "hang up"],
)
def test_what_is_not_patchgate_is_said(play: Any, said: str) -> None:
    with scripted(play) as script:
        ran = asked(script, GATE)
    assert ran.code == 3
    assert said in ran.problem
    assert len(script.received) == 1  # the key goes nowhere else


def test_the_app_answers_an_unknown_key_as_told_here(tmp_path: Path) -> None:
    """That is how its 404 is told from one of the host."""
    patchgate_app = Patchgate(Settings(), root=tmp_path)
    status, body = asyncio.run(patchgate_app.report(None, "no key"))
    assert (status, json.loads(body)) == (404, NO_GATE)

"""People are told what becomes of a run, and nobody is kept waiting for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from actions.builtin.notify import notify
from actions.discovery import define
from actions.notifying.bodies import body_for
from actions.notifying.config import Channel, NotifyConfig
from actions.notifying.sending import send
from actions.notifying.templates import filled
from actions.testing import a_context, a_run, try_do
from core import wire
from core.errors import BadConfig
from core.model import Outcome, Status
from core.notice import Notice
from handlers.orders import ActRequest, RunHead
from handlers.steps.acting import act
from plugins.answers import CannotTell
from plugins.config import config_of
from tests.checks.asking import EVENT, site
from tests.checks.webs import LOOPBACK, named, web
from tests.scripted_server import Script, answer, scripted, silence

RUN = a_run("web-01")
NOTICE = Notice(
    state="cancelled",
    run=RUN.id,
    configuration=RUN.configuration_id,
    headline="2 of 40 machines must not be patched",
    reasons=("recent_backup: web-01: no backup since *Monday*", "opt_out_tag: <b>web-02</b> & co"),
    machines=40,
    start=datetime(2026, 3, 14, 3, tzinfo=UTC),
    report_url="https://gate.example.com/api/status?run=1",
)
GOLDEN = Path(__file__).parent / "notices"
HIDDEN = "/hook/aSecretPath?sig=aSecretSignature"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Script]:
    """Whoever listens behind the URL of each channel."""
    with scripted(answer(202)) as listening:
        for name in ("NOTIFY_TEAMS", "NOTIFY_SLACK", "NOTIFY_OTHER"):
            monkeypatch.setenv(name, named(listening.url) + HIDDEN)
        yield listening


def channel(kind: Any = "webhook", env: str = "NOTIFY_OTHER", **more: Any) -> dict[str, Any]:
    return {"kind": kind, "url_env": env, "allow": LOOPBACK, **more}


def told(notice: Notice = NOTICE, **config: Any) -> Outcome:
    """What the action answers when it is given that notice."""
    config.setdefault("channels", [channel()])
    memory = {"": {"notice": wire.dump(notice)}}
    (outcome,) = try_do(notify, RUN, memory, config=config, web=web())
    return outcome


# --- what is sent


@pytest.mark.parametrize("kind", ["teams", "slack", "webhook"])
def test_each_kind_of_channel_is_sent_what_it_takes(kind: str) -> None:
    """As it was looked at by people: see the files."""
    sent = json.loads(body_for(kind, NOTICE, NotifyConfig()))
    assert sent == json.loads((GOLDEN / f"{kind}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("kind", ["teams", "slack", "webhook"])
def test_a_thousand_long_reasons_are_cut_to_what_a_channel_takes(kind: str) -> None:
    """Teams takes 28 KB, and Slack 3,000 characters in a text."""
    long = replace(NOTICE, reasons=("ü" * 5000,) * 1000, headline="x" * 5000)
    body = body_for(kind, long, NotifyConfig())
    assert len(body) < 28_000
    assert "and 990 more" in body.decode() or kind == "slack"
    if kind == "slack":
        texts = [block["text"]["text"] for block in json.loads(body)["blocks"][:2]]
        assert len(texts[0]) <= 150
        assert len(texts[1]) <= 3000


def test_what_a_check_says_fills_no_place_and_shows_no_secret() -> None:
    notice = replace(NOTICE, headline="{run} password=hunter2", reasons=("token=abc123secret",))
    assert filled("{headline}", notice) == "{run} password=(masked)"
    assert b"abc123secret" not in body_for("webhook", notice, NotifyConfig())


def test_a_report_that_is_opened_by_a_key_is_not_linked() -> None:
    notice = replace(NOTICE, report_url="https://gate.example.com/api/status?code=aKeyOfTheApp")
    for kind in ("teams", "slack", "webhook"):
        text = body_for(kind, notice, NotifyConfig(text="{report_url}"))
        assert b"aKeyOfTheApp" not in text


# --- how it is sent


def test_every_channel_is_told_once_with_the_key_of_run_and_state(server: Script) -> None:
    channels = [channel("teams", "NOTIFY_TEAMS"), channel("slack", "NOTIFY_SLACK"), channel()]
    outcome = told(channels=channels)
    assert (outcome.status, outcome.reason) == (
        Status.PASSED,
        "told teams (NOTIFY_TEAMS), slack (NOTIFY_SLACK), webhook (NOTIFY_OTHER)",
    )
    assert len(server.received) == 3
    for one in server.received:
        assert (one.method, one.target) == ("POST", HIDDEN)
        assert one.headers["idempotency-key"] == NOTICE.key
        assert NOTICE.key in json.dumps(one.json)


def test_a_repeat_has_the_same_key_and_another_state_another(server: Script) -> None:
    told()
    told(replace(NOTICE, run=NOTICE.run.upper(), reasons=()))
    told(replace(NOTICE, state="undone"))
    first, second, third = (one.headers["idempotency-key"] for one in server.received)
    assert first == second
    assert first != third


def test_nobody_is_told_of_a_state_that_is_not_wanted(server: Script) -> None:
    assert told(replace(NOTICE, state="start")).reason == "nobody is to be told of this"
    assert told(states=["start"]).status is Status.SKIPPED
    assert told(channels=[channel(states=["cancelled"])], states=["start"]).status is Status.PASSED
    assert len(server.received) == 1


def test_without_a_notice_there_is_nothing_to_tell(server: Script) -> None:
    (outcome,) = try_do(notify, RUN, {}, config={"channels": [channel()]}, web=web())
    assert outcome.status is Status.SKIPPED
    assert server.received == []


def test_a_notice_about_another_run_is_told_to_nobody(server: Script) -> None:
    assert told(replace(NOTICE, run=NOTICE.run + "1")).status is Status.UNKNOWN
    assert server.received == []


# --- what goes wrong


def test_a_channel_that_hangs_ends_in_its_own_time_and_keeps_none_of_the_others(
    monkeypatch: pytest.MonkeyPatch, server: Script
) -> None:
    with scripted(silence()) as silent:
        monkeypatch.setenv("NOTIFY_SLACK", named(silent.url) + HIDDEN)
        outcome = told(channels=[channel("slack", "NOTIFY_SLACK"), channel()], seconds=1)
    assert outcome.status is Status.BLOCKED
    assert outcome.reason.startswith("slack (NOTIFY_SLACK): ")
    assert outcome.evidence["told"] == "webhook (NOTIFY_OTHER)"
    assert len(silent.received) == 1


@pytest.mark.parametrize(
    ("status", "says"), [(404, "answered 404"), (500, "answered 500"), (307, "redirects")]
)
def test_a_channel_that_does_not_take_it_is_told_about_without_its_url(
    monkeypatch: pytest.MonkeyPatch, status: int, says: str
) -> None:
    headers = {"Location": "https://elsewhere.example.com/"}
    with scripted(answer(status, headers=headers)) as refusing:
        monkeypatch.setenv("NOTIFY_OTHER", named(refusing.url) + HIDDEN)
        outcome = told()
    assert outcome.status is Status.BLOCKED
    assert says in outcome.reason
    assert "aSecret" not in repr(outcome)
    assert len(refusing.received) == 1


@pytest.mark.parametrize("url", ["", "ftp://aSecret.example.com/", "https://a b/aSecret"])
def test_a_url_that_is_none_is_told_about_without_it(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("NOTIFY_OTHER", url)
    outcome = told()
    assert outcome.status is Status.BLOCKED
    assert "aSecret" not in repr(outcome)


def test_a_url_that_leads_inside_is_refused(server: Script) -> None:
    outcome = told(channels=[channel(allow=[])])
    assert outcome.status is Status.BLOCKED
    assert server.received == []


class _Bad:
    """A web that breaks in a way that nobody thought of, and repeats the URL."""

    def fetch(self, url: str, /, **given: Any) -> Any:
        raise RuntimeError(url)


def test_whatever_breaks_is_told_and_not_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    config = NotifyConfig(channels=(Channel(kind="webhook", url_env="NOTIFY_OTHER"),))
    (one,) = send(NOTICE, config, _Bad(), {"NOTIFY_OTHER": "https://h/aSecret"})
    assert one.problem == "raised RuntimeError"


# --- what is configured


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"title": "{run.__class__}"}, "means nothing"),
        ({"text": "{run"}, "a brace without its other half"),
        ({"text": ""}, "1 to 2000"),
        ({"seconds": 60}, "1 to 20"),
        ({"states": ["maybe"]}, "states"),
        ({"channels": [{"kind": "teams", "url_env": "PATH"}]}, "NOTIFY_TEAMS"),
        ({"channels": [{"kind": "fax", "url_env": "NOTIFY_FAX"}]}, "channels"),
        ({"channels": [channel(), channel("slack")]}, "told twice"),
        ({"channels": [channel(allow=["all"])]}, "channels"),
    ],
)
def test_a_config_that_means_nothing_is_none(config: dict[str, Any], says: str) -> None:
    with pytest.raises(BadConfig, match=says):
        config_of(define(notify), config)


def test_it_can_neither_delay_nor_decide() -> None:
    """Whatever it answers is advice, of which an unknown one goes on."""
    options = define(notify).options
    assert (options.advisory, options.on_unknown, options.enabled) == (True, "proceed", False)


def test_a_notice_survives_its_way_through_a_step() -> None:
    assert wire.load(Notice, json.loads(json.dumps(wire.dump(NOTICE)))) == NOTICE


def test_the_function_can_be_called_by_itself(server: Script) -> None:
    config = NotifyConfig(channels=(Channel(kind="slack", url_env="NOTIFY_SLACK", allow=LOOPBACK),))
    context = a_context(RUN, memory={"notice": wire.dump(NOTICE)}, config=config)
    assert notify(RUN, replace(context, web=web())).status is Status.PASSED
    with pytest.raises(CannotTell, match="another run"):
        notify(replace(RUN, id=RUN.id + "1"), context)


def test_the_step_that_does_actions_sends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The story gives it the notice as what was remembered about the run."""
    monkeypatch.setenv("NOTIFY_TEAMS", "http://hooks.simulator/teams?sig=aSecretSignature")
    scenario = (
        '[[machines]]\nname = "a"\n[[sites]]\nname = "hooks"\npath = "/teams"\nstatus = 202\n'
    )
    notice = replace(NOTICE, run=str(EVENT.run), configuration=str(EVENT.configuration))
    with site(scenario) as world:
        request = ActRequest(
            action="notify",
            stage="do",
            run=RunHead.of(EVENT),
            machines=(),
            deadline=world.services.clock.now() + timedelta(seconds=30),
            memory=wire.pack_memories({"": {"notice": wire.dump(notice)}}),
            config={"channels": [{"kind": "teams", "url_env": "NOTIFY_TEAMS"}]},
        )
        assert act(world.services, request).answer.tally.passed == 1
        assert [seen.path for seen in world.azure.seen] == ["/teams"]

"""`patchgate drill`, over HTTP: to the app's own handlers, which ask a simulated Azure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from checks.testing import SkippingClock
from cli.azure.connection import Connection
from cli.drill.running import Wanted, run_drill
from core.ids import DRILL
from core.rights import CANCEL
from core.settings import Settings
from handlers.engines import Known
from tests.cli.doctor.ward import SITE, site_in, ward
from tests.cli.drill.app import (
    EVENT_KEY,
    KEY,
    KEYS,
    deployed,
    drilled,
    pages,
    patchgate,
    services_at,
)
from tests.cli.published import hold
from tests.cli.runs.world import CONFIGURATION, RUN, Cloud, cloud, ended
from tests.fakes import FakeKnown, FakeStarter
from tests.scripted_server import Play, Received, answer, by, hang_up, scripted

UNKNOWN_GATE = {"error": {"message": "there is no gate of that key; GET /api/gates lists them"}}
NOBODY = "http://127.0.0.1:9"
WHOLE_RUN = '''
from checks import Run, Verdict, blocked, check
@check
def not_today(run: Run) -> Verdict:
    """Not today."""
    return blocked("not today")
'''


@pytest.fixture(autouse=True)
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in which all is well, which the command is called in."""
    for name in ("PATCHGATE_APP_KEY", "PATCHGATE_EVENT_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(site_in(tmp_path, {"my_checks/not_today.py": WHOLE_RUN}))
    return tmp_path


@pytest.fixture
def azure() -> Iterator[Cloud]:
    """An Azure with a run that is about to start."""
    with cloud() as made:
        yield made


def untouched(azure: Cloud) -> None:
    """Nothing was sent to Azure that changes anything, and the run that there is still stands."""
    assert {seen.method for seen in azure.azure.seen if seen.what != "graph"} <= {"GET"}
    assert azure.azure.run_status == "Pending"


def steps(told: Any) -> dict[str, bool]:
    """Each step, and whether it was taken."""
    return {one["step"]: one["ok"] for one in told["steps"]}


def test_the_event_is_judged_and_the_cancel_call_is_reached(azure: Cloud, site: Path) -> None:
    with deployed(azure, site) as app:
        ran = drilled(azure, app.url)
    assert ran.code == 0, ran.out + ran.err
    assert f"Drill of Weekly, run {DRILL}" in ran.words
    assert "decided to cancel (" in ran.words
    assert "1 check answered" in ran.words
    assert "not_today ✗ 1 BLOCKED" in ran.words
    assert "judged, and the cancel call was reached" in ran.words
    assert "no run was touched" in ran.words
    untouched(azure)


def test_json_has_every_step_and_the_report(azure: Cloud, site: Path) -> None:
    with deployed(azure, site) as app:
        told = drilled(azure, app.url, "--json").json
    hold(told, "drill")
    assert told["reached"]
    assert steps(told) == dict.fromkeys(
        ("delivered", "judged", "token", "read-back", "right"), True
    )
    assert (told["report"]["ending"], told["report"]["cancellation"]) == ("drill", None)
    assert told["report"]["run"] == told["run"]
    assert told["report"]["key"] == told["key"]


def test_an_identity_that_may_not_cancel_is_found_out(azure: Cloud, site: Path) -> None:
    azure.azure.management.rights.grant(
        "/subscriptions/" + RUN.configuration.subscription, ["*/read"]
    )
    with deployed(azure, site) as app:
        ran = drilled(azure, app.url)
        told = drilled(azure, app.url, "--json").json
    assert ran.code == 1
    assert f"✗ right to cancel the app's identity lacks {CANCEL} on {CONFIGURATION}" in ran.words
    assert "NOT all was reached" in ran.words
    assert steps(told) == {
        "delivered": True,
        "judged": True,
        "token": True,
        "read-back": True,
        "right": False,
    }
    assert told["steps"][-1]["mend"].startswith("patchgate permissions --configuration ")
    hold(told, "drill")
    untouched(azure)


def test_a_configuration_that_the_app_refuses_is_said_with_the_setting(
    azure: Cloud, site: Path
) -> None:
    """The app fails the event, as it would fail those of Event Grid."""
    with deployed(azure, site, PATCHGATE_CONFIGURATIONS="*/maintenanceConfigurations/other") as app:
        ran = drilled(azure, app.url)
        told = drilled(azure, app.url, "--json").json
    assert ran.code == 1
    assert "matches none of PATCHGATE_CONFIGURATIONS" in ran.words
    assert steps(told) == {"delivered": False}
    assert told["report"] is None
    setting = f"--settings PATCHGATE_CONFIGURATIONS={CONFIGURATION}"
    assert told["steps"][0]["mend"].endswith(setting)
    hold(told, "drill")


def test_an_app_whose_engine_is_down_is_said(azure: Cloud, site: Path) -> None:
    """Its trigger tries until the checks would have had to answer, and then fails the event."""
    services = services_at(azure, site)
    services.clock = SkippingClock(services.clock.now())

    class Down(FakeStarter):
        async def look(self, key: str) -> FakeKnown | None:
            return None

    with scripted(pages(services, Down(refuses=True))) as app:
        told = drilled(azure, app.url, "--json")
    assert told.code == 1
    assert steps(told.json) == {"delivered": False}
    assert "storage is down" in told.json["steps"][0]["says"]
    untouched(azure)


def gates_of(known: Known | None) -> Play:
    """An app that takes the event, and then knows that of its gate."""
    asked: list[str] = []

    def choose(received: Received) -> Play:
        if received.method == "POST":
            asked.append(received.path)
            return answer(202)
        if not asked or known is None:
            return answer(404, UNKNOWN_GATE)
        name = received.path.removeprefix("/api/gates/")
        body = {"key": name, "state": known.state, "status": known.status, "report": known.output}
        return answer(200, body)

    return by(choose)


def wanted(url: str, **more: Any) -> Wanted:
    """A drill of that app."""
    given = {"app": url, "key": KEY, "event_key": EVENT_KEY, **more}
    return Wanted(configuration=CONFIGURATION, **given)


@pytest.mark.parametrize(
    ("known", "said"),
    [
        (FakeKnown(status={"phase": "checks"}), "Running, checks"),
        (FakeKnown(state="Pending"), "Pending, and shows nothing yet"),
        (FakeKnown(state="Failed", output="it broke"), "is no report of Patchgate"),
        (None, "there is no gate of it"),
    ],
    ids=["at work", "pending", "failed", "unknown"],
)
def test_a_report_that_never_comes_is_said_with_what_was_seen_last(
    azure: Cloud, known: FakeKnown | None, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with scripted(gates_of(known)) as app:
        code = ended(lambda: run_drill(wanted(app.url), azure=azure.patient()))
    assert code == 1
    words = " ".join(capsys.readouterr().out.split())
    assert "✗ judged no report came in time; the last that was seen: " in words
    assert said in words
    assert "patchgate explain gate-weekly-" in words


def test_an_app_that_takes_it_for_a_run_is_told_from_one_that_knows_drills(
    azure: Cloud, site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A version from before drills: the cancel call that it sends is for no run."""
    with deployed(azure, site) as app:
        report = drilled(azure, app.url, "--json").json["report"]
    old = {**report, "ending": "not confirmed", "rehearsal": None}
    with scripted(gates_of(FakeKnown(state="Completed", output=old))) as older:
        code = ended(lambda: run_drill(wanted(older.url), azure=azure.patient()))
    assert code == 1
    assert "it is older than drills are" in " ".join(capsys.readouterr().out.split())


# The app and its keys


def test_an_app_that_is_not_there_gets_no_event(azure: Cloud) -> None:
    ran = drilled(azure, NOBODY)
    assert ran.code == 3
    assert "does not answer" in ran.problem


def test_a_wrong_function_key_is_said_before_anything_is_sent(azure: Cloud) -> None:
    with scripted(answer(401)) as app:
        ran = drilled(azure, app.url)
        assert [one.method for one in app.received] == ["GET"]
    assert ran.code == 3
    assert "it wants a function key" in ran.problem


@pytest.mark.parametrize(
    ("play", "said", "mend"),
    [
        (answer(401), "the app refused the key of its events (401)", "eventgrid_extension"),
        (answer(404), "the app has no function that takes events (404)", "func azure"),
        (answer(500, b"boom"), "the app did not take the event (500: boom)", "patchgate doctor"),
    ],
    ids=["401", "404", "500"],
)
def test_what_the_app_does_not_take_is_said_with_what_mends_it(
    azure: Cloud, play: Play, said: str, mend: str
) -> None:
    def choose(received: Received) -> Play:
        return play if received.method == "POST" else answer(404, UNKNOWN_GATE)

    with scripted(by(choose)) as app:
        ran = drilled(azure, app.url)
    assert ran.code == 1
    assert f"✗ event delivered {said}" in ran.words
    assert mend in ran.words


def test_an_app_that_hangs_up_may_have_taken_the_event(
    azure: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    """So its report is waited for all the same."""

    def choose(received: Received) -> Play:
        return hang_up() if received.method == "POST" else answer(404, UNKNOWN_GATE)

    with scripted(by(choose)) as app:
        code = ended(lambda: run_drill(wanted(app.url), azure=azure.patient()))
        assert len(app.sent("GET")) > 10
    assert code == 1
    assert "gave no answer to the event: ConnectionError" in " ".join(
        capsys.readouterr().out.split()
    )


def test_keys_go_to_the_app_in_headers_and_nowhere_else(azure: Cloud, site: Path) -> None:
    with deployed(azure, site) as app:
        ran = drilled(azure, app.url, "--json")
        assert all(key not in one.target for one in app.received for key in (KEY, EVENT_KEY))
    assert KEY not in ran.out + ran.err
    assert EVENT_KEY not in ran.out + ran.err
    assert all(EVENT_KEY not in str(seen.headers) for seen in azure.azure.seen)


def test_keys_may_come_from_the_environment(azure: Cloud, site: Path) -> None:
    environment = {"PATCHGATE_APP_KEY": KEY, "PATCHGATE_EVENT_KEY": EVENT_KEY}
    with deployed(azure, site) as app:
        where = ("--configuration", CONFIGURATION, "--arm", azure.url, "--app", app.url)
        ran = patchgate("drill", *where, environment=environment)
    assert ran.code == 0, ran.out + ran.err


def test_without_keys_azure_is_asked_for_those_of_the_app_that_the_events_go_to(site: Path) -> None:
    with ward() as w, deployed(w.cloud, site) as app:
        w.put(SITE, {"state": "Running", "defaultHostName": app.url.removeprefix("http://")})
        w.put(f"{SITE}/host/default", KEYS)
        ran = drilled(w.cloud, app.url, keys=False)
    assert ran.code == 0, ran.out + ran.err
    assert "m4st3r" not in str([one.headers for one in app.received])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda w: w.app(), "pre events go to patchgate.azurewebsites.net, and not to http://127"),
        (lambda w: w.remove(SITE), "cannot find the app: it is not there"),
        (
            lambda w: w.put(SITE, {"state": "Running", "defaultHostName": "127.0.0.1:9"}),
            "cannot list the keys of the app: it is not there",
        ),
    ],
    ids=["another app", "no app", "no keys"],
)
def test_keys_that_cannot_be_known_are_asked_for(change: Callable[[Any], Any], said: str) -> None:
    with ward() as w:
        change(w)
        ran = drilled(w.cloud, NOBODY, keys=False)
    assert ran.code == 3
    assert said in ran.problem


def test_whoever_may_not_list_keys_is_told_which_right_it_takes() -> None:
    with ward() as w:
        w.put(SITE, {"state": "Running", "defaultHostName": "127.0.0.1:9"})
        w.put(f"{SITE}/host/default", {**KEYS, "systemKeys": {}})
        none = drilled(w.cloud, NOBODY, keys=False)
    assert none.code == 3
    assert (
        "it has no system key eventgrid_extension: is maintenance_event deployed?" in none.problem
    )
    with ward("[[faults]]\non = 'arm'\nalways = true\nstatus = 403\n") as w:
        refused = drilled(w.cloud, NOBODY, keys=False)
    assert refused.code == 3
    assert "403" in refused.problem


def test_no_subscription_to_the_events_is_said(azure: Cloud) -> None:
    ran = drilled(azure, NOBODY, keys=False)
    assert ran.code == 3
    assert "cannot find the app: no event subscription takes pre events" in ran.problem
    assert "patchgate events add" in ran.problem


# Bad input, and Ctrl-C


@pytest.mark.parametrize(
    "more",
    [
        ("--app", "ftp://example.org"),
        ("--key", "two words"),
        ("--event-key", "two words"),
        ("--minutes", "0"),
        ("--configuration", "weekly"),
    ],
    ids=lambda more: more[0],
)
def test_what_is_not_legal_is_said_before_anything_is_asked(
    azure: Cloud, more: tuple[str, str]
) -> None:
    assert drilled(azure, NOBODY, *more).code == 2


def test_a_configuration_of_another_scope_has_no_events() -> None:
    with cloud("[configuration]\nscope = 'Host'\n") as azure:
        ran = drilled(azure, NOBODY)
    assert ran.code == 2
    assert "only those of InGuestPatch have pre and post events" in ran.problem


class Interrupting(SkippingClock):
    """Ctrl-C comes while somebody waits."""

    def sleep(self, seconds: float) -> None:
        raise KeyboardInterrupt


def test_ctrl_c_says_that_a_drill_was_sent_and_where_its_report_will_be(
    azure: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    patient = azure.patient()
    settings = Settings.from_environment({"PATCHGATE_SIMULATOR": azure.url})
    connection = Connection(settings=settings, clock=Interrupting(patient.clock.now()))
    with scripted(gates_of(FakeKnown())) as app:
        code = ended(lambda: run_drill(wanted(app.url), azure=connection))
    assert code == 130
    said = capsys.readouterr().err
    assert "interrupted: the event of a drill was sent, and touches no run" in said
    assert "patchgate explain gate-weekly-patchgate-drill-2026" in said


def test_a_drill_s_run_cannot_be_cancelled_by_hand(azure: Cloud) -> None:
    run = replace(RUN, name=f"{DRILL.upper()}1")
    ran = patchgate("cancel", run, "--yes", "--arm", azure.url)
    assert ran.code == 2
    assert "is the run of a drill, which does not exist: nothing was sent" in ran.problem
    assert azure.azure.seen == ()

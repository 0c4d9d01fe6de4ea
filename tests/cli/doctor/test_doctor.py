"""`patchgate doctor`: all is well, or each thing that is not, with the command that mends it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from checks.testing import SkippingClock
from cli.azure.connection import Connection
from cli.doctor.finding import Unanswered, asking
from cli.doctor.running import Wanted, run_doctor
from core.clock import Clock, SystemClock
from core.errors import ArmProblem
from core.rights import ON_MACHINES
from core.settings import Settings
from tests.cli.doctor.ward import (
    CLIENT,
    CONTAINER,
    FUNCTION,
    GATE,
    OPS,
    PRINCIPAL,
    QUESTIONS,
    SETTINGS,
    SITE,
    TOPIC,
    Ward,
    site_in,
    ward,
)
from tests.cli.published import hold
from tests.cli.runs.world import CONFIGURATION, HOME, OTHER, Cloud
from tests.scripted_server import Received, answer, by, scripted

KEY = "f00d-k3y"
REFUSED = "[[faults]]\non = 'any'\nalways = true\nstatus = 403\n"
BROKEN = "import nowhere_to_be_found\n"
Change = Callable[[Ward], object]


@pytest.fixture(autouse=True)
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in which all is well, which the command is called in."""
    monkeypatch.delenv("PATCHGATE_APP_KEY", raising=False)
    monkeypatch.chdir(site_in(tmp_path))
    return tmp_path


class Ahead(SystemClock):
    """The clock of a machine that is so far ahead."""

    def __init__(self, ahead: timedelta) -> None:
        self._ahead = ahead

    def now(self) -> datetime:
        return super().now() + self._ahead


def at(azure: Cloud, clock: Clock) -> Connection:
    """A connection from a machine with that clock."""
    settings = Settings.from_environment({"PATCHGATE_SIMULATOR": azure.url})
    return Connection(settings=settings, clock=clock)


def states(told: dict[str, dict[str, str]]) -> dict[str, str]:
    """The questions that are not ok."""
    return {name: one["state"] for name, one in told.items() if one["state"] != "ok"}


def an_app(body: Any, status: int = 200) -> Any:
    """An app that gives that body to whoever has the key."""

    def choose(received: Received) -> Any:
        if received.headers.get("x-functions-key") != KEY:
            return answer(401)
        return answer(status, body=body)

    return scripted(by(choose))


def test_all_is_well_and_nothing_is_written() -> None:
    """Whether the container is empty, only data-plane rights tell: a warning with the command."""
    with ward() as azure, an_app({"gates": []}) as script:
        ran = azure.doctor("--app", script.url, "--key", KEY)
        told = azure.doctor("--json", "--app", script.url, "--key", KEY).json
        assert {one.method for one in azure.cloud.azure.seen} == {"GET", "POST"}
        assert azure.cloud.azure.run_status == "Pending"
    assert ran.code == 0
    assert "Weekly is ready for its next run: 0 failures, 1 warning" in ran.words
    assert "az storage blob list --account-name lost -c events --auth-mode login" in ran.words
    assert "the app's identity has all of Patchgate Canceller" in ran.words
    hold(told, "doctor")
    assert told["ready"] is True
    assert tuple(one["question"] for one in told["findings"]) == QUESTIONS
    found = {one["question"]: one for one in told["findings"]}
    assert states(found) == {"dead letters": "warning"}


def test_what_cannot_be_read_is_never_ok(capsys: pytest.CaptureFixture[str]) -> None:
    """Azure answers, and refuses everything."""
    with ward(REFUSED) as azure:
        wanted = Wanted(configuration=CONFIGURATION, as_json=True)
        code = run_doctor(wanted, azure=at(azure.cloud, SkippingClock(datetime.now(UTC))))
    told = json.loads(capsys.readouterr().out)
    hold(told, "doctor")
    found = {one["question"]: one for one in told["findings"]}
    assert code == 1
    assert told["ready"] is False
    here = {"policy", "checks", "actions", "rights of actions", "host settings", "Azure"}
    assert set(states(found)) == set(QUESTIONS) - here
    unsure = {"worker settings", "app"}  # which are not asked of Azure, or only advice
    assert {name for name, state in states(found).items() if state == "warning"} == unsure
    assert all(one["mend"] for name, one in found.items() if name not in here)
    assert f"--role 'Reader' --scope {CONFIGURATION}" in found["configuration"]["mend"]


def test_azure_that_has_had_too_many_requests_is_never_ok(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It is asked again for a minute, which does not pass here."""
    scenario = f"{GATE}[[faults]]\non = 'arm'\nalways = true\nstatus = 429\n"
    with ward(scenario) as azure:
        wanted = Wanted(configuration=CONFIGURATION, as_json=True)
        code = run_doctor(wanted, azure=at(azure.cloud, SkippingClock(datetime.now(UTC))))
    told = json.loads(capsys.readouterr().out)
    found = {one["question"]: one for one in told["findings"]}
    assert code == 1
    assert found["configuration"]["state"] == "failure"
    assert "429" in found["configuration"]["says"]
    assert "try again" in found["configuration"]["mend"]
    assert found["function"]["state"] == found["retries"]["state"] == "failure"


def test_azure_that_is_not_there_is_one_failure_and_does_not_hide_the_project() -> None:
    with ward() as azure:
        url = azure.cloud.url
    ran = Ward(cloud=Cloud(azure=azure.cloud.azure, url=url, start=azure.cloud.start)).doctor()
    assert ran.code == 1
    assert "✗ Azure" in ran.out
    assert "Azure cannot be reached: is this machine online" in ran.words
    assert "✓ policy" in ran.out
    assert ran.err == ""


def late(azure: Ward) -> None:
    """The schedule was changed too late, and a setting has a slip."""
    azure.cloud.changed(azure.cloud.start - timedelta(minutes=39))
    azure.settings(PATCHGATE_CONFIGURATIONZ="x")


def lost(azure: Ward) -> None:
    """Events were lost, the app is stopped, and takes events of others only."""
    by = {"EventSubscriptionName": "gate"}
    metrics, now = azure.cloud.azure.management.metrics, datetime.now(UTC)
    metrics.record(TOPIC, "DeadLetteredCount", now - timedelta(hours=3), 2, **by)
    azure.app("Stopped", principalId=PRINCIPAL)
    azure.settings(PATCHGATE_CONFIGURATIONS="/subscriptions/other*")


def careless(azure: Ward) -> None:
    """The function is off, the container gone, and the settings are as they come."""
    azure.change(FUNCTION, isDisabled=True)
    azure.remove(CONTAINER)
    azure.settings(PATCHGATE_CONFIGURATIONS="*", FUNCTIONS_WORKER_PROCESS_COUNT="1")


def half_made(azure: Ward) -> None:
    """The topic has failed, the function is not indexed, and settings cannot be read."""
    azure.change(TOPIC, provisioningState="Failed")
    azure.remove(FUNCTION)
    azure.remove(SETTINGS)


def simulated(azure: Ward) -> None:
    """The app asks a simulator, has no identity, and its subscription ends."""
    azure.settings(PATCHGATE_SIMULATOR="http://127.0.0.1:1")
    azure.app(type="None")
    azure.change(f"{TOPIC}/eventSubscriptions/gate", expirationTimeUtc="2027-01-01")


HIDDEN = GATE.replace(
    "retryPolicy",
    "filter = { includedEventTypes = ['Microsoft.Maintenance.PreMaintenanceEvent'],"
    " subjectBeginsWith = '/x' }\nretryPolicy",
)
OPEN = GATE.replace("retryPolicy", "filter = { includedEventTypes = [] }\nretryPolicy")
SLOW = OPEN.replace("eventTimeToLiveInMinutes = 30", "eventTimeToLiveInMinutes = 1440")
POST = GATE.replace("[[event_subscriptions]]", "[[event_subscriptions]]\ntypes = ['post']")
TWICE = GATE + GATE.replace("[[event_subscriptions]]", "[[event_subscriptions]]\nname = 'twin'")
HOOK = (
    "[[event_subscriptions]]\n[event_subscriptions.destination]\nendpointType = 'WebHook'\n"
    "properties = { endpointUrl = 'https://gate.example/$(id)?code=s3cret' }\n"
)
SLOT = (
    "[[event_subscriptions]]\n[event_subscriptions.destination]\nendpointType = 'AzureFunction'\n"
    f"properties = {{ resourceId = '{SITE}/slots/staging/functions/maintenance_event' }}\n"
)
NOT_GUEST = f"{HIDDEN}[configuration]\nscope = 'Host'\n"
NEVER = f"{GATE}[configuration.window]\nexpirationDateTime = '2020-01-01 00:00'\n"


@pytest.mark.parametrize(
    ("scenario", "change", "expected"),
    [
        (
            NOT_GUEST,
            lost,
            (
                ("configuration", "failure", "its scope is Host", "InGuestPatch"),
                ("event types", "warning", "no post events", "--types both"),
                ("event filter", "failure", "subject begins with '/x'", "events add gate"),
                ("dead letters", "failure", "2 events lost within 7 days", "az storage blob"),
                ("function", "failure", "the app is Stopped", "az functionapp start"),
                ("allow-list", "failure", "the app refuses its events", CONFIGURATION),
            ),
        ),
        (
            SLOW,
            careless,
            (
                ("event filter", "warning", "no type filter inside", "--types both"),
                ("retries", "warning", "gate: 1440 minutes", "events remove gate"),
                ("dead letters", "failure", "it is not there", "az resource show"),
                ("function", "failure", "is switched off", "Disabled=false"),
                ("worker settings", "warning", "PROCESS_COUNT is 1", "PROCESS_COUNT=2"),
                (
                    "allow-list",
                    "warning",
                    "is *: the watchdog does not look",
                    f"PATCHGATE_CONFIGURATIONS={CONFIGURATION}",
                ),
            ),
        ),
        (
            NEVER,
            half_made,
            (
                ("next run", "failure", "there is none", "az maintenance"),
                ("event subscription", "failure", "the topic is Failed", "events show gate"),
                ("function", "failure", "not indexed", "func azure functionapp publish patchgate"),
                ("worker settings", "warning", "cannot list the app's settings", "az "),
                ("allow-list", "failure", "cannot list the app's settings", "az "),
            ),
        ),
        (
            HOOK,
            None,
            (
                ("function", "warning", "gate sends to WebHook", "--app URL"),
                ("retries", "warning", "1440 minutes", "--to WEBHOOK_URL"),
                ("dead letters", "warning", "kept nowhere", "--dead-letter CONTAINER_ID"),
                (
                    "rights on configurations",
                    "warning",
                    "whoever is signed in here has all of Patchgate Canceller",
                    "--compare --principal OBJECT_ID",
                ),
            ),
        ),
        (
            GATE,
            late,
            (
                ("next run", "failure", "Azure will cancel it", "patchgate runs list"),
                ("allow-list", "failure", "PATCHGATE_CONFIGURATIONZ", "appsettings set"),
            ),
        ),
        (
            GATE,
            simulated,
            (
                ("allow-list", "failure", "asks a simulator", "PATCHGATE_SIMULATOR="),
                ("event subscription", "warning", "gate expires at 2027-01-01", "remove gate"),
                (
                    "rights on configurations",
                    "failure",
                    "no identity",
                    "az functionapp identity assign",
                ),
            ),
        ),
        ("", None, (("event subscription", "failure", "takes pre events", "events add"),)),
        (POST, None, (("event subscription", "failure", "takes pre events", "events add"),)),
        (TWICE, None, (("event types", "warning", "the same events", "events remove twin"),)),
        (
            GATE,
            lambda azure: azure.remove(SITE),
            (("function", "failure", "it is not there", "az resource show"),),
        ),
        (
            SLOT,
            None,
            (
                (
                    "function",
                    "warning",
                    "the deployment slot staging, which is not",
                    f"--to {SITE}",
                ),
                ("allow-list", "warning", "not looked at", "--function maintenance_event"),
                ("event subscription", "ok", "/slots/staging/functions/", ""),
            ),
        ),
    ],
    ids=[
        "hidden, lost, stopped",
        "careless",
        "half made",
        "webhook",
        "late",
        "simulated",
        "nothing",
        "post only",
        "twice",
        "no app",
        "slot",
    ],
)
def test_whatever_is_wrong_is_told_with_what_mends_it(
    scenario: str, change: Change | None, expected: tuple[tuple[str, str, str, str], ...]
) -> None:
    """The exit code is 1 for a failure, and 0 for warnings alone."""
    with ward(scenario) as azure:
        if change is not None:
            change(azure)
        ran = azure.doctor("--json")
    told = ran.json
    hold(told, "doctor")
    found = {one["question"]: one for one in told["findings"]}
    for question, state, says, mend in expected:
        assert found[question]["state"] == state, found[question]
        assert says in found[question]["says"]
        assert mend in found[question]["mend"]
    assert ran.code == (1 if "failure" in states(found).values() else 0)
    assert "s3cret" not in ran.out


@pytest.mark.parametrize(
    ("right", "status", "state"),
    [
        ("Microsoft.Web/sites/config/list/action", 403, "warning"),
        ("Microsoft.Web/sites/config/list/action", 404, "failure"),
        ("", 403, "failure"),
    ],
)
def test_a_right_that_few_have_is_a_warning_that_names_it(
    right: str, status: int, state: str
) -> None:
    """All else can be looked at without the app's settings, which are secrets."""
    told = {"role": "Website Contributor", "scope": SITE, "right": right}
    with pytest.raises(Unanswered) as lost, asking("list the settings", **told):
        raise ArmProblem("app settings", "Forbidden: no", status=status)
    assert lost.value.state == state
    assert (f"it needs {right}" in lost.value.says) is (state == "warning")


def test_what_is_no_terminal_gets_whole_lines() -> None:
    """To be searched; and a command that mends something is one line in any case, to be copied."""
    with ward() as azure:
        lines = azure.doctor().out.splitlines()
    (says,) = (line for line in lines if line.startswith("✓ event subscription"))
    assert says.endswith(f"gate sends to {FUNCTION}")
    again = f"  → patchgate doctor --configuration {CONFIGURATION} --app https://"
    assert [line for line in lines if line.startswith(again)]


def test_a_run_that_is_near_is_a_warning_against_changes() -> None:
    with ward(starts_in=timedelta(minutes=20)) as azure:
        found = azure.told()
    assert found["next run"]["state"] == "warning"
    assert "too late for changes" in found["next run"]["says"]


def test_rights_that_are_missing_are_told_with_the_scope_and_the_commands() -> None:
    """Defined first, then assigned to the app's identity on each scope."""
    with ward(roles=False) as azure:
        azure.cloud.azure.management.rights.assign(f"/subscriptions/{HOME}", PRINCIPAL, ON_MACHINES)
        found = azure.told()
    cancel, read = found["rights on configurations"], found["rights on machines"]
    assert states(found)["rights on configurations"] == "failure"
    assert f"Microsoft.Maintenance/applyUpdates/write on {OPS}" in cancel["says"]
    assert f"--assignee-object-id {PRINCIPAL}" in cancel["mend"]
    assert "patchgate permissions" in cancel["mend"]
    assert f"on /subscriptions/{OTHER}" in read["says"]
    assert f"on /subscriptions/{HOME}" not in read["says"]
    assert f"--scope /subscriptions/{OTHER}" in read["mend"]


def test_the_identity_is_the_one_that_the_app_chooses() -> None:
    """AZURE_CLIENT_ID names one of several; without it, the app signs in as itself."""
    users = {"/a/user": {"clientId": CLIENT.upper(), "principalId": PRINCIPAL}}
    with ward() as azure:
        azure.app(type="UserAssigned", userAssignedIdentities=users)
        without = azure.told()["rights on configurations"]
        azure.settings(AZURE_CLIENT_ID=CLIENT)
        named = azure.told()["rights on configurations"]
    assert (without["state"], named["state"]) == ("failure", "ok")


def test_machines_that_cannot_be_seen_are_a_failure_of_theirs_alone() -> None:
    scenario = f"{GATE}[[faults]]\non = 'graph'\nalways = true\nstatus = 400\n"
    with ward(scenario) as azure:
        found = azure.told()
    wrong = states(found)
    assert wrong.pop("machines") == "failure"
    assert wrong.pop("rights on machines") == "failure"
    assert "failure" not in wrong.values()


@pytest.mark.parametrize(
    ("ahead", "state"), [(0, "ok"), (90, "warning"), (-90, "warning"), (150, "failure")]
)
def test_a_clock_that_is_wrong_is_told(
    ahead: int, state: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Seconds by which this machine is ahead of Azure."""
    with ward() as azure:
        wanted = Wanted(configuration=CONFIGURATION, as_json=True)
        run_doctor(wanted, azure=at(azure.cloud, Ahead(timedelta(seconds=ahead))))
    told = json.loads(capsys.readouterr().out)
    (clock,) = (one for one in told["findings"] if one["question"] == "clock")
    assert clock["state"] == state
    assert ("ahead of" in clock["says"]) is (ahead > 0)
    assert ("behind" in clock["says"]) is (ahead < 0)


@pytest.mark.parametrize(
    ("files", "question", "state", "says"),
    [
        ({"gate.toml": "mode = 'maybe'"}, "policy", "failure", "gate.toml:1"),
        ({"gate.toml": "mode = 'maybe'"}, "checks", "failure", "gate.toml is not legal"),
        ({"gate.toml": "[checks.nobody]"}, "policy", "failure", "nobody"),
        ({"gate.toml": "[actions.nobody]"}, "policy", "failure", "there is no such action"),
        ({"gate.toml": "[actions.tag_machines]"}, "actions", "failure", "config"),
        ({"my_actions/broken.py": BROKEN}, "actions", "failure", "nowhere_to_be_found"),
        (
            {"gate.toml": "[actions.start_machines]"},
            "rights of actions",
            "failure",
            "/start/action",
        ),
        ({"gate.toml": "mode = 'observe'"}, "policy", "warning", "nothing is cancelled"),
        ({"my_checks/broken.py": BROKEN}, "checks", "failure", "nowhere_to_be_found"),
        ({"host.json": "{}"}, "host settings", "failure", "functionTimeout is not set"),
        ({"host.json": "{"}, "host settings", "failure", "cannot be read"),
        (
            {"host.json": '{"functionTimeout": "01:00:00"}'},
            "host settings",
            "warning",
            "controlQueueVisibilityTimeout is not set",
        ),
    ],
)
def test_the_project_is_looked_at_too(
    files: dict[str, str], question: str, state: str, says: str, site: Path
) -> None:
    """What is wrong in it keeps nobody from asking Azure."""
    site_in(site, files)
    with ward() as azure:
        found = azure.told()
    assert found[question]["state"] == state
    assert says in found[question]["says"]
    assert found[question]["mend"]
    assert found["event subscription"]["state"] == "ok"


@pytest.mark.parametrize(
    ("body", "key", "says"),
    [
        ({"gates": []}, "wrong", "it wants a function key"),
        ({}, KEY, "not as Patchgate does"),
        ("<html>", KEY, "not as Patchgate does"),
    ],
    ids=["wrong key", "no gates", "no JSON"],
)
def test_an_app_that_does_not_answer_as_it_should_is_a_failure(
    body: Any, key: str, says: str
) -> None:
    with ward() as azure, an_app(body) as script:
        ran = azure.doctor("--json", "--app", script.url, "--key", key)
    found = {one["question"]: one for one in ran.json["findings"]}
    assert ran.code == 1
    assert says in found["app"]["says"]
    assert key not in ran.out


@pytest.mark.parametrize(
    "arguments",
    [("--app", "http://elsewhere.example"), ("--app", "nonsense"), ("--configuration", "x")],
    ids=["not safe for a key", "no URL", "no id"],
)
def test_what_is_not_legal_is_not_asked(arguments: tuple[str, str]) -> None:
    with ward() as azure:
        ran = azure.doctor(*arguments)
        assert azure.cloud.azure.seen == ()
    assert ran.code == 2
    assert ran.problem
    assert ran.out == ""


def test_the_key_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no setting of the app, so the settings do not mind it."""
    monkeypatch.setenv("PATCHGATE_APP_KEY", KEY)
    with ward() as azure, an_app({"gates": []}) as script:
        found = azure.told("--app", script.url)
    assert found["app"]["state"] == "ok"

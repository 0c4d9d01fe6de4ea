"""What cannot be done is one sentence with the next step, and no stack trace."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from azure.core.exceptions import ClientAuthenticationError
from typer.testing import CliRunner

from arm.endpoint import Endpoint
from cli.azure import connection
from cli.events.commands import app
from tests.cli.events.cloud import APP, CONTAINER, GROUP, ID, ONE, SUBSCRIPTION, TOPIC, Cloud, cloud

EVERY = (
    ("list",),
    ("show", "gate"),
    ("add", "second", "--to", APP),
    ("edit", "gate", "--types", "pre"),
    ("remove", "gate", "--yes"),
    ("health",),
)
WRITES = (
    (EVERY[2], "Microsoft.EventGrid/systemTopics/eventSubscriptions/write"),
    (EVERY[3], "Microsoft.EventGrid/systemTopics/eventSubscriptions/write"),
    (EVERY[4], "Microsoft.EventGrid/systemTopics/eventSubscriptions/delete"),
)
TWO = f"{ONE}{ONE}name = 'other'\n"  # to remove one of two calls for no warning
NAMES = [command[0] for command in EVERY]


@pytest.fixture(scope="module")
def unasked() -> Iterator[Cloud]:
    """An Azure that is never asked for anything."""
    with cloud() as azure:
        yield azure


def fault(*, call: int, status: int = 403, more: str = "") -> str:
    """The so-manieth request, and all after it, go wrong."""
    calls = list(range(call, call + 20))
    return f"[[faults]]\non = 'arm'\ncalls = {calls}\nstatus = {status}\n{more}"


def one_sentence(text: str) -> str:
    """What was said, which must be a line of ours."""
    lines = text.splitlines()
    assert len(lines) == 1, text
    assert lines[0].startswith("patchgate: ")
    return lines[0]


@pytest.mark.parametrize(
    ("call", "doing", "right", "scope"),
    [
        (1, "read the configuration", "Microsoft.Maintenance/maintenanceConfigurations/read", ID),
        (
            2,
            "list the system topics",
            "Microsoft.EventGrid/systemTopics/read",
            f"/subscriptions/{SUBSCRIPTION}",
        ),
        (3, "list the event subscriptions", "Microsoft.EventGrid/eventSubscriptions/read", ID),
        (5, "read the metrics", "Microsoft.Insights/metrics/read", TOPIC),
    ],
    ids=["configuration", "topics", "subscriptions", "metrics"],
)
def test_a_refused_read_names_the_action_and_its_scope(
    call: int, doing: str, right: str, scope: str
) -> None:
    with cloud(ONE + fault(call=call)) as azure:
        ran = azure.events("health")
    assert ran.code == 3
    said = one_sentence(ran.err)
    assert f"cannot {doing}: you are not allowed to; it needs {right} on {scope}." in said


@pytest.mark.parametrize(("command", "right"), WRITES, ids=["add", "edit", "remove"])
def test_a_refused_change_names_the_action_and_its_scope(
    command: tuple[str, ...], right: str
) -> None:
    """Nothing was changed, and nothing is said to have been."""
    with cloud(TWO + fault(call=5)) as azure:
        ran = azure.events(*command)
    assert ran.code == 3
    assert f"it needs {right} on {TOPIC}." in one_sentence(ran.err)


def test_a_refused_topic_names_the_resource_group() -> None:
    with cloud(fault(call=4)) as azure:
        ran = azure.events("add", "--to", APP)
    assert f"it needs Microsoft.EventGrid/systemTopics/write on {GROUP}." in one_sentence(ran.err)


@pytest.mark.parametrize(
    ("command", "call"),
    [*((command, 2) for command in EVERY), *((command, 5) for command in EVERY[2:])],
    ids=[*NAMES, *(f"{name}, later" for name in NAMES[2:])],
)
def test_throttling_says_when_to_try_again(command: tuple[str, ...], call: int) -> None:
    """Longer than a person waits is not waited for."""
    with cloud(TWO + fault(call=call, status=429, more="retry_after = 90")) as azure:
        ran = azure.events(*command)
    assert ran.code == 3
    assert "Azure has had too many requests: try again in" in one_sentence(ran.err)


def test_a_short_wait_is_waited_for() -> None:
    """One 429 is no news."""
    busy = "[[faults]]\non = 'arm'\ncalls = [1, 5]\nstatus = 429\nretry_after = 1"
    with cloud(ONE + busy) as azure:
        assert azure.events("edit", "gate", "--types", "pre").code == 0


@pytest.mark.parametrize("command", EVERY, ids=NAMES)
def test_offline_is_said_as_such(command: tuple[str, ...]) -> None:
    """At once: nobody waits for a network that is not there."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    arguments = [*command, "--configuration", ID, "--arm", f"http://127.0.0.1:{port}"]
    ran = CliRunner().invoke(app, arguments)
    assert ran.exit_code == 3
    assert "cannot be reached" in one_sentence(ran.stderr)


def test_an_expired_login_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A read would be repeated for a minute, as if the token could still come."""

    class Nobody:
        def get_token(self, *scopes: str, **options: object) -> object:
            raise ClientAuthenticationError("AADSTS700082: The refresh token has expired.")

    def nobody(endpoint: Endpoint) -> object:
        return Nobody()

    monkeypatch.setattr(connection, "credential_for", nobody)
    with cloud(ONE) as azure:
        ran = azure.events("list")
        assert azure.azure.seen == ()
    assert ran.code == 3
    assert one_sentence(ran.err).endswith("az login")


def test_another_scope_than_guest_patching_is_refused() -> None:
    """Only there do runs have events."""
    with cloud('[configuration]\nscope = "Host"') as azure:
        ran = azure.events("list")
    assert ran.code == 2
    said = one_sentence(ran.err)
    assert "Weekly is a configuration of the scope Host: only those of InGuestPatch" in said


def test_a_configuration_that_is_not_there_is_said_as_such() -> None:
    with cloud(ONE) as azure:
        ran = azure.events("list", configuration=ID + "x")
        unknown = azure.events(
            "list", configuration=ID.replace(SUBSCRIPTION, "99999999-1111-1111-1111-111111111111")
        )
    assert (ran.code, unknown.code) == (3, 3)
    assert "it is not there, or you cannot read it" in one_sentence(ran.err)
    assert "SubscriptionNotFound" in one_sentence(unknown.err)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("add", "--to", APP + "/x"), "function app id"),
        (("add", "--to", APP.replace("Microsoft.Web", "Microsoft.Wob")), "microsoft.web"),
        (("add", "--to", "http://h.example/x"), "must be an https URL"),
        (("add", "--to", "https://user:s3cret@h.example/"), "must be an https URL"),
        (("add", "--to", "https://[h/?code=s3cret"), "is no URL"),
        (("add", "--to", "https://h.example/", "--function", "x"), "--to is none"),
        (("add", "--function", "x"), "--function needs --to ID"),
        (("add",), "say where events shall go"),
        (("add", "--to", APP, "--function", "1 x"), "function name"),
        (("add", "a b", "--to", APP), "3 to 64 letters, digits, hyphens"),
        (("add", "--to", APP, "--dead-letter", CONTAINER + "/x"), "dead-letter container id"),
        (("edit", "gate", "--dead-letter", GROUP), "dead-letter container id"),
    ],
    ids=lambda value: None if isinstance(value, tuple) else value,
)
def test_what_is_not_legal_is_2_and_nothing_is_asked(
    unasked: Cloud, arguments: tuple[str, ...], words: str
) -> None:
    """And no secret is repeated on the way."""
    ran = unasked.events(*arguments)
    assert unasked.azure.seen == ()
    assert ran.code == 2
    said = one_sentence(ran.err)
    assert words in said
    assert "s3cret" not in said


@pytest.mark.parametrize("command", EVERY, ids=NAMES)
def test_an_id_that_is_none_is_2(unasked: Cloud, command: tuple[str, ...]) -> None:
    ran = unasked.events(*command, configuration=f"{GROUP}/weekly")
    assert unasked.azure.seen == ()
    assert ran.code == 2
    assert "maintenance configuration id" in one_sentence(ran.err)

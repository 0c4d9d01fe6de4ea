"""What all commands have in common: their help, their refusals, their JSON and their page."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from azure.core.exceptions import ClientAuthenticationError
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from arm.endpoint import Endpoint
from cli.azure import connection
from cli.main import app
from tests.cli.published import SCHEMAS
from tests.cli.runs.world import CONFIGURATION, HOME, RUN, Cloud, cloud
from tests.cli.served import Ran
from tools.commands import PAGE, Told, commands, page

COMMANDS = {" ".join(told.words): told for told in commands()}
OF = ("--configuration", CONFIGURATION)
APP = f"/subscriptions/{HOME}/resourceGroups/Ops/providers/Microsoft.Web/sites/gate"
NOWHERE = "/subscriptions/not-a-guid/x"
# Those that ask Azure, with what they need besides `--arm`.
ASKING: dict[str, tuple[str, ...]] = {
    "cancel": (str(RUN), "--yes"),
    "events add": ("second", "--to", APP, *OF),
    "events edit": ("gate", "--types", "pre", *OF),
    "events health": OF,
    "events list": OF,
    "events remove": ("gate", "--yes", *OF),
    "events show": ("gate", *OF),
    "permissions": (*OF, "--compare"),
    "preview": OF,
    "runs list": OF,
    "runs machines": (str(RUN),),
    "runs show": (str(RUN),),
    "timeline": OF,
}
# Whatever goes wrong is one of their findings, which are told by tests of their own.
FINDING = sorted({"doctor", "drill"} & COMMANDS.keys())
# Those that ask nobody, or an app, with an input that is not legal.
ALONE: dict[str, tuple[str, ...]] = {
    "actions list": ("--configuration", NOWHERE),
    "actions new": ("No Name",),
    "actions show": ("no_such_action",),
    "actions try": ("no_such_action", "--scenario", "samples/scenarios/all-is-well.toml"),
    "checks list": ("--configuration", NOWHERE),
    "checks new": ("No Name",),
    "checks show": ("no_such_check",),
    "checks try": ("no_such_check", "--scenario", "samples/scenarios/all-is-well.toml"),
    "explain": ("no-such-file.json",),
}
# Those whose only inputs are files, which the command line itself looks for.
OF_FILES = {"demo", "simulate", "simulator"}


def patchgate(name: str, *arguments: str) -> Ran:
    """Run a command in this process, on a screen of 100 characters."""
    result = CliRunner().invoke(app, [*name.split(), *arguments], env={"COLUMNS": "100"})
    return Ran(code=result.exit_code, out=result.stdout, err=result.stderr)


@pytest.fixture(scope="module")
def offline() -> str:
    """The URL of an Azure that is not there."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"http://127.0.0.1:{free.getsockname()[1]}"


@pytest.fixture(scope="module")
def azure() -> Iterator[Cloud]:
    """A whole Azure, which none of these tests changes."""
    with cloud("[[event_subscriptions]]\n", starts_in=timedelta(days=2)) as made:
        yield made


def test_every_command_has_its_place_here() -> None:
    """So that none is forgotten by the tests below."""
    assert {*ASKING, *FINDING, *ALONE, *OF_FILES} == COMMANDS.keys()


# Help


@pytest.mark.parametrize("told", COMMANDS.values(), ids=COMMANDS.keys())
def test_its_help_has_an_example_and_exit_codes(told: Told) -> None:
    """The example is a line of its own that begins with the command."""
    shown = patchgate(" ".join(told.words), "--help")
    assert shown.code == 0
    lines = [line.strip() for line in shown.out.splitlines()]
    assert [line for line in lines if line.startswith(f"{told.name} ")]
    codes = lines[lines.index("Exit codes:") :]
    assert [line for line in codes if line.startswith("• 0: ")]


@pytest.mark.parametrize("name", [*ASKING, *FINDING, *ALONE])
def test_the_exit_code_of_bad_input_is_in_its_help(name: str) -> None:
    assert "\n- 2: " in COMMANDS[name].help


# Bad input


@pytest.mark.parametrize("name", [*ASKING, *FINDING])
def test_an_id_that_is_none_is_2_and_one_sentence(name: str, offline: str) -> None:
    """Nothing is asked, so it does not matter that there is nobody to be asked."""
    arguments = [
        NOWHERE if one in (CONFIGURATION, str(RUN)) else one for one in ASKING.get(name, OF)
    ]
    ran = patchgate(name, *arguments, "--arm", offline)
    assert ran.code == 2
    assert "must" in ran.problem


@pytest.mark.parametrize("name", ALONE)
def test_an_input_that_is_not_legal_is_2_and_one_sentence(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = (SCHEMAS.parents[1] / ALONE[name][-1]).resolve()
    arguments = [*ALONE[name][:-1], str(scenario) if scenario.is_file() else ALONE[name][-1]]
    (tmp_path / "host.json").write_text("{}", encoding="utf-8")
    (tmp_path / "my_checks").mkdir()
    monkeypatch.chdir(tmp_path)
    ran = patchgate(name, *arguments)
    assert ran.code == 2
    assert ran.problem


# Azure that cannot be asked


@pytest.mark.parametrize("name", ASKING)
def test_offline_is_3_and_one_sentence(name: str, offline: str) -> None:
    """At once: nobody waits for a network that is not there."""
    ran = patchgate(name, *ASKING[name], "--arm", offline)
    assert ran.code == 3
    assert "Azure cannot be reached: is this machine online" in ran.problem


@pytest.mark.parametrize("name", ASKING)
def test_an_expired_login_is_3_and_says_how_to_sign_in(
    name: str, azure: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Nobody:
        def get_token(self, *scopes: str, **options: object) -> object:
            raise ClientAuthenticationError("AADSTS700082: The refresh token has expired.")

    def nobody(endpoint: Endpoint) -> object:
        return Nobody()

    monkeypatch.setattr(connection, "credential_for", nobody)
    ran = patchgate(name, *ASKING[name], "--arm", azure.url)
    assert ran.code == 3
    assert ran.problem.endswith("az login")


@pytest.mark.parametrize("name", ASKING)
def test_a_throttled_request_is_3_and_says_when_to_try_again(name: str, throttled: Cloud) -> None:
    """Longer than a person waits is not waited for."""
    ran = patchgate(name, *ASKING[name], "--arm", throttled.url)
    assert ran.code == 3
    assert "try again in" in ran.problem


@pytest.fixture(scope="module")
def throttled() -> Iterator[Cloud]:
    """An Azure that has had too many requests."""
    fault = "[[faults]]\non = 'any'\nalways = true\nstatus = 429\nretry_after = 90\n"
    with cloud(fault, starts_in=timedelta(days=2)) as made:
        yield made


@pytest.mark.parametrize("name", [name for name in ASKING if not name.startswith(("runs", "can"))])
def test_a_refusal_names_the_action_and_its_scope(name: str, refusing: Cloud) -> None:
    """Commands about runs ask Resource Graph, which refuses in a way of its own."""
    ran = patchgate(name, *ASKING[name], "--arm", refusing.url)
    assert ran.code == 3
    assert "you are not allowed to; it needs Microsoft." in ran.problem
    assert f" on /subscriptions/{HOME}/" in ran.problem


@pytest.fixture(scope="module")
def refusing() -> Iterator[Cloud]:
    """An Azure in which whoever is signed in may read nothing."""
    fault = "[[faults]]\non = 'arm'\nalways = true\nstatus = 403\n"
    with cloud(fault, starts_in=timedelta(days=2)) as made:
        yield made


# Ctrl-C, and the Tab key


@pytest.mark.parametrize("name", [*ASKING, "doctor"])
def test_ctrl_c_is_130_without_a_stack_trace(
    name: str, azure: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was done until then, if something was, is told by tests of those that do something."""

    def interrupted(endpoint: Endpoint) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr(connection, "credential_for", interrupted)
    ran = patchgate(name, *ASKING.get(name, OF), "--arm", azure.url)
    assert ran.code == 130
    assert ran.out == ""
    assert ran.err == "" or "nothing was" in ran.problem


@pytest.mark.parametrize("told", COMMANDS.values(), ids=COMMANDS.keys())
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_completes_its_name(told: Told, shell: str) -> None:
    """As far as its first two letters are typed."""
    *before, last = told.words
    typed = " ".join(("patchgate", *before, last[:2]))
    asked = {
        "_PATCHGATE_COMPLETE": f"complete_{shell}",
        "COMP_WORDS": typed,  # bash
        "COMP_CWORD": str(len(told.words)),
        "_TYPER_COMPLETE_ARGS": typed,  # zsh, fish
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    }
    answer = CliRunner().invoke(app, [], prog_name="patchgate", env=asked)
    assert answer.exit_code == 0
    assert last in answer.stdout


# JSON


def test_every_command_tells_what_it_tells_as_json() -> None:
    assert [name for name, told in COMMANDS.items() if not told.has_json] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_its_json_has_a_published_schema(name: str) -> None:
    schema = json.loads((SCHEMAS / COMMANDS[name].schema).read_bytes())
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == Draft202012Validator.META_SCHEMA["$schema"]
    assert schema["title"] == f"patchgate {name} --json"
    assert schema["description"].endswith(".")


def test_no_schema_is_of_a_command_that_is_gone() -> None:
    known = {told.schema for told in COMMANDS.values()}
    assert {path.name for path in SCHEMAS.iterdir()} == {*known, "report.json"}


@pytest.mark.parametrize("name", [name for name in ASKING if name.split()[-1] in ("list", "show")])
def test_what_is_no_terminal_gets_no_colour(name: str, azure: Cloud) -> None:
    ran = patchgate(name, *ASKING[name], "--arm", azure.url)
    assert ran.code == 0
    assert "\x1b" not in ran.out


# docs/commands.md


def test_the_page_of_commands_is_what_their_code_says() -> None:
    """If this fails, run: python -m tools.commands (in the virtual environment, from the root)."""
    assert PAGE.read_text(encoding="utf-8") == page()

"""The process that starts processes: when it starts, what it gets, and when it ends."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from checks import Machine, Verdict, check, passed
from checks.discovery import define
from core.clock import SystemClock
from core.model import Asking, Outcome, Status
from plugins.isolation import Nursery
from plugins.isolation.environment import handed_over
from plugins.isolation.limits import children_of
from plugins.question import Question
from plugins.runner import Way, ask
from tests.builders import run
from tests.checks.isolation.conftest import NASTY, Asker
from tests.checks.isolation.test_survival import eventually, gone
from tests.checks.site import context

ROOT = Path(__file__).parents[3]
PROCESS = Asking(isolation="process")


@check
def harmless(machine: Machine) -> Verdict:
    """A check that is in no folder."""
    return passed()


def asked_of(nursery: Nursery | None, *, seconds: float = 5) -> Outcome:
    """What comes of asking `harmless` there."""
    now = SystemClock().now()
    told = replace(context(run("a")), now=now, deadline=now + timedelta(seconds=seconds))
    way = Way(rule=PROCESS, nursery=nursery)
    (outcome,) = ask(define(harmless), told, SystemClock(), way=way).outcomes
    return outcome


def test_without_a_nursery_there_is_no_answer() -> None:
    """A check that wants a process is not asked on a thread."""
    outcome = asked_of(None)
    assert outcome.status is Status.UNKNOWN
    assert outcome.reason == "it must have a process of its own, and there is none here"


def test_where_nothing_forks_there_is_no_answer() -> None:
    """On Windows, for example; the reason says what to do."""
    nursery = Nursery(None, forks=False)
    nursery.warm()
    outcome = asked_of(nursery)
    assert (outcome.status, nursery.pid) == (Status.UNKNOWN, None)
    assert 'it needs isolation = "thread"' in outcome.reason


def test_nobody_asked_needs_no_process() -> None:
    """A run without machines."""
    nursery = Nursery(None)
    question = Question(definition=define(harmless), context=context(run()), subjects=())
    heard = nursery.hear(question, SystemClock(), config={}, memory=64)
    assert (heard.answers, nursery.pid) == ({}, None)


def test_a_check_that_the_nursery_does_not_know_is_unknown(asker: Asker) -> None:
    """Its file may have changed since the app loaded it."""
    outcome = asked_of(asker.nursery)
    assert outcome.status is Status.UNKNOWN
    assert outcome.reason == "its process cannot load it: there is no such check"


def test_a_nursery_that_loads_for_ever_costs_the_question_only(tmp_path: Path) -> None:
    """It does not hold the question longer than its deadline, and can be closed."""
    (tmp_path / "slow.py").write_text("import time\ntime.sleep(60)\n", encoding="utf-8")
    nursery = Nursery(tmp_path)
    began = time.monotonic()
    outcome = asked_of(nursery, seconds=0.5)
    assert time.monotonic() - began < 2
    assert outcome.reason == "did not answer in time: its process had not begun"
    process = nursery.pid
    assert process is not None
    nursery.close()
    assert gone(process)
    assert nursery.pid is None


def test_a_nursery_that_is_stuck_is_replaced(tmp_path: Path) -> None:
    """After the time that it is given to load the checks."""
    (tmp_path / "slow.py").write_text("import time\ntime.sleep(60)\n", encoding="utf-8")
    nursery = Nursery(tmp_path, loading=0.1)
    nursery.warm()
    first = nursery.pid
    assert first is not None
    assert asked_of(nursery, seconds=0.3).reason.endswith("its process had not begun")
    assert gone(first)
    asked_of(nursery, seconds=0.1)
    assert nursery.pid != first
    nursery.close()


def test_a_nursery_that_cannot_load_is_unknown(tmp_path: Path) -> None:
    """A file that ends the process at import, for example."""
    (tmp_path / "bad.py").write_text("import os\nos._exit(3)\n", encoding="utf-8")
    nursery = Nursery(tmp_path)
    outcome = asked_of(nursery)
    assert outcome.status is Status.UNKNOWN
    assert outcome.reason == "the process that starts processes for checks has ended"
    nursery.close()


def test_a_nursery_that_cannot_start_is_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the system's words."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "none"))
    outcome = asked_of(Nursery(None))
    assert outcome.status is Status.UNKNOWN
    assert outcome.reason.startswith("no process could be started: FileNotFoundError: ")


# An app of its own: asks `sleeps` about a machine that never answers.
ALONE = """
import sys
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from checks.discovery import discover
from plugins.isolation import Nursery
from plugins.isolation.limits import children_of
from plugins.runner import Way, ask
from core.clock import SystemClock
from core.model import Asking
from tests.builders import run
from tests.checks.site import context

folder, clock = Path(sys.argv[1]), SystemClock()
(definition,) = (check for check in discover(folder) if check.name == "sleeps")
nursery, now = Nursery(folder), clock.now()
way = Way(rule=Asking(isolation="process"), nursery=nursery)

def asked(name, seconds):
    told = replace(context(run(name)), now=now, deadline=now + timedelta(seconds=seconds))
    return ask(definition, told, clock, way=way).outcomes[0]

asked("quick", 20)
while children_of(nursery.pid):  # that of the first question ends, as it should
    time.sleep(0.01)
print(nursery.pid, flush=True)
asked("a", 20)
"""


def test_the_nursery_ends_with_the_app() -> None:
    """However the app ends, and whatever a child is doing."""
    command = [sys.executable, "-c", ALONE, str(NASTY)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as app:
        assert app.stdout is not None
        nursery = int(app.stdout.readline())
        assert eventually(lambda: bool(children_of(nursery)))
        children = children_of(nursery)
        app.kill()
        app.wait()
    assert eventually(lambda: gone(nursery))
    assert eventually(lambda: all(map(gone, children)))


def test_a_nursery_that_nobody_has_any_more_ends() -> None:
    """Nobody has to think of closing it."""
    nursery = Nursery(NASTY)
    nursery.warm()
    process = nursery.pid
    assert process is not None
    del nursery
    assert gone(process)


def test_a_closed_nursery_starts_again_when_it_is_needed(asker: Asker) -> None:
    """With another process."""
    before = asker.nursery.pid
    asker.nursery.close()
    assert asker.only("fine").status is Status.PASSED
    assert asker.nursery.pid not in (before, None)


def test_a_child_holds_nothing_of_the_app(asker: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    """No secret of its environment, and of its open sockets only the one to talk to it."""
    asker.nursery.close()
    monkeypatch.setenv("NURSERY_REGION", "westeurope")
    monkeypatch.setenv("NURSERY_CLIENT_SECRET", "hidden")
    outcome = asker.only("environment")
    assert outcome.evidence == {"names": "NURSERY_REGION", "sockets": 1}
    asker.nursery.close()


SECRETS = {
    "IDENTITY_HEADER": "x",
    "IDENTITY_ENDPOINT": "http://localhost:4242/msi/token",
    "MSI_SECRET": "x",
    "MSI_ENDPOINT": "http://localhost:4242/msi/token",
    "AzureWebJobsStorage": "x",
    "AzureWebJobsStorage__accountName": "x",
    "AZURE_CLIENT_ID": "x",
    "AZURE_CLIENT_SECRET": "x",
    "AZURE_FEDERATED_TOKEN_FILE": "/var/run/secrets/token",
    "APPLICATIONINSIGHTS_CONNECTION_STRING": "InstrumentationKey=x",
    "WEBSITE_CONTENTAZUREFILECONNECTIONSTRING": "x",
    "SQLAZURECONNSTR_MAIN": "x",
    "CUSTOMCONNSTR_Other": "x",
    "WEBSITE_AUTH_ENCRYPTION_KEY": "x",
    "MACHINEKEY_DecryptionKey": "x",
    "DATADOG_API_KEY": "x",
    "DB_PASSWORD": "x",
    "SERVICE_PWD": "x",
    "GITHUB_TOKEN": "x",
    "HTTPS_PROXY": "http://user:word@proxy:8080",
    "STATE_STORE": "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=x",
}
PLAIN = {
    "PATH": "/usr/bin",
    "HOME": "/home",
    "PWD": "/home",
    "LANG": "C.UTF-8",
    "TZ": "UTC",
    "WEBSITE_SITE_NAME": "patchgate",
    "PATCHGATE_CHECKS_FOLDER": "my_checks",
    "AZURE_SDK_CLOUD_CONF": "AzureCloud",
    "NO_PROXY": "localhost",
    "REGION_NAME": "westeurope",
    "WEBHOOK_SECRET": "for the check webhook",
}


def test_the_environment_is_handed_over_without_what_opens_a_door() -> None:
    """Told by its name or by its value; what is kept by name is kept."""
    left = handed_over(SECRETS | PLAIN, keep=["DATADOG_API_KEY"])
    del left["MALLOC_ARENA_MAX"]
    assert left == PLAIN | {"DATADOG_API_KEY": "x"}


# Forks a child that asks to die with its parent when it has already lost it.
ORPHAN = """
import os, time
from plugins.isolation.limits import die_with_parent

parent = os.getpid()
if os.fork() == 0:
    while os.getppid() == parent:
        time.sleep(0.001)
    die_with_parent(parent)
    print("is alive", flush=True)
"""


def test_a_child_ends_that_has_lost_its_parent_before_it_is_bound_to_it() -> None:
    """A check can kill the nursery while that starts another child."""
    said = subprocess.run(
        [sys.executable, "-c", ORPHAN], cwd=ROOT, capture_output=True, check=True, timeout=20
    )
    assert (said.stdout, said.stderr) == (b"", b"")


def test_this_process_has_children_that_can_be_found() -> None:
    """By which strays are found that a check has left behind."""
    with subprocess.Popen(["sleep", "60"]) as child:
        assert child.pid in children_of(os.getpid())
        child.kill()

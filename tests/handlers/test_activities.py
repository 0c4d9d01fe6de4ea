"""The steps, one by one: JSON in, JSON out, harmless to repeat."""

from __future__ import annotations

import asyncio
import json
import textwrap
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from arg_queries.machines import find_machines
from core import wire
from core.errors import BadPlugin
from core.model import Machine, Tags
from core.policy import CheckPolicy, Policy
from core.settings import Settings
from handlers.activities import steps
from handlers.orders import (
    CheckAnswer,
    CheckList,
    CheckRequest,
    ListRequest,
    Look,
    LookRequest,
    RunHead,
)
from handlers.own_thread import on_own_thread
from handlers.services import Services
from simulator import Azure, load_scenario, serve
from tests.fakes import FakeClock
from tests.stories import at, pre_event

EVENT = pre_event()
HEAD = RunHead.of(EVENT)


def site(root: Path, checks: str = "", **environment: str) -> Services:
    """An app whose own checks are in that folder."""
    folder = root / "my_checks"
    folder.mkdir(exist_ok=True)
    if checks:
        (folder / "mine.py").write_text(textwrap.dedent(checks), encoding="utf-8")
    return Services(
        settings=Settings.from_environment(environment), root=root, clock=FakeClock(at("02:22"))
    )


def step(services: Services, name: str, request: Any) -> Any:
    """Take a step, through JSON as in production."""
    return json.loads(json.dumps(steps(services)[name](json.loads(json.dumps(wire.dump(request))))))


def listed(services: Services, policy: Policy) -> CheckList:
    """The checks in force."""
    request = ListRequest(configuration=EVENT.configuration, policy=policy, until=at("02:30"))
    return wire.load(CheckList, step(services, "list_checks", request))


def test_the_list_has_the_built_in_checks_and_the_users_own(tmp_path: Path) -> None:
    """With the author's choices where the site has none."""
    found = listed(
        site(
            tmp_path,
            """
            from checks import Run, Verdict, check, passed

            @check(advisory=True, timeout=30, on_unknown="proceed")
            def mine(run: Run) -> Verdict:
                \"\"\"Mine.\"\"\"
                return passed()
            """,
        ),
        Policy(),
    )
    by_name = {spec.name: spec for spec in found.checks}
    assert set(by_name) == {"machines_running", "opt_out_tag", "mine"}
    mine = by_name["mine"]
    assert (mine.required, mine.on_unknown, mine.asking.timeout, mine.title) == (
        False,
        "proceed",
        30,
        "Mine.",
    )
    assert mine.origin == "my_checks/mine.py:4"
    assert by_name["opt_out_tag"].on_unknown == "cancel"


def test_the_policy_overrules_the_author(tmp_path: Path) -> None:
    """Enabled, advisory, on_unknown and timeout are the site's to choose."""
    policy = Policy(
        checks={
            "machines_running": CheckPolicy(enabled=False),
            "opt_out_tag": CheckPolicy(advisory=True, on_unknown="proceed", timeout=5.0),
        }
    )
    (spec,) = listed(site(tmp_path), policy).checks
    assert (spec.name, spec.required, spec.on_unknown, spec.asking.timeout) == (
        "opt_out_tag",
        False,
        "proceed",
        5,
    )


def test_a_config_that_a_check_does_not_take_makes_it_unable_to_answer(tmp_path: Path) -> None:
    """The problem names the keys, and is found before anything is asked."""
    policy = Policy(checks={"opt_out_tag": CheckPolicy(config={"tga": "patch"})})
    spec = next(s for s in listed(site(tmp_path), policy).checks if s.name == "opt_out_tag")
    assert "tga" in str(spec.problem)


def test_a_check_is_asked_with_its_config(tmp_path: Path) -> None:
    """What gate.toml says reaches the check; passing machines are counted, others listed."""
    machines = (
        Machine(id="/a", name="a", tags=Tags({"Owner": "DBA"})),
        Machine(id="/b", name="b"),
    )
    request = CheckRequest(
        check="opt_out_tag",
        run=HEAD,
        machines=(wire.pack(machines[:1]), wire.pack(machines[1:])),
        deadline=at("02:40"),
        config={"tag": "owner", "value": "dba"},
    )
    answer = wire.load(CheckAnswer, step(site(tmp_path), "ask_check", request))
    assert (answer.tally.passed, answer.tally.blocked) == (1, 1)
    assert [outcome.machine for outcome in answer.outcomes] == ["/a"]


@pytest.mark.parametrize("check", ["nobody", "mine"])
def test_a_check_that_this_worker_cannot_load_gives_no_answer(tmp_path: Path, check: str) -> None:
    """Listed by one worker, missing or broken on another: the step fails, and the story knows."""
    request = CheckRequest(check=check, run=HEAD, machines=(), deadline=at("02:40"))
    with pytest.raises(BadPlugin, match=check):
        step(site(tmp_path, "raise ImportError"), "ask_check", request)


@contextmanager
def azure(count: int, more: str = "") -> Iterator[str]:
    """A simulated Azure with so many machines in the sample run, and what else is said of it."""
    world = Azure(
        load_scenario(f"[[machines]]\nname = 'vm-{{n:04}}'\ncount = {count}\n{more}"),
        run=EVENT.run,
        start=EVENT.start,
        end=EVENT.end,
        subscriptions=EVENT.subscriptions,
        clock=FakeClock(at("02:22")),
    )
    with serve(world) as url:
        yield url


def test_only_newcomers_come_back_from_a_look(tmp_path: Path) -> None:
    """The first look has all machines, packed in batches; the next one nothing but news."""
    with azure(1200) as url:
        services = site(tmp_path, PATCHGATE_SIMULATOR=url)
        ask = LookRequest(run=EVENT.run, subscriptions=EVENT.subscriptions, until=at("02:30"))
        first = wire.load(Look, step(services, "find_machines", ask))
        again = LookRequest(
            run=EVENT.run,
            subscriptions=EVENT.subscriptions,
            until=at("02:30"),
            known=first.newcomers,
        )
        second = wire.load(Look, step(services, "find_machines", again))
    assert [batch.count for batch in first.newcomers] == [500, 500, 200]
    assert len(first.lines) == 500
    assert (second.total, second.newcomers, second.lines) == (1200, (), ())
    assert second.fingerprint == first.fingerprint


def test_a_look_at_certain_machines_shows_them_all_as_they_are(tmp_path: Path) -> None:
    """One that is not shown any more is as it was before, with a gap."""
    with azure(700) as url:
        services = site(tmp_path, PATCHGATE_SIMULATOR=url)
        ask = LookRequest(run=EVENT.run, subscriptions=EVENT.subscriptions, until=at("02:30"))
        first = wire.load(Look, step(services, "find_machines", ask))
        now = wire.unpack(first.newcomers)
        before = [replace(machine, power="deallocated") for machine in now]
        gone = Machine(id=f"{now[0].id}-gone", name="gone")
        for wanted, gaps in ((before[:600], 0), ([*before[:600], gone], 1)):
            again = replace(ask, only=(wire.pack(wanted),))
            look = wire.load(Look, step(services, "find_machines", again))
            assert wire.unpack(look.newcomers) == (*now[:600], *wanted[600:])
            assert len(look.gaps) == gaps


def test_a_machine_whose_details_vanish_is_not_counted_twice(tmp_path: Path) -> None:
    """It was seen before, and is judged by that; one that was never seen has no details."""
    unreadable = '[[machines]]\nname = "vm-{n}"\ncount = 2\nreadable = false\n'
    with azure(1, unreadable) as url:
        services = site(tmp_path, PATCHGATE_SIMULATOR=url)
        ask = LookRequest(run=EVENT.run, subscriptions=EVENT.subscriptions, until=at("02:30"))
        first = wire.load(Look, step(services, "find_machines", ask))
        known = wire.pack([Machine(id=machine(services, "vm-1"), name="vm-1")])
        again = LookRequest(
            run=EVENT.run,
            subscriptions=EVENT.subscriptions,
            until=at("02:30"),
            known=(*first.newcomers, known),
        )
        second = wire.load(Look, step(services, "find_machines", again))
    assert (first.undetailed, second.undetailed) == (2, 1)
    assert first.fingerprint == second.fingerprint


def machine(services: Services, name: str) -> str:
    """The id of a machine of the run, as Resource Graph has it."""
    found = find_machines(services.graph, EVENT.run, EVENT.subscriptions, at("02:30"))
    return next(id_ for id_ in found.undetailed if id_.endswith(f"/{name}"))


def test_a_step_runs_on_a_thread_of_its_own() -> None:
    """Any number of hung steps leaves the loop, and the steps beside them, free."""
    gate = threading.Event()

    def hung(request: Any) -> Any:
        gate.wait(30)
        return request

    async def crowd() -> Any:
        waiting = [asyncio.create_task(on_own_thread(hung, n)) for n in range(40)]
        quick = await on_own_thread(lambda request: request + 1, 1)
        gate.set()
        return quick, await asyncio.gather(*waiting)

    assert asyncio.run(crowd()) == (2, list(range(40)))


def test_what_a_step_raises_reaches_whoever_awaits_it() -> None:
    """A fault is the activity's failure, not a thread's last words."""

    def broken(request: Any) -> Any:
        raise LookupError(request)

    with pytest.raises(LookupError, match="why"):
        asyncio.run(on_own_thread(broken, "why"))


def test_a_folder_of_checks_that_is_not_there_is_a_gap(tmp_path: Path) -> None:
    """A slip in PATCHGATE_CHECKS_FOLDER must not switch all of the user's checks off in silence."""
    found = listed(site(tmp_path, PATCHGATE_CHECKS_FOLDER="my_cheks"), Policy())
    assert "my_cheks" in found.gaps[0].problem


def test_a_file_without_a_check_cannot_answer(tmp_path: Path) -> None:
    """A forgotten @check is told, and not a silence."""
    found = listed(site(tmp_path, "def mine(machine): ..."), Policy())
    mine = next(spec for spec in found.checks if spec.name == "file mine.py")
    assert "@check" in str(mine.problem)

"""One stage of one action, with a real action of a site's own."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from core import wire
from core.errors import BadPlugin
from core.model import Asking, Machine, Status
from core.policy import CheckPolicy, Policy
from core.policy.reading import parse_policy_file
from core.settings import Settings
from handlers.orders import ActAnswer, ActRequest, CheckList, ListRequest, RunHead
from handlers.services import Services
from handlers.steps.acting import act
from handlers.steps.listing import list_checks
from tests.fakes import FakeClock
from tests.stories import at, pre_event

EVENT = pre_event()
ACTIONS = '''
from actions import Context, Machine, Result, Run, action, done, failed, nothing_to_do

STATE = {}

def stop_again(machine: Machine, ctx: Context) -> Result:
    """Stop."""
    if STATE.get(machine.id) != "on":
        return nothing_to_do("it is off")
    STATE[machine.id] = ctx.memory["was"]
    return done(f"is {ctx.memory['was']} again")

@action(undo=stop_again)
def start(machine: Machine, ctx: Context) -> Result:
    """Start."""
    if machine.power == "running":
        return nothing_to_do("it runs")
    ctx.remember(was=machine.power)
    STATE[machine.id] = "on"
    return done("started")

@action(undo=stop_again)
def hasty(machine: Machine, ctx) -> Result:
    """Says done without a word before."""
    return done("done")

@action(undo=stop_again)
def odd(machine: Machine, ctx: Context) -> Result:
    """Remembers what is no JSON."""
    ctx.remember(what=object())
    return done("done")

@action()
def plain(run: Run, ctx: Context) -> Result:
    """Has no undo."""
    return done(f"{len(run.machines)} machines")

@action(when="after")
def later(run: Run, ctx: Context) -> Result:
    """Later."""
    return done("later")

@action(undo=stop_again, isolation="process")
def apart(machine: Machine, ctx: Context) -> Result:
    """In a process of its own."""
    ctx.remember(was=machine.power)
    return done(f"was {ctx.memory['was']}")
'''
MACHINES = wire.pack(
    [
        Machine(id="/machines/A", name="a", power="deallocated"),
        Machine(id="/machines/b", name="b", power="running"),
    ]
)


@pytest.fixture
def services(tmp_path: Path) -> Services:
    """A site with these actions."""
    (tmp_path / "my_actions").mkdir()
    (tmp_path / "my_checks").mkdir()
    (tmp_path / "my_actions" / "mine.py").write_text(textwrap.dedent(ACTIONS), encoding="utf-8")
    clock = FakeClock(at("02:22"))
    return Services(settings=Settings.from_environment({}), root=tmp_path, clock=clock)


def stage(services: Services, action: str, word: str, memory: str = "") -> ActAnswer:
    """One stage."""
    request = ActRequest(
        action=action,
        stage=word,  # type: ignore[arg-type]
        run=RunHead.of(EVENT),
        machines=(MACHINES,),
        deadline=at("02:23"),
        memory=memory,
        asking=Asking(isolation="process" if action == "apart" else "thread"),
    )
    return act(services, request)


def test_a_plan_changes_nothing_and_says_what_is_to_be_remembered(services: Services) -> None:
    """Of machines that there is nothing to do about, it says so at once."""
    planned = stage(services, "start", "plan")
    assert wire.unpack_memories(planned.memory) == {"/machines/a": {"was": "deallocated"}}
    assert (planned.answer.tally.skipped, planned.answer.tally.total) == (1, 1)


def test_what_was_remembered_is_done_and_nothing_else(services: Services) -> None:
    """Repeating it is harmless, and an undo puts back what was."""
    memory = stage(services, "start", "plan").memory
    for _ in range(2):
        done = stage(services, "start", "do", memory)
        assert (done.answer.tally.passed, done.answer.tally.total) == (1, 1)
    undone = stage(services, "start", "undo", memory)
    assert (undone.answer.tally.passed, undone.memory) == (1, "")
    again = stage(services, "start", "undo", memory)
    assert (again.answer.tally.skipped, again.memory) == (1, "")


def test_an_undo_that_fails_says_what_is_left(services: Services) -> None:
    """So that only that is tried again."""
    memory = wire.pack_memories({"/machines/a": {}, "/machines/b": {"was": "x"}})
    stage(services, "start", "do", memory)
    undone = stage(services, "start", "undo", memory)  # a has no "was": KeyError
    assert undone.answer.tally.unknown == 1
    assert list(wire.unpack_memories(undone.memory)) == ["/machines/a"]


def test_who_is_done_without_remembering_is_unknown(services: Services) -> None:
    """Nobody could put that back."""
    answer = stage(services, "hasty", "plan").answer
    assert answer.tally.unknown == 2
    assert "without ctx.remember" in answer.outcomes[0].reason


def test_what_is_no_json_is_not_remembered(services: Services) -> None:
    """It would not survive."""
    planned = stage(services, "odd", "plan")
    assert (planned.memory, planned.answer.outcomes[0].status) == ("", Status.UNKNOWN)
    assert "not plain JSON" in planned.answer.outcomes[0].reason


def test_an_action_without_undo_is_simply_done(services: Services) -> None:
    """With all machines of the run."""
    assert stage(services, "plain", "do").answer.tally.passed == 1


def test_a_process_of_its_own_remembers_as_well(services: Services) -> None:
    """The same plan and the same memory."""
    memory = stage(services, "apart", "plan").memory
    assert set(wire.unpack_memories(memory)) == {"/machines/a", "/machines/b"}
    assert stage(services, "apart", "do", memory).answer.tally.passed == 2


def test_what_this_worker_cannot_load_is_no_answer(services: Services) -> None:
    """It raises, and the story takes that for UNKNOWN."""
    with pytest.raises(BadPlugin, match="cannot be loaded here"):
        stage(services, "nobody", "do")
    with pytest.raises(BadPlugin, match="no undo any more"):
        stage(services, "plain", "undo", wire.pack_memories({"": {}}))


def listed(services: Services, toml: str, when: str = "before") -> CheckList:
    """What that policy file has in force."""
    policy = parse_policy_file(toml).of(EVENT.configuration)
    request = ListRequest(
        configuration=EVENT.configuration,
        policy=policy,
        until=at("02:30"),
        when=when,  # type: ignore[arg-type]
    )
    return list_checks(services, request)


def test_actions_are_off_until_the_policy_file_names_them(services: Services) -> None:
    """An action changes things: a file in the folder is not enough."""
    assert listed(services, "").actions == ()


def test_they_are_done_in_the_order_of_the_policy_file(services: Services) -> None:
    """Not in that of their names; and those for after the run come after it."""
    toml = "[actions.start]\n[actions.apart]\n[actions.later]\n[actions.plain]\nadvisory = true\n"
    found = listed(services, toml).actions
    assert [(one.name, one.undoes, one.required) for one in found] == [
        ("start", True, True),
        ("apart", True, True),
        ("plain", False, False),
    ]
    assert [one.name for one in listed(services, toml, "after").actions] == ["later"]


def test_a_slip_in_an_actions_name_is_a_gap(services: Services) -> None:
    """Nothing is switched off in silence."""
    (gap,) = listed(services, "[actions.strat]").gaps
    assert "actions.strat: there is no such action; did you mean start?" in gap.problem


def test_the_defaults_of_the_file_are_about_checks(services: Services) -> None:
    """A timeout for judging is none for starting machines."""
    toml = "[defaults]\ntimeout = 5\n[actions.start]\n"
    (found,) = listed(services, toml).actions
    assert found.asking.timeout is None
    assert Policy(actions={"a": CheckPolicy(timeout=3.0)}).of("a", "actions").timeout == 3.0


RUN_WIDE = '''
from actions import Context, Run, action, done, failed

def put_back(run: Run, ctx: Context):
    """Put back: one of them does not work yet."""
    said = {one: done("is off") for one in ctx.memory["off"]}
    if "/machines/b" in said:
        said["/machines/b"] = failed("locked")
    other = done("none of it")
    return {machine.id: said.get(machine.id.lower(), other) for machine in run.machines}

@action(undo=put_back)
def wide(run: Run, ctx: Context):
    """Of the whole run."""
    ctx.remember(off=["/machines/a", "/machines/b"], at="02:00")
    return done("all on")
'''


def test_an_undo_of_a_run_is_not_asked_again_about_what_is_settled(services: Services) -> None:
    """Somebody else may have started that machine since: it would be stopped in their hands."""
    (services.root / "my_actions" / "wide.py").write_text(RUN_WIDE, encoding="utf-8")
    memory = stage(services, "wide", "plan").memory
    assert stage(services, "wide", "do", memory).answer.tally.passed == 1
    left = wire.unpack_memories(stage(services, "wide", "undo", memory).memory)
    assert left == {"": {"off": ["/machines/b"], "at": "02:00"}}


def test_who_tells_people_is_no_action_among_others(services: Services) -> None:
    """It is told of every state, before and after the run, and has no say in anything."""
    toml = '[actions.notify.config]\nchannels = [{ kind = "slack", url_env = "NOTIFY_SLACK" }]\n'
    for when in ("before", "after"):
        found = listed(services, toml, when)
        assert (found.actions, found.warnings, found.gaps) == ((), (), ())
        assert found.notices is not None
    assert listed(services, "").notices is None
    broken = listed(services, "[actions.notify.config]\nchannel = 3\n")
    assert (broken.notices, broken.gaps) == (None, ())
    assert "nobody is told anything" in broken.warnings[0]

"""A check that keeps every promise of the contract, and for each promise some that break it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Event
from typing import Any

from checks import CannotTell, Context, Machine, Run, Verdict, blocked, check, passed, skipped

NEVER = Event()
COUNTER = itertools.count()


@dataclass(frozen=True, kw_only=True)
class Tag:
    name: str = "patch"
    seen: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Needed:
    owner: str


# Good ones


@check
def good_of_machine(machine: Machine) -> Verdict:
    """No machine is tagged."""
    return blocked("tagged", tag="service") if machine.tags.get("service") else passed()


@check
async def good_async(machine: Machine, ctx: Context[Tag]) -> Verdict:
    """No machine is tagged."""
    return skipped("no tags") if not machine.tags else passed(tag=ctx.config.name)


@check(patience=600, isolation="process", timeout=1)
def good_that_asks(run: Run, ctx: Context) -> Mapping[str, Verdict | CannotTell]:
    """Every machine has a row."""
    rows = {str(row["id"]).lower() for row in ctx.graph.ask("resources | where x == {run_id}")}
    return {
        machine.id: passed() if machine.id.lower() in rows else CannotTell("no row")
        for machine in run.machines
    }


@check
def good_without_rows(run: Run, ctx: Context) -> Verdict:
    """Nobody objects.

    No row: nobody has objected, for objections are in a table of our own.
    """
    return blocked("an objection") if ctx.graph.ask("objections") else passed()


@check(when="after")
def good_after(run: Run) -> Verdict:
    """The run has succeeded."""
    assert run.ended is not None
    return passed() if run.ended.status == "Succeeded" else blocked(run.ended.status)


GOOD = [good_of_machine, good_async, good_that_asks, good_without_rows, good_after]


# Bad ones: each breaks the promises that it is listed with


def unmarked(machine: Machine) -> Verdict:
    """It is no check."""
    return passed()


@check
def untyped(machine) -> Verdict:  # type: ignore[no-untyped-def]  # noqa: ANN001
    """Its first parameter says nothing."""
    return passed()


@check
def wordless(machine: Machine) -> Verdict:
    return passed()


@check
def needs_config(machine: Machine, ctx: Context[Needed]) -> Verdict:
    """It needs to be told."""
    return passed(owner=ctx.config.owner)


@check
def hangs(machine: Machine) -> Verdict:
    """It never answers."""
    NEVER.wait()
    return passed()


@check
async def hangs_async(machine: Machine) -> Verdict:
    """It never answers."""
    await asyncio.Event().wait()
    return passed()


@check
def hangs_at_the_second_time(run: Run) -> Verdict:
    """It answers once."""
    if next(COUNTER) > 0:
        NEVER.wait()
    return passed()


@check
def answers_bool(machine: Machine) -> Any:
    """It is typed loosely."""
    return True


@check
def answers_bools(run: Run) -> Any:
    """It answers about each machine."""
    return {machine.id: True for machine in run.machines}


@check
def gives_back_cannot_tell(machine: Machine) -> Any:
    """It is not raised."""
    return CannotTell("no row")


@check
def leaves_out(run: Run) -> Mapping[str, Verdict]:
    """The first machine is forgotten."""
    return {machine.id: passed() for machine in run.machines[1:]}


@check
def invents(run: Run) -> Mapping[str, Verdict]:
    """A machine of another run."""
    return {"/machines/other": passed()} | {machine.id: passed() for machine in run.machines}


@check
def wants_a_tag(machine: Machine) -> Verdict:
    """Every machine has a tag."""
    return passed(tag=machine.tags["service"])


@check
def wants_an_os(machine: Machine) -> Verdict:
    """Every machine has a system."""
    os: Any = machine.os
    return passed(os=os.lower())


@check
def wants_machines(run: Run) -> Verdict:
    """There is a machine."""
    return passed(first=run.machines[0].name)


@check
def wants_rows(run: Run, ctx: Context) -> Verdict:
    """There is a row."""
    return passed(first=str(ctx.graph.ask("resources")[0]["id"]))


@check
def forgets_a_value(run: Run, ctx: Context) -> Verdict:
    """Its query has a place without a value."""
    return passed() if ctx.graph.ask("resources | where x == {nothing}") else blocked("no row")


@check
def changes_tags(machine: Machine) -> Verdict:
    """It writes on the machine."""
    object.__setattr__(machine, "name", "other")
    return passed()


@check
def changes_config(machine: Machine, ctx: Context[Tag]) -> Verdict:
    """It remembers in its config."""
    ctx.config.seen.append(machine.id)
    return passed()


@check
def counts(machine: Machine) -> Verdict:
    """It says something else each time."""
    return passed(number=next(COUNTER))


@check
def takes_silence_for_yes(run: Run, ctx: Context) -> Verdict:
    """Nobody objects."""
    try:
        rows = ctx.graph.ask("resources")
    except CannotTell:
        return passed()
    return passed() if rows else blocked("no row")


@check
def takes_web_silence_for_yes(run: Run, ctx: Context) -> Verdict:
    """The web is fine."""
    try:
        page = ctx.web.fetch("https://example.com")
    except CannotTell:
        return passed()
    return blocked("it is there") if page.status == 404 else passed()


@check
def takes_no_row_for_yes(run: Run, ctx: Context) -> Verdict:
    """Nothing is wrong."""
    return blocked("a row") if ctx.graph.ask("resources") else passed()


@check
def takes_no_row_of_a_machine_for_yes(run: Run, ctx: Context) -> Mapping[str, Verdict]:
    """No machine is in trouble."""
    bad = {str(row["id"]).lower() for row in ctx.graph.ask("resources")}
    return {m.id: blocked("bad") if m.id.lower() in bad else passed() for m in run.machines}


@check
def takes_an_empty_list_for_yes(run: Run, ctx: Context) -> Verdict:
    """Resource Manager lists nothing."""
    return passed() if not ctx.arm.pages("/list", api_version="2024-01-01") else blocked("listed")


@check
def talks_too_much(machine: Machine) -> Verdict:
    """Its evidence is large."""
    return passed(everything="x" * 5000)


@check
def tells_secrets(machine: Machine) -> Verdict:
    """Its reason has a signature."""
    return blocked(
        "GET https://x.blob.core.windows.net/c?sv=2022-11-02&sig=abcdefghijklmnop failed"
    )


_ALL_TRIED = (
    "test_it_ends_in_time",
    "test_it_answers_as_a_check_may",
    "test_it_answers_about_every_machine_and_none_besides",
    "test_it_makes_no_slip",
    "test_it_changes_nothing",
    "test_asked_twice_it_says_the_same",
    "test_it_never_passes_what_it_could_not_ask",
    "test_what_it_says_can_be_shown",
)
_UNLOADED = (
    "test_it_loads",
    "test_it_says_what_it_asks",
    "test_its_config_is_legal",
    "test_no_row_is_never_fine",
    *_ALL_TRIED,
)

# Each with the promises that it breaks, and words of the sentence that says so
BAD: list[tuple[Any, tuple[str, ...], str]] = [
    (unmarked, _UNLOADED, "is not marked with @check"),
    (untyped, _UNLOADED, "legal forms"),
    (wordless, ("test_it_says_what_it_asks",), "no docstring"),
    (
        needs_config,
        ("test_its_config_is_legal", "test_no_row_is_never_fine", *_ALL_TRIED),
        "owner",
    ),
    (hangs, ("test_it_ends_in_time",), "did not answer within 0.2 s when asked about one machine"),
    (hangs_async, ("test_it_ends_in_time",), "did not answer within 0.2 s"),
    (hangs_at_the_second_time, ("test_it_ends_in_time",), "did not answer within 0.2 s"),
    (answers_bool, ("test_it_answers_as_a_check_may",), "answered True when asked about one"),
    (answers_bools, ("test_it_answers_as_a_check_may",), "answered True when asked about one"),
    (gives_back_cannot_tell, ("test_it_answers_as_a_check_may",), "no row"),
    (
        leaves_out,
        ("test_it_answers_about_every_machine_and_none_besides",),
        "leaves out /subscriptions",
    ),
    (
        invents,
        ("test_it_answers_about_every_machine_and_none_besides",),
        "answers about others: /machines/other",
    ),
    (wants_a_tag, ("test_it_makes_no_slip",), "KeyError"),
    (wants_an_os, ("test_it_makes_no_slip",), "AttributeError"),
    (wants_machines, ("test_it_makes_no_slip",), "about a run without machines"),
    (wants_rows, ("test_it_makes_no_slip",), "where there is no row of anything"),
    (forgets_a_value, ("test_it_makes_no_slip",), "{nothing}"),
    (changes_tags, ("test_it_changes_nothing",), "changed its run or its config"),
    (changes_config, ("test_it_changes_nothing",), "changed its run or its config"),
    (counts, ("test_asked_twice_it_says_the_same",), "number"),
    (takes_silence_for_yes, ("test_it_never_passes_what_it_could_not_ask",), "nobody answered"),
    (takes_web_silence_for_yes, ("test_it_never_passes_what_it_could_not_ask",), "nobody answered"),
    (takes_no_row_for_yes, ("test_no_row_is_never_fine",), "there was no row"),
    (takes_no_row_of_a_machine_for_yes, ("test_no_row_is_never_fine",), "there was no row"),
    (takes_an_empty_list_for_yes, ("test_no_row_is_never_fine",), "there was no row"),
    (talks_too_much, ("test_what_it_says_can_be_shown",), "cut or masked"),
    (tells_secrets, ("test_what_it_says_can_be_shown",), "cut or masked"),
]

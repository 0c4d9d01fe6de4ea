"""What `patchgate checks new` writes: a check that works, and its test.

NAME, CLASS, DEF, ASK and IMPORTS are filled in.
"""

from __future__ import annotations

__all__ = ["files_of"]

_OF_MACHINE = '''"""NAME: say here what the check is for."""

from __future__ import annotations

from dataclasses import dataclass

from checks import Context, Machine, Verdict, blocked, check, passed


@dataclass(frozen=True, slots=True, kw_only=True)
class CLASS:
    """What gate.toml may set under [checks.NAME.config]."""

    tag: str = "hold"


@check
DEF NAME(machine: Machine, ctx: Context[CLASS]) -> Verdict:
    """No machine is tagged hold (which tag is the site's choice).

    Asks: the machine's tags.

    Blocks when: the tag is there, whatever its value.

    UNKNOWN when: never.

    Skipped when: never.
    """
    value = machine.tags.get(ctx.config.tag)
    if value is not None:
        return blocked(f"tagged {ctx.config.tag}={value}", tag=ctx.config.tag, value=value)
    return passed()
'''

_OF_MACHINE_TEST = '''"""NAME: what it says of which machine, and what every check promises."""

from __future__ import annotations

from checks.testing import CheckContract, a_machine, try_check
from my_checks.NAME import NAME


def test_a_machine_with_the_tag_is_blocked() -> None:
    (outcome,) = try_check(NAME, a_machine(tags={"hold": "until Monday"}))
    assert (outcome.status, outcome.reason) == ("blocked", "tagged hold=until Monday")


def test_any_other_machine_passes() -> None:
    (outcome,) = try_check(NAME, a_machine(tags={"service": "shop"}))
    assert outcome.status == "passed"


def test_the_tag_is_the_sites_choice() -> None:
    (outcome,) = try_check(NAME, a_machine(tags={"Keep": ""}), config={"tag": "keep"})
    assert outcome.status == "blocked"


class TestContract(CheckContract):
    """Run `pytest -v` to see what every check promises."""

    check = NAME
'''

_OF_RUN = '''"""NAME: say here what the check is for."""

from __future__ import annotations

IMPORTSfrom collections.abc import Mapping
from dataclasses import dataclass

from checks import CannotTell, Context, Run, Verdict, blocked, check, passed

# Asked once for all machines. `id` is projected and ordered, so that many pages stay whole.
_QUERY = """
resources
| where type in~ ("microsoft.compute/virtualmachines", "microsoft.hybridcompute/machines")
| project id, location
| order by id asc
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CLASS:
    """What gate.toml may set under [checks.NAME.config]."""

    regions: tuple[str, ...] = ("westeurope", "northeurope")


@check(
    needs=("Microsoft.Compute/virtualMachines/read", "Microsoft.HybridCompute/machines/read"),
)
DEF NAME(run: Run, ctx: Context[CLASS]) -> Mapping[str, Verdict | CannotTell]:
    """Every machine is in a region that this site patches.

    Asks: Resource Graph's `resources`, once for the whole run.

    Blocks when: the machine is in another region.

    UNKNOWN when: there is no row of the machine: Resource Graph hides what cannot be read.

    Skipped when: never.
    """
    rows = ASK
    regions = {str(row["id"]).lower(): str(row["location"]).lower() for row in rows}
    return {machine.id: _judge(regions.get(machine.id.lower()), ctx) for machine in run.machines}


def _judge(region: str | None, ctx: Context[CLASS]) -> Verdict | CannotTell:
    if region is None:
        return CannotTell("Resource Graph has no row of it")
    if region not in ctx.config.regions:
        return blocked(f"is in {region}", region=region)
    return passed(region=region)
'''

_OF_RUN_TEST = '''"""NAME: what it says of which machine, and what every check promises."""

from __future__ import annotations

from checks.testing import CheckContract, FakeGraph, a_run, try_check
from my_checks.NAME import NAME

RUN = a_run("near", "far", "hidden")
NEAR, FAR, HIDDEN = (machine.id for machine in RUN.machines)


def graph() -> FakeGraph:
    """Two of the three machines have a row."""
    rows = [{"id": NEAR, "location": "westeurope"}, {"id": FAR, "location": "brazilsouth"}]
    return FakeGraph({"resources": rows})


def test_each_machine_is_judged_by_its_region() -> None:
    statuses = {o.machine: o.status for o in try_check(NAME, RUN, graph=graph())}
    assert statuses == {NEAR: "passed", FAR: "blocked", HIDDEN: "unknown"}


def test_all_machines_are_asked_about_at_once() -> None:
    asked = graph()
    try_check(NAME, RUN, graph=asked)
    assert len(asked.asked) == 1


def test_the_regions_are_the_sites_choice() -> None:
    outcomes = try_check(NAME, RUN, graph=graph(), config={"regions": ["brazilsouth"]})
    assert [o.status for o in outcomes] == ["blocked", "passed", "unknown"]


class TestContract(CheckContract):
    """Run `pytest -v` to see what every check promises."""

    check = NAME
    graph = graph
'''


def files_of(name: str, *, of_run: bool, is_async: bool) -> tuple[str, str]:
    """The text of the check's file, and of its test."""
    kind = "".join(word.capitalize() for word in name.split("_"))
    values = {
        "NAME": name,
        "CLASS": kind,
        "DEF": "async def" if is_async else "def",
        "ASK": "await asyncio.to_thread(ctx.graph.ask, _QUERY)"
        if is_async
        else "ctx.graph.ask(_QUERY)",
        "IMPORTS": "import asyncio\n" if is_async else "",
    }
    return (
        _filled(_OF_RUN if of_run else _OF_MACHINE, values),
        _filled(_OF_RUN_TEST if of_run else _OF_MACHINE_TEST, values),
    )


def _filled(template: str, values: dict[str, str]) -> str:
    for place, text in values.items():
        template = template.replace(place, text)
    return template

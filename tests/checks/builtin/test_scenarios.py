"""Every shipped check comes with scenarios in which it passes, blocks, and cannot tell.

They are played as a gate would: the real steps, over HTTP, under the policy beside them.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.discovery import discover
from core import wire
from core.policy.file import PolicyFile
from core.policy.reading import parse_policy_file
from core.report import Tally
from handlers.activities import steps
from handlers.judging.answers import Answers
from handlers.orders import (
    CheckAnswer,
    CheckList,
    CheckRequest,
    ListRequest,
    Look,
    LookRequest,
    RunHead,
)
from plugins.definition import Definition
from tests.checks.asking import ALLOWED, EVENT, Site, site

FOLDER = Path(__file__).parents[3] / "samples" / "scenarios" / "checks"
SHIPPED = sorted(found.name for found in discover(None))
ENDINGS = ("passed", "blocked", "unknown")


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """What webhook signs its requests with."""
    monkeypatch.setenv("WEBHOOK_SECRET", "a secret of more than sixteen characters")


def policy(check: str) -> PolicyFile:
    """The one beside the scenarios; without one, the check is on as it is."""
    path = FOLDER / check / "gate.toml"
    text = path.read_text(encoding="utf-8") if path.exists() else f"[checks.{check}]\n"
    return parse_policy_file(text)


def told(world: Site, check: str) -> Tally:
    """How many answers of each kind the check gives in that world."""
    take, until = steps(world.services), world.services.clock.now() + ALLOWED
    listing = ListRequest(
        configuration=EVENT.configuration,
        policy=policy(check).of(EVENT.configuration),
        until=until,
    )
    listed = wire.load(CheckList, take["list_checks"](wire.dump(listing)))
    look_request = LookRequest(run=EVENT.run, subscriptions=EVENT.subscriptions, until=until)
    look = wire.load(Look, take["find_machines"](wire.dump(look_request)))
    (spec,) = [spec for spec in listed.checks if spec.name == check]
    request = CheckRequest(
        check=check,
        run=RunHead.of(EVENT),
        machines=look.newcomers,
        deadline=until,
        asking=spec.asking,
        config=listed.policy.of(check).config,
    )
    answers = Answers()
    answers.in_force((spec,))
    if spec.problem is None:
        answer = wire.load(CheckAnswer, take["ask_check"](wire.dump(request)))
        answers.heard(spec, "all", answer)
    (report,) = answers.reports(look.undetailed)
    return report.tally


def test_every_shipped_check_has_its_scenarios() -> None:
    """And there is none for a check that does not exist."""
    there = {path.relative_to(FOLDER).as_posix() for path in FOLDER.glob("*/*.toml")}
    scenarios = {name for name in there if not name.endswith("/gate.toml")}
    assert scenarios == {f"{check}/{ending}.toml" for check in SHIPPED for ending in ENDINGS}


def test_the_catalogue_loads() -> None:
    """Sixteen checks; two of them are in force from the start."""
    found = discover(None)
    assert all(isinstance(check, Definition) for check in found)
    on = [c.name for c in found if isinstance(c, Definition) and c.options.enabled]
    assert (len(found), on) == (16, ["machines_running", "opt_out_tag"])


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("check", SHIPPED)
def test_a_scenario_ends_as_it_is_called(check: str, ending: str) -> None:
    scenario = (FOLDER / check / f"{ending}.toml").read_text(encoding="utf-8")
    with site(scenario) as world:
        tally = told(world, check)
    assert tally.total > 0
    if ending == "passed":
        assert tally.passed > 0
        assert (tally.blocked, tally.unknown) == (0, 0)
    elif ending == "blocked":
        assert tally.blocked > 0
    else:
        assert (tally.unknown > 0, tally.blocked) == (True, 0)

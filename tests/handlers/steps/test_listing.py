"""Which checks are in force, under which policy: the step, with the real files and queries."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core import wire
from core.model import Asking
from core.policy import CheckPolicy, Policy
from core.policy.reading import parse_policy_file
from core.settings import Settings
from handlers.orders import CheckList, CheckSpec, ListRequest
from handlers.services import Services
from handlers.steps.listing import list_checks
from simulator import Azure, load_scenario, serve
from tests.durable_host import Done
from tests.fakes import FakeClock
from tests.handlers.test_activities import site
from tests.stories import Site, at, pre_event

EVENT = pre_event()
MINE = """
from checks import Run, Verdict, check, passed

@check(timeout=30, patience=60, every=20, memory=128)
def mine(run: Run) -> Verdict:
    \"\"\"Mine.\"\"\"
    return passed()

@check(when="after")
def later(run: Run) -> Verdict:
    \"\"\"Later.\"\"\"
    return passed()

@check(enabled=False)
def dormant(run: Run) -> Verdict:
    \"\"\"Dormant.\"\"\"
    return passed()
"""
BY_TAGS = """
[checks.mine]
timeout = 10

[[for]]
tags = { env = "prod" }
reserve = 600
[for.checks.dormant]
"""


def request(policy: Policy | None = None, **fields: object) -> ListRequest:
    """Before the sample run."""
    return ListRequest(
        **{
            "configuration": EVENT.configuration,
            "policy": policy or Policy(),
            "until": at("02:30"),
            **fields,
        }  # type: ignore[arg-type]
    )


def names(listed: CheckList) -> set[str]:
    """Which checks are asked."""
    return {spec.name for spec in listed.checks}


def spec(listed: CheckList, name: str = "mine") -> CheckSpec:
    """One of them."""
    return next(spec for spec in listed.checks if spec.name == name)


def listed(root: Path, policy: Policy | None = None, **fields: object) -> CheckList:
    """What is in force, with these checks beside the shipped ones."""
    return list_checks(site(root, MINE), request(policy, **fields))


def test_checks_before_a_run_and_after_it_are_two_lists(tmp_path: Path) -> None:
    assert {"mine", "opt_out_tag"} <= names(listed(tmp_path))
    assert names(listed(tmp_path, when="after")) == {"later"}


def test_a_check_that_is_off_is_asked_once_the_policy_names_it(tmp_path: Path) -> None:
    """And one that is on is not, once the policy says so."""
    assert "dormant" not in names(listed(tmp_path))
    policy = Policy(
        checks={"dormant": CheckPolicy(enabled=True), "mine": CheckPolicy(enabled=False)}
    )
    assert "dormant" in names(listed(tmp_path, policy))
    assert "mine" not in names(listed(tmp_path, policy))


def test_a_check_is_asked_as_its_author_says(tmp_path: Path) -> None:
    assert spec(listed(tmp_path)).asking == Asking(timeout=30, patience=60, every=20, memory=128)


def test_the_site_may_say_otherwise(tmp_path: Path) -> None:
    """Of one check, and of all that it does not name."""
    rule = CheckPolicy(timeout=5, patience=0)
    policy = Policy(checks={"mine": rule}, defaults=CheckPolicy(memory=64))
    found = listed(tmp_path, policy)
    assert spec(found).asking == Asking(timeout=5, patience=0, every=20, memory=128)
    assert spec(found, "opt_out_tag").asking.memory == 64


def test_processes_for_checks_are_started_as_soon_as_one_is_listed(tmp_path: Path) -> None:
    """They load the checks while machines are looked for; without such a check there are none."""
    services = site(tmp_path, MINE)
    list_checks(services, request())
    assert services.nursery.pid is None
    policy = Policy(checks={"mine": CheckPolicy(isolation="process")})
    try:
        assert spec(list_checks(services, request(policy))).asking.isolation == "process"
        assert services.nursery.pid is not None
    finally:
        services.nursery.close()


def test_without_a_policy_that_can_be_used_every_check_is_unknown(tmp_path: Path) -> None:
    """Who knows what the file would have said of each."""
    found = listed(tmp_path, Policy.broken("line 3 is not TOML"))
    assert found.checks
    assert all("policy file" in str(spec.problem) for spec in found.checks)


def test_a_check_that_cannot_be_loaded_says_where_it_is(tmp_path: Path) -> None:
    """Its file and line stand in the reason, for whoever reads no more than that."""
    found = list_checks(site(tmp_path, "1 / 0"), request())
    problem = str(spec(found, "file mine.py").problem)
    assert problem.startswith("my_checks/mine.py:1: ")
    assert "ZeroDivisionError" in problem


def test_a_slip_in_a_name_is_a_gap_with_its_line_and_a_hint(tmp_path: Path) -> None:
    policy = parse_policy_file("\n[checks.opt_out_tga]\n").of(EVENT.configuration)
    (gap,) = listed(tmp_path, policy).gaps
    assert "gate.toml:2" in gap.problem
    assert "opt_out_tag" in gap.problem
    assert gap.kind == "unknown"


def test_a_config_that_is_not_legal_names_its_line(tmp_path: Path) -> None:
    text = "\n[checks.opt_out_tag.config]\nvalue = 5\ntga = 'patch'\n"
    found = listed(tmp_path, parse_policy_file(text).of(EVENT.configuration))
    problem = str(spec(found, "opt_out_tag").problem)
    assert "gate.toml:4: config.tga: there is no such key; did you mean tag?" in problem
    assert "gate.toml:3: config.value:" in problem


@contextmanager
def world(root: Path, scenario: str) -> Iterator[Services]:
    """An app in a simulated world."""
    azure = Azure(
        load_scenario(scenario),
        run=EVENT.run,
        start=EVENT.start,
        end=EVENT.end,
        subscriptions=EVENT.subscriptions,
        clock=FakeClock(at("02:22")),
    )
    with serve(azure) as url:
        local = site(root, MINE)
        settings = Settings.from_environment({"PATCHGATE_SIMULATOR": url})
        yield Services(settings=settings, root=local.root, clock=local.clock)


def by_tags(services: Services) -> CheckList:
    """What is in force under a file with a block that goes by tags."""
    file = parse_policy_file(BY_TAGS)
    return list_checks(services, request(file.of(EVENT.configuration), by_tags=file))


@pytest.mark.parametrize(("env", "reserve"), [("prod", 600), ("PROD", 600), ("test", 120)])
def test_a_block_may_go_by_the_tags_of_the_configuration(
    tmp_path: Path, env: str, reserve: float
) -> None:
    """They are read in Resource Graph."""
    with world(tmp_path, f'[configuration]\ntags = {{ Env = "{env}" }}') as services:
        found = by_tags(services)
    assert found.policy.reserve == reserve
    assert ("dormant" in names(found)) is (reserve == 600)
    assert found.gaps == ()


@pytest.mark.parametrize(
    "scenario",
    [
        '[[faults]]\non = "graph"\nalways = true\nstatus = 403',
        f'[graph]\nhidden_subscriptions = ["{EVENT.configuration.subscription}"]',
    ],
)
def test_tags_that_cannot_be_read_are_a_gap(tmp_path: Path, scenario: str) -> None:
    """The blocks that go by them may say anything: nobody knows."""
    with world(tmp_path, scenario) as services:
        found = by_tags(services)
    (gap,) = found.gaps
    assert "go by tags" in gap.problem
    assert gap.kind == "unknown"
    assert spec(found).asking.timeout == 10


def test_a_run_whose_block_is_not_known_is_cancelled_though_others_are_only_observed(
    tmp_path: Path,
) -> None:
    """The event, the file, the step and the story, of a configuration that hides its tags."""
    text = 'mode = "observe"\non_unknown = "proceed"\n[[for]]\ntags.env = "prod"\n'
    text += 'mode = "enforce"\non_unknown = "cancel"'
    hidden = f'[graph]\nhidden_subscriptions = ["{EVENT.configuration.subscription}"]'
    with world(tmp_path, hidden) as services:
        (services.root / "gate.toml").write_text(text, encoding="utf-8")
        policy, file = services.policy_for(EVENT.configuration)
        found = list_checks(services, request(policy, by_tags=file))
    played = Site(
        policy=policy, steps={"list_checks": lambda asked, now: Done(answer=wire.dump(found))}
    )
    assert played.judge().report.ending == "cancelled"

"""Shipped scenarios with their policy, and short answers to what a check said of them."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from typing import Any

from core.model import Outcome
from tests.checks.asking import ask_in, site
from tests.checks.builtin.saying import SCENARIOS, sample

__all__ = ["by_name", "one", "pages_for", "played", "refused", "words"]


def policy(check: str) -> dict[str, Any]:
    """The config in the gate.toml beside the check's scenarios."""
    text = (SCENARIOS / check / "gate.toml").read_text(encoding="utf-8")
    config: dict[str, Any] = tomllib.loads(text)["checks"][check].get("config", {})
    return config


def played(check: str, name: str, **changes: Any) -> tuple[Outcome, ...]:
    """What the check says in its shipped scenario, under its shipped policy with these changes."""
    return ask_in(sample(check, name), check, policy(check) | changes)


def by_name(outcomes: Sequence[Outcome]) -> dict[str, Outcome]:
    """The outcomes by the machine's name; that of the run as `run`."""
    return {(outcome.machine or "run").rpartition("/")[2]: outcome for outcome in outcomes}


def words(outcomes: Sequence[Outcome]) -> dict[str, str]:
    """The status of each."""
    return {name: outcome.status.value for name, outcome in by_name(outcomes).items()}


def one(outcomes: Sequence[Outcome]) -> Outcome:
    """The only one."""
    (outcome,) = outcomes
    return outcome


def refused(check: str, query: int, **config: Any) -> Outcome:
    """What it says of two machines when Resource Graph refuses the query of that number.

    The first asks for the run's machines, one of each subscription.
    """
    machines = '[[machines]]\nname = "web-{n:02}"\ncount = 2\n'
    more = 'availability_set = "web"\nbackup = "None"\ntags = { app = "shop" }\n'
    fault = f'[[faults]]\non = "graph"\ncalls = [{query}]\nstatus = 400\n'
    return one(ask_in(machines + more + fault, check, config))


def pages_for(check: str, count: int, more: str = "", **config: Any) -> tuple[dict[str, int], int]:
    """How often which status was given for so many machines, and the pages that it took.

    The pages that the gate needs to find the machines are not among them.
    """
    with site(f'[[machines]]\nname = "m-{{n:04}}"\ncount = {count}\n{more}') as world:
        outcomes = world.ask(check, config)
        asked = [seen for seen in world.azure.seen if seen.what == "graph"]
    given = [outcome.status.value for outcome in outcomes]
    finding = -(-count // 1000)
    return {word: given.count(word) for word in given}, len(asked) - finding

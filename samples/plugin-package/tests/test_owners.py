"""has_owner: what it says of which machine, and what every check promises."""

from __future__ import annotations

import pytest
from patchgate_owners.owners import has_owner

from checks.testing import CheckContract, a_machine, try_check


@pytest.mark.parametrize("tags", [{"owner": "data"}, {"Team": "shop"}, {"owner": "", "team": "a"}])
def test_a_machine_with_an_owner_passes(tags: dict[str, str]) -> None:
    (outcome,) = try_check(has_owner, a_machine(tags=tags))
    assert outcome.status == "passed"


@pytest.mark.parametrize("tags", [{}, {"owner": " "}, {"service": "shop"}])
def test_a_machine_of_nobody_is_blocked(tags: dict[str, str]) -> None:
    (outcome,) = try_check(has_owner, a_machine(tags=tags))
    assert (outcome.status, outcome.reason) == ("blocked", "nobody owns it")


def test_the_tags_are_the_sites_choice() -> None:
    (outcome,) = try_check(
        has_owner, a_machine(tags={"contact": "noc"}), config={"tags": ["contact"]}
    )
    assert outcome.evidence == {"owner": "noc"}


class TestContract(CheckContract):
    """Run `pytest -v` to see what every check promises."""

    check = has_owner

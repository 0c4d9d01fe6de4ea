"""Try a check without Azure: what its author's tests are made of.

    from checks.testing import a_machine, try_check
    from my_checks.patch_pin import not_pinned

    def test_a_pinned_machine_is_left_alone() -> None:
        (outcome,) = try_check(not_pinned, a_machine(tags={"patch": "never"}))
        assert (outcome.status, outcome.reason) == ("blocked", "tagged patch=never")

`FakeGraph`, `FakeArm` and `FakeWeb` answer from dictionaries what a check may ask. `CheckContract`
has the tests that every check should pass: inherit it, or run `pytest --patchgate-contract
my_checks`.
"""

from checks.testing.builders import a_context
from checks.testing.contract import CheckContract
from checks.testing.trying import try_check
from core.model import Outcome, PatchResult, RunEnd, Status
from plugins.testing.builders import NOW, a_machine, a_run
from plugins.testing.fakes import FakeArm, FakeGraph, FakeWeb, Sent
from plugins.testing.trying import SkippingClock

__all__ = [
    "NOW",
    "CheckContract",
    "FakeArm",
    "FakeGraph",
    "FakeWeb",
    "Outcome",
    "PatchResult",
    "RunEnd",
    "Sent",
    "SkippingClock",
    "Status",
    "a_context",
    "a_machine",
    "a_run",
    "try_check",
]

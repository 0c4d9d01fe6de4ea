"""Try an action without Azure: what its author's tests are made of.

    from actions.testing import FakeAzure, a_machine, try_action, try_undo
    from my_actions.wake import wake

    def test_a_machine_that_is_off_is_woken_and_put_back() -> None:
        azure = FakeAzure(ComputeManagementClient=compute)
        tried = try_action(wake, a_machine(power="deallocated"), azure=azure)
        (outcome,) = tried.outcomes
        assert (outcome.status, tried.memory) == ("passed", {"power": "deallocated"})
        (undone,) = try_undo(wake, a_machine(), tried.memories, azure=azure)

The rest is shared with `checks.testing`: machines, runs, and `FakeGraph`, `FakeArm` and `FakeWeb`,
which answer from dictionaries.
"""

from actions.testing.fakes import Called, FakeAzure
from actions.testing.trying import Tried, a_context, try_action, try_do, try_undo
from core.model import Outcome, PatchResult, RunEnd, Status
from plugins.reach import Page
from plugins.testing.builders import NOW, a_machine, a_run
from plugins.testing.fakes import FakeArm, FakeGraph, FakeWeb, Sent
from plugins.testing.trying import SkippingClock

__all__ = [
    "NOW",
    "Called",
    "FakeArm",
    "FakeAzure",
    "FakeGraph",
    "FakeWeb",
    "Outcome",
    "Page",
    "PatchResult",
    "RunEnd",
    "Sent",
    "SkippingClock",
    "Status",
    "Tried",
    "a_context",
    "a_machine",
    "a_run",
    "try_action",
    "try_do",
    "try_undo",
]

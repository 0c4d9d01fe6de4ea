"""The decorator, and the three answers."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

import checks
from checks import CannotTell, Machine, Run, Verdict, blocked, check, passed, skipped
from core.model import Status
from plugins.api import Options, mark_of
from tests.builders import machine, run


def test_a_check_stays_the_function_that_it_was() -> None:
    """An author's unit test just calls it."""

    def not_pinned(subject: Machine) -> Verdict:
        return blocked("pinned") if subject.name == "pinned" else passed()

    assert check(not_pinned) is not_pinned
    assert not_pinned(machine("pinned")) == blocked("pinned")
    assert not_pinned(machine("free")) == passed()


def test_options_do_not_change_the_function_either() -> None:
    """They are only remembered."""

    def frozen(subject: Run) -> Verdict:
        return blocked("change freeze", until="January")

    options = {
        "name": "change_freeze",
        "timeout": 30.0,
        "on_unknown": "proceed",
        "advisory": True,
        "needs": ("Microsoft.Compute/virtualMachines/read",),
    }
    assert check(**options)(frozen) is frozen  # type: ignore[call-overload]
    assert mark_of(frozen) == Options(**options)  # type: ignore[arg-type]
    assert frozen(run("a")).reason == "change freeze"


def test_what_is_not_marked_is_no_check() -> None:
    """Nor is what merely looks like one, or what cannot be looked at."""

    class Unbound:
        @property
        def __dict__(self) -> dict[str, object]:  # type: ignore[override]
            raise RuntimeError("no request in progress")

    for candidate in (machine, 5, None, Unbound(), {"__patchgate_check__": Options()}, Machine):
        assert mark_of(candidate) is None


def test_an_unknown_option_is_an_error_at_once() -> None:
    """On the author's own screen."""
    with pytest.raises(TypeError, match="severity"):
        check(severity=5)(machine)  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("verdict", "status", "reason"),
    [
        (passed(seen=1), Status.PASSED, ""),
        (passed("fine", seen=1), Status.PASSED, "fine"),
        (blocked("is off", seen=1), Status.BLOCKED, "is off"),
        (skipped("no disks", seen=1), Status.SKIPPED, "no disks"),
    ],
)
def test_the_three_answers(verdict: Verdict, status: Status, reason: str) -> None:
    """With a reason where one is owed, and what was seen."""
    assert (verdict.status, verdict.reason) == (status, reason)
    assert verdict.evidence == {"seen": 1}


@pytest.mark.parametrize("answer", [blocked, skipped])
def test_an_objection_owes_a_reason(answer: object) -> None:
    """A run is never cancelled without a word."""
    with pytest.raises(TypeError):
        answer()  # type: ignore[operator]


def test_everything_an_author_needs_is_in_one_place() -> None:
    """Plugins import `checks` and nothing else of ours: its public names are exactly `__all__`."""
    public = {
        name
        for name, value in vars(checks).items()
        if not name.startswith("_") and not isinstance(value, ModuleType)
    }
    assert public == set(checks.__all__)
    assert list(checks.__all__) == sorted(checks.__all__)
    assert {"Context", "Machine", "Run", "Verdict", "check"} <= public
    assert {"passed", "blocked", "skipped", "CannotTell"} <= public
    assert issubclass(CannotTell, Exception)


def test_the_types_are_shipped() -> None:
    """A type checker reads them in an author's project too."""
    assert (Path(checks.__file__).parent / "py.typed").is_file()

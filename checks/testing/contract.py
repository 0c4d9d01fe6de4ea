"""What every check promises, as tests that any check can inherit.

    from checks.testing import CheckContract
    from my_checks.disk_space import disk_space

    class TestDiskSpace(CheckContract):
        check = disk_space
        config = {"least_gb": 5}

Nothing here waits, and nothing is asked but fakes. `pytest --patchgate-contract my_checks` puts the
same tests to every check of a folder.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from checks.testing.trials import FAILING, SILENT, Call, Given, Trial, trials
from checks.testing.trying import examined
from core.errors import shorten
from core.model import Outcome, Run, Verdict
from plugins.answers import CannotTell
from plugins.config import config_of
from plugins.definition import Definition
from plugins.doc import paragraphs
from plugins.reach import Arm, Graph, Web

__all__ = ["CheckContract", "contract_tests"]

# Raised by slips in the code. What cannot be told has an exception of its own, CannotTell.
_SLIPS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    ImportError,
    LookupError,
    NameError,
    NotImplementedError,
    RecursionError,
    StopAsyncIteration,
    StopIteration,
    SyntaxError,
    SystemExit,
    TypeError,
    ValueError,
)

_TRIED: dict[type[CheckContract], Sequence[Trial]] = {}


class CheckContract:
    """Inherit it in a class whose name begins with Test, and say which `check` it is about.

    `config` is what stands in gate.toml under `[checks.NAME.config]`, for a check whose config has
    no defaults. `graph`, `arm` and `web` make surroundings in which the check is answered, such as
    `lambda: FakeGraph({"resources": [row]})`. `empty_is_fine` says why a check that asks and gets
    no row may pass; a paragraph `No row: …` of its docstring says it as well. `seconds` is the real
    time that it may take each time.
    """

    check: ClassVar[Any] = None
    config: ClassVar[Mapping[str, Any]] = {}
    graph: ClassVar[Callable[[], Graph] | None] = None
    arm: ClassVar[Callable[[], Arm] | None] = None
    web: ClassVar[Callable[[], Web] | None] = None
    empty_is_fine: ClassVar[str] = ""
    seconds: ClassVar[float] = 5.0

    def test_it_loads(self) -> None:
        """Its form and its options are legal."""
        _definition(self)

    def test_it_says_what_it_asks(self) -> None:
        """A docstring is its title in every report."""
        _hold(_definition(self).doc.strip() != "", "it has no docstring: say what must be so")

    def test_its_config_is_legal(self) -> None:
        """Its defaults, or what the contract gives."""
        _configured(self)

    def test_it_ends_in_time(self) -> None:
        """Whether or not anybody answers it."""
        for trial in _trials(self):
            took = f"it did not answer within {self.seconds:g} s when asked {trial.situation}"
            _hold(not trial.late, took)

    def test_it_answers_as_a_check_may(self) -> None:
        """With a verdict, or about a run with one for each of its machines."""
        for trial, call in _calls(self):
            if call.error is None:
                for _, verdict in call.verdicts:
                    legal = isinstance(verdict, Verdict) or (
                        isinstance(verdict, CannotTell) and isinstance(call.answer, Mapping)
                    )
                    said = f"it answered {shorten(verdict, 60)} when asked {trial.situation}"
                    _hold(legal, f"{said}; legal are passed(), blocked(…) and skipped(…)")

    def test_it_answers_about_every_machine_and_none_besides(self) -> None:
        """One that is left out is UNKNOWN, and an answer about another is nobody's."""
        for trial, call in _calls(self):
            if isinstance(call.subject, Run) and isinstance(call.answer, Mapping):
                said = {machine for machine, _ in call.verdicts}
                members = {machine.id.lower() for machine in call.subject.machines}
                left_out = ", ".join(sorted(members - said)[:3])
                others = ", ".join(shorten(one, 80) for one in sorted(map(str, said - members))[:3])
                _hold(not left_out, f"asked {trial.situation} it leaves out {left_out}")
                _hold(not others, f"asked {trial.situation} it answers about others: {others}")

    def test_it_makes_no_slip(self) -> None:
        """What it cannot tell it says with CannotTell, and no legal run makes its code fail."""
        for trial, call in _calls(self):
            error = call.error
            what = f"it raised {type(error).__name__}: {shorten(str(error))} when asked"
            _hold(not isinstance(error, _SLIPS), f"{what} {trial.situation}")

    def test_it_changes_nothing(self) -> None:
        """The run, its machines and the config are everybody's."""
        for trial in _trials(self):
            _hold(not trial.changed, f"it changed its run or its config, asked {trial.situation}")

    def test_asked_twice_it_says_the_same(self) -> None:
        """A step may be repeated, on another worker."""
        for trial in _trials(self):
            first, second = _said(trial.outcomes), _said(trial.again)
            differ = [pair for pair in zip(first, second, strict=False) if pair[0] != pair[1]][:1]
            same = trial.late or first == second
            _hold(same, f"it says two things, asked {trial.situation}: {differ}")

    def test_it_never_passes_what_it_could_not_ask(self) -> None:
        """No answer is never a yes."""
        for trial, call in _calls(self):
            if trial.surroundings == FAILING and call.asked:
                _hold(not call.passes, f"it passed although nobody answered it, {trial.situation}")

    def test_no_row_is_never_fine(self) -> None:
        """Resource Graph hides what the identity may not read, instead of failing."""
        if self.empty_is_fine or dict(paragraphs(_definition(self).doc)).get("No row"):
            return
        for trial, call in _calls(self):
            if trial.surroundings == SILENT and call.asked and trial.run.machines:
                _hold(
                    not call.passes,
                    f"it passed although there was no row, {trial.situation}; if that is right, "
                    "say why in `empty_is_fine`, or in its docstring (No row: …)",
                )

    def test_what_it_says_can_be_shown(self) -> None:
        """In full: long reasons and large evidence are cut, and secrets masked."""
        for trial in _trials(self):
            shown = {(o.machine or "").lower(): o for o in trial.outcomes}
            for machine, verdict in (pair for call in trial.calls for pair in call.verdicts):
                outcome = shown.get(machine or "")
                if isinstance(verdict, Verdict) and outcome is not None:
                    whole = (verdict.reason, verdict.evidence) == (outcome.reason, outcome.evidence)
                    cut = f"shown is {shorten(outcome.reason)!r} {shorten(outcome.evidence, 200)}"
                    _hold(whole, f"what it says is cut or masked, asked {trial.situation}: {cut}")


def contract_tests() -> list[str]:
    """The names of the tests, in the order in which they are read."""
    return [name for name in vars(CheckContract) if name.startswith("test_")]


def _hold(so: bool, otherwise: str) -> None:  # noqa: FBT001 - as an assertion has it
    __tracebackhide__ = True
    if not so:
        raise AssertionError(otherwise)


def _definition(contract: CheckContract) -> Definition:
    check = _static(contract, "check")
    _hold(check is not None, "say which check it is about: check = my_check")
    return examined(check)


def _configured(contract: CheckContract) -> Any:
    return config_of(_definition(contract), contract.config)


def _trials(contract: CheckContract) -> Sequence[Trial]:
    """What came of all situations: tried once, for all tests of a contract."""
    kind = type(contract)
    if kind not in _TRIED:
        given = Given(
            config=_configured(contract),
            graph=_static(contract, "graph"),
            arm=_static(contract, "arm"),
            web=_static(contract, "web"),
            seconds=contract.seconds,
        )
        _TRIED[kind] = trials(_definition(contract), given)
    return _TRIED[kind]


def _static(contract: CheckContract, name: str) -> Any:
    """What the class has under that name: a function there would else become a method."""
    found = inspect.getattr_static(contract, name)
    return found.__func__ if isinstance(found, staticmethod) else found


def _calls(contract: CheckContract) -> Iterator[tuple[Trial, Call]]:
    for trial in _trials(contract):
        for call in trial.calls:
            yield trial, call


def _said(outcomes: Sequence[Outcome]) -> list[str]:
    return [f"{o.machine}: {o.status} {o.reason} {o.evidence}" for o in outcomes]

"""A marked function, examined when it is loaded."""

from __future__ import annotations

import contextlib
import dataclasses
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from checks import Context, Machine, Run, Verdict, check, passed
from checks.discovery import define
from core.errors import BadPlugin
from plugins.api import Options
from plugins.config import config_of
from tests.builders import JSON

HERE = Path(__file__)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """A check's own settings, as a dataclass."""

    most: int
    names: list[str] = field(default_factory=list)


class Window(BaseModel):
    """The same as a pydantic model."""

    most: int
    names: list[str] = []


class Moody:
    """No type that pydantic could validate."""


@dataclass
class Explosive:
    """Its own code fails."""

    most: int = 1

    def __post_init__(self) -> None:
        raise RuntimeError("no such region")


def about_machine(machine: Machine) -> Verdict:
    """The first line is the title.

    And the rest is not.
    """
    return passed()


def about_run(run: Run) -> Verdict:
    return passed()


def about_machines(run: Run) -> Mapping[str, Verdict]:
    return {}


def with_context(machine: Machine, ctx: Context) -> Verdict:
    return passed()


def with_config(machine: Machine, ctx: Context[Limits]) -> Verdict:
    return passed()


def with_model(run: Run, ctx: Context[Window]) -> Verdict:
    return passed()


def annotated(machine: Annotated[Machine, "each"]) -> Verdict:
    return passed()


def positional(machine: Machine, /) -> Verdict:
    return passed()


async def asynchronous(machine: Machine) -> Verdict:
    return passed()


async def asynchronous_run(run: Run, ctx: Context[Limits]) -> Verdict:
    return passed()


@pytest.mark.parametrize(
    ("function", "scope", "wants_context", "config", "is_async"),
    [
        (about_machine, "machine", False, None, False),
        (about_run, "run", False, None, False),
        (about_machines, "run", False, None, False),
        (with_context, "machine", True, None, False),
        (with_config, "machine", True, Limits, False),
        (with_model, "run", True, Window, False),
        (annotated, "machine", False, None, False),
        (positional, "machine", False, None, False),
        (asynchronous, "machine", False, None, True),
        (asynchronous_run, "run", True, Limits, True),
    ],
)
def test_the_legal_forms(
    function: Any, scope: str, config: object, *, wants_context: bool, is_async: bool
) -> None:
    """Machine or run, with or without a context and a config, sync or async."""
    definition = define(check(function))
    assert definition.name == function.__name__
    assert definition.scope == scope
    assert definition.wants_context is wants_context
    assert definition.config_type is config
    assert definition.is_async is is_async
    assert definition.function is function


def test_the_title_is_the_docstrings_first_line() -> None:
    """And the name, where there is none."""
    assert define(about_machine).title == "The first line is the title."
    assert define(about_run).title == "about_run"


def test_the_whole_docstring_is_kept() -> None:
    """For `patchgate checks show`; nothing where there is none."""
    assert define(about_machine).doc == "The first line is the title.\n\nAnd the rest is not."
    assert define(about_run).doc == ""


def test_the_door_is_remembered() -> None:
    """A reader of a report wants to know whose check it is."""
    assert define(about_run).door == "my_checks"
    assert define(about_run, door="built-in").door == "built-in"


def nothing() -> Verdict:
    return passed()


def three(machine: Machine, ctx: Context[Limits], more: int) -> Verdict:
    return passed()


def any_number(*machines: Machine) -> Verdict:
    return passed()


def by_keyword(*, machine: Machine) -> Verdict:
    return passed()


def keywords(machine: Machine, **more: object) -> Verdict:
    return passed()


def bare(machine) -> Verdict:  # type: ignore[no-untyped-def]  # noqa: ANN001
    return passed()


def text(machine: str) -> Verdict:
    return passed()


def optional(machine: Machine | None) -> Verdict:
    return passed()


def many(machines: list[Machine]) -> Verdict:
    return passed()


def second(machine: Machine, limit: int = 5) -> Verdict:
    return passed()


def second_bare(machine: Machine, ctx) -> Verdict:  # type: ignore[no-untyped-def]  # noqa: ANN001
    return passed()


def swapped(ctx: Context[Limits], machine: Machine) -> Verdict:
    return passed()


def unknown_name(machine: Machin) -> Verdict:  # type: ignore[name-defined]  # noqa: F821
    return passed()


def no_expression(machine: Any) -> Verdict:
    return passed()


def exploding(machine: Any) -> Verdict:
    return passed()


no_expression.__annotations__["machine"] = "Machine["
exploding.__annotations__["machine"] = "1 / 0"

ILLEGAL: list[Callable[..., Any]] = [nothing, three, any_number, by_keyword, keywords, bare, text]
ILLEGAL += [optional, many, second, second_bare, swapped, unknown_name, no_expression, exploding]


@pytest.mark.parametrize("function", ILLEGAL)
def test_an_illegal_form_is_refused_with_the_place_and_the_legal_ones(
    function: Callable[..., Any],
) -> None:
    """The author need not look anything up."""
    line = function.__code__.co_firstlineno
    with pytest.raises(BadPlugin) as refusal:
        define(function)
    assert refusal.value.name == function.__name__
    assert refusal.value.origin == f"checks/{HERE.name}:{line}"
    assert f"{HERE.name}:{line}" in str(refusal.value)
    for legal in (
        "(machine: Machine)",
        "(run: Run)",
        "Mapping[str, Verdict | CannotTell]",
        "Context",
        "async",
    ):
        assert legal in refusal.value.why


@pytest.mark.parametrize(
    "candidate", [5, Machine, Moody, Moody(), len, lambda machine: passed(), print]
)
def test_what_is_no_function_of_the_authors_is_refused(candidate: object) -> None:
    """With what is known of its place."""
    with pytest.raises(BadPlugin) as refusal:
        define(candidate)
    assert refusal.value.origin


@pytest.mark.parametrize(
    "name", ["Disk", "disk-space", "disk space", "1disk", "disk\n", "_disk", "d" * 65, "é", 5, [1]]
)
def test_a_name_is_a_lower_case_word(name: Any) -> None:
    """It is a key in gate.toml."""
    with pytest.raises(BadPlugin, match="lower-case"):
        define(check(name=name)(_copy()))


def _copy() -> Callable[[Machine], Verdict]:
    def some_check(machine: Machine) -> Verdict:
        return passed()

    return some_check


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("timeout", 0),
        ("timeout", -1),
        ("timeout", math.nan),
        ("timeout", math.inf),
        ("timeout", 3601),
        ("timeout", 10**400),
        ("timeout", "5"),
        ("timeout", True),
        ("on_unknown", "ignore"),
        ("on_unknown", None),
        ("on_unknown", []),
        ("advisory", "no"),
        ("advisory", 0),
        ("when", "during"),
        ("when", None),
        ("enabled", "no"),
        ("enabled", None),
        ("patience", -1),
        ("patience", math.nan),
        ("patience", 3601),
        ("patience", None),
        ("every", 0),
        ("every", 0.5),
        ("every", True),
        ("isolation", "subprocess"),
        ("isolation", None),
        ("memory", 63),
        ("memory", 512.0),
        ("memory", 10**9),
        ("memory", None),
        ("needs", "Microsoft.Compute/virtualMachines/read"),
        ("needs", (5,)),
        ("needs", None),
        ("needs", ("Microsoft.Compute",)),
        ("needs", ("read everything, please",)),
    ],
)
def test_an_option_that_is_not_legal_is_refused(option: str, value: Any) -> None:
    """advisory="no" would else be taken for a yes, and a run would go ahead."""
    options: Any = {option: value}
    with pytest.raises(BadPlugin) as refusal:
        define(check(**options)(_copy()))
    assert refusal.value.why.startswith(f"{option} is ")


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("when", "after"),
        ("enabled", False),
        ("timeout", 3600),
        ("timeout", 0.1),
        ("timeout", None),
        ("patience", 0),
        ("patience", 3600.0),
        ("every", 1),
        ("on_unknown", "proceed"),
        ("advisory", True),
        ("isolation", "process"),
        ("memory", 64),
        ("needs", ("Microsoft.Compute/virtualMachines/read", "*/read")),
        ("needs", ()),
    ],
)
def test_an_option_that_is_legal_is_kept(option: str, value: Any) -> None:
    """As the author wrote it."""
    options: Any = {option: value}
    assert getattr(define(check(**options)(_copy())).options, option) == value


OPTIONS = [f.name for f in dataclasses.fields(Options) if f.name != "undo"]  # that is for actions


@given(st.dictionaries(st.sampled_from(OPTIONS), JSON))
def test_whatever_stands_at_an_option_is_legal_or_refused(options: dict[str, Any]) -> None:
    """Nothing else is raised while the checks are loaded."""
    with contextlib.suppress(BadPlugin):
        assert define(check(**options)(_copy())).options == Options(**options)


def test_all_options_that_are_not_legal_are_told_together() -> None:
    """So that the author mends them once; however long each is, none is cut away."""
    names = [name for name in OPTIONS if name != "name"]
    options: Any = dict.fromkeys(names, "wrong" * 20)
    with pytest.raises(BadPlugin) as refusal:
        define(check(**options)(_copy()))
    assert all(f"{name} is 'wrong" in refusal.value.why for name in names)


# Config


def config(function: Any, **given: Any) -> Any:
    """What that check gets, when gate.toml says this."""
    return config_of(define(function), given)


@pytest.mark.parametrize(("function", "kind"), [(with_config, Limits), (with_model, Window)])
def test_a_config_is_validated_and_typed(function: Any, kind: Any) -> None:
    """From the policy file into the author's own type, dataclass or model."""
    assert config(function, most=5) == kind(most=5)
    assert config(function, most=5, names=["a"]) == kind(most=5, names=["a"])


@pytest.mark.parametrize("function", [with_config, with_model])
@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, ["most"]),
        ({"most": "many"}, ["most", "many"]),
        ({"most": 1, "least": 0, "other": 1}, ["least", "other", "there are most, names"]),
        ({"most": 1, "nams": 0}, ["nams: there is no such key; did you mean names?"]),
        ({"most": "many", "names": 5, "least": 0}, ["most", "many", "names", "least"]),
    ],
)
def test_a_config_that_does_not_fit_names_every_culprit(
    function: Any, given: dict[str, Any], words: list[str]
) -> None:
    """Missing, unknown and wrong keys."""
    with pytest.raises(BadPlugin) as refusal:
        config(function, **given)
    assert all(word in refusal.value.why for word in words)


@pytest.mark.parametrize("function", [about_machine, with_context])
def test_a_check_without_a_config_takes_none(function: Any) -> None:
    """None is what it gets, and anything else is a slip in gate.toml."""
    assert config(function) is None
    with pytest.raises(BadPlugin, match="takes no config"):
        config(function, most=5)


@pytest.mark.parametrize("kind", [Moody, Explosive, "no_such_type"])
def test_a_config_type_that_cannot_be_made_breaks_its_check_only(kind: Any) -> None:
    """It is the author's code, and may fail in any way."""

    def odd(machine: Machine, ctx: Context[Any]) -> Verdict:
        return passed()

    odd.__annotations__ = {"machine": Machine, "ctx": Context[kind]}
    with pytest.raises(BadPlugin) as refusal:
        config(odd)
    assert refusal.value.name == "odd"


async def gen_async(machine: Machine) -> Any:
    yield passed()


def gen(machine: Machine) -> Any:
    yield passed()


def says_bool(machine: Machine) -> bool:
    return True


def says_nothing(machine: Machine) -> None:
    return None


def a_crowd(*machines: Machine) -> Verdict:
    return passed()


@pytest.mark.parametrize(
    ("function", "why"),
    [
        (gen, "generator"),
        (gen_async, "generator"),
        (says_bool, "a bool"),
        (says_nothing, "None"),
        (a_crowd, "*machines takes any number of values"),
    ],
)
def test_what_can_never_answer_is_told_when_it_is_loaded(function: Any, why: str) -> None:
    """And not when a run waits for it; each with the legal forms."""
    with pytest.raises(BadPlugin) as refusal:
        define(function)
    assert why in refusal.value.why
    assert "legal forms" in refusal.value.why


def test_a_slip_in_an_option_names_what_was_meant_and_what_there_is() -> None:
    options: dict[str, Any] = {"timout": 3}
    with pytest.raises(TypeError, match=r"no option timout; did you mean timeout\? there are name"):
        check(**options)


def test_a_title_is_cut_and_masked() -> None:
    """It stands in every report."""

    def wordy(machine: Machine) -> Verdict:
        return passed()

    wordy.__doc__ = "password=hunter2 " + "x" * 100_000
    title = define(wordy).title
    assert len(title) <= 120
    assert "hunter2" not in title


@dataclass(frozen=True, kw_only=True)
class Keys:
    """Settings with a secret in them, and an author who quotes it."""

    api_key: int = 0
    token: str = ""

    def __post_init__(self) -> None:
        if self.token:
            raise ValueError(f"{self.token} is no token of ours")


def with_keys(machine: Machine, ctx: Context[Keys]) -> Verdict:
    return passed()


@pytest.mark.parametrize("given", [{"api_key": "TOPSECRET1"}, {"token": "TOPSECRET1"}])
def test_a_secret_that_does_not_fit_is_not_shown(given: dict[str, Any]) -> None:
    """Neither as the value, nor in the author's own words."""
    with pytest.raises(BadPlugin) as refusal:
        config(with_keys, **given)
    assert "TOPSECRET1" not in str(refusal.value)
    assert "(masked)" in refusal.value.why

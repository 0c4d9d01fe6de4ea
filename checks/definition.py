"""A marked function, examined: what it asks about, what it wants, and whether its form is legal.

What does not pass is a `BrokenCheck`, which can only answer UNKNOWN: neither a crash that stops the
gate nor a silence that lets a run pass.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from checks.api import Context, Options, mark_of
from core.errors import BadCheck, shorten, text_of
from core.model import Machine, Run, Verdict
from core.policy import CheckPolicy
from core.policy.keys import Kind, choice, keys_of

__all__ = [
    "MY_CHECKS",
    "BrokenCheck",
    "CheckDefinition",
    "define",
    "origin_of",
]

LEGAL = (
    "legal forms: (machine: Machine) -> Verdict, (run: Run) -> Verdict, (run: Run) -> "
    "Mapping[str, Verdict | CannotTell], each also with a second parameter (…, ctx: Context) or "
    "(…, ctx: Context[MyConfig]), and each also as async def"
)
MY_CHECKS = "my_checks"  # the door of the user's own folder, whatever its name
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_ACTION = re.compile(r"[A-Za-z0-9.*]+(/[A-Za-z0-9*]+)+", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckDefinition:
    """A check that can be asked. `origin` is `file:line`.

    `title` is the first line of its docstring, cut to a sane size, and `doc` the whole of it, empty
    without one. `door` says how it came in: `built-in`, `my_checks`, or `plugin NAME VERSION`.
    """

    name: str
    title: str
    scope: Literal["machine", "run"]
    function: Any
    is_async: bool
    wants_context: bool
    config_type: type[Any] | None
    options: Options
    origin: str
    door: str = MY_CHECKS
    doc: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenCheck:
    """A check that is there and cannot be asked; `problem` says why and what would be legal.

    `origin` is `file:line`, or `DISTRIBUTION VERSION: VALUE` for an entry point as a whole.
    """

    name: str
    origin: str
    problem: str
    door: str = MY_CHECKS


def define(function: Any, *, door: str = MY_CHECKS) -> CheckDefinition:
    """Examine a marked function. Raises `BadCheck` that says where it is and what is legal."""
    options = mark_of(function) or Options()
    origin = origin_of(function)
    name = str(options.name or getattr(function, "__name__", ""))
    if not _NAME.fullmatch(name):
        raise BadCheck(name, origin, "a check's name is a lower-case word of letters, digits and _")
    subject, config_type, wants_context = _parameters(name, origin, function)
    _legal_options(name, origin, options)
    doc = str(inspect.getdoc(function) or "")
    return CheckDefinition(
        name=name,
        title=shorten((doc or name).partition("\n")[0]),
        scope="machine" if subject is Machine else "run",
        function=function,
        is_async=inspect.iscoroutinefunction(function),
        wants_context=wants_context,
        config_type=config_type,
        options=options,
        origin=origin,
        door=door,
        doc=doc,
    )


def _legal_options(name: str, origin: str, options: Options) -> None:
    """What gate.toml may say, an author may: the kinds are the same. None is the default's alone.

    Types are looked at as well: advisory="no" would be taken for a yes.
    """
    given = {name: getattr(options, name) for name in _kinds()}
    wrong = [
        f"{option} is {_brief(given[option])}: must be {kind.legal}"
        for option, kind in _kinds().items()
        if not (kind.accepts(given[option]) or (option == "timeout" and given[option] is None))
    ]
    if not _are_actions(options.needs):
        wrong.append(
            f'needs is {_brief(options.needs)}: must be a tuple like ("Microsoft.X/y/read",)'
        )
    if wrong:
        raise BadCheck(name, origin, "; ".join(wrong))


@cache
def _kinds() -> dict[str, Kind]:
    names = {field.name for field in dataclasses.fields(Options)}
    kinds = {name: key.kind for name, key in keys_of(CheckPolicy).items() if name in names}
    return kinds | {"when": choice("before", "after")}


def _brief(value: object) -> str:
    return shorten(repr(value), 12)  # even if all are wrong, each is named in the sentence


def _are_actions(needs: object) -> bool:
    return isinstance(needs, tuple | list) and all(
        isinstance(need, str) and _ACTION.fullmatch(need) for need in needs
    )


def origin_of(function: Any) -> str:
    """Where a function is defined, as `file:line`."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is None:
        return "unknown"
    path = Path(code.co_filename)
    return f"{path.parent.name}/{path.name}:{code.co_firstlineno}"


def _parameters(name: str, origin: str, function: Any) -> tuple[type, type[Any] | None, bool]:
    """Subject, config type, and whether a context is wanted."""
    if not callable(function):
        raise BadCheck(name, origin, "is not a function")
    try:
        hints = get_type_hints(function)
        parameters = list(inspect.signature(function).parameters.values())
    except Exception as error:  # annotations are code, and may raise anything
        why = f"its annotations cannot be read: {shorten(text_of(error))}; {LEGAL}"
        raise BadCheck(name, origin, why) from error
    if wrong := _misshapen(function, parameters) or _misread(hints.get("return", Verdict)):
        raise BadCheck(name, origin, f"{wrong}; {LEGAL}")
    subject = hints.get(parameters[0].name)
    if subject is not Machine and subject is not Run:
        what = "nothing" if subject is None else shorten(subject, 60)
        raise BadCheck(name, origin, f"its first parameter is annotated with {what}; {LEGAL}")
    if len(parameters) == 1:
        return subject, None, False
    context = hints.get(parameters[1].name)
    if (get_origin(context) or context) is not Context:
        raise BadCheck(name, origin, f"its second parameter is not a Context; {LEGAL}")
    config = get_args(context)
    return subject, (config[0] if config else None), True


def _misshapen(function: Any, parameters: Sequence[inspect.Parameter]) -> str | None:
    """What no call of it with one subject, or a subject and a context, could do."""
    for one in parameters:
        if one.kind in _OTHER_KINDS:
            return f"its parameter {_OTHER_KINDS[one.kind].format(shorten(one.name, 60))}"
    if not 1 <= len(parameters) <= 2:
        return f"it takes {len(parameters)} parameters, and must take one or two"
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        return "it is a generator: it must return its answer, not yield it"
    return None


def _misread(answer: object) -> str | None:
    """What its return annotation promises that is no answer; one without any is asked and seen."""
    if answer is bool:
        return "it returns a bool, which has no reason: return passed() or blocked(reason)"
    if answer is NoneType:
        return "it returns None, which is no answer: return passed() or blocked(reason)"
    return None


_OTHER_KINDS = {
    inspect.Parameter.VAR_POSITIONAL: "*{} takes any number of values, and must take one",
    inspect.Parameter.VAR_KEYWORD: "**{} takes whatever has a name, and must take one value",
    inspect.Parameter.KEYWORD_ONLY: "{} is keyword-only, and must be taken by its position",
}

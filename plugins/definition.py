"""A marked function, examined: what it asks about, what it wants, and whether its form is legal.

What does not pass is a `Broken`, which can only answer UNKNOWN: neither a crash that stops the
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

from core.errors import BadPlugin, shorten, text_of
from core.model import Machine, Run, Verdict
from core.policy import CheckPolicy
from core.policy.keys import Kind as ValueKind
from core.policy.keys import choice, keys_of
from plugins.api import Options, mark_of
from plugins.kinds import Kind

__all__ = ["Broken", "Definition", "define", "origin_of"]

_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_ACTION = re.compile(r"[A-Za-z0-9.*]+(/[A-Za-z0-9*]+)+", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A check or an action that can be asked: `kind` says which. `origin` is `file:line`.

    `title` is the first line of its docstring, cut to a sane size, and `doc` the whole of it, empty
    without one. `door` says how it came in: `built-in`, the user's own folder, or `plugin NAME
    VERSION`. `undo` is what puts back what an action has changed.
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
    door: str
    kind: Kind
    doc: str = ""
    undo: Definition | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """One that is there and cannot be asked; `problem` says why and what would be legal.

    `origin` is `file:line`, or `DISTRIBUTION VERSION: VALUE` for an entry point as a whole.
    """

    name: str
    origin: str
    problem: str
    door: str


def define(kind: Kind, function: Any, *, door: str | None = None) -> Definition:
    """Examine a marked function. Raises `BadPlugin` that says where it is and what is legal."""
    options = mark_of(function, kind.word) or Options()
    origin = origin_of(function)
    name = str(options.name or getattr(function, "__name__", ""))
    if not _NAME.fullmatch(name):
        raise BadPlugin(name, origin, "its name must be a lower-case word of letters, digits and _")
    _legal_options(name, origin, options)
    definition = _examined(kind, name, function, options, door or kind.own)
    if options.undo is None:
        return definition
    if options.when == "after":
        raise BadPlugin(name, origin, "has an undo, and is for after the run: nothing comes later")
    undo = _examined(kind, name, options.undo, options, door or kind.own)
    if undo.scope != definition.scope:
        raise BadPlugin(name, origin, f"its undo is for a {undo.scope}, and must be for the same")
    if undo.config_type not in (None, definition.config_type):
        raise BadPlugin(name, origin, "its undo takes another config, and must take the same")
    return dataclasses.replace(definition, undo=undo)


def _examined(kind: Kind, name: str, function: Any, options: Options, door: str) -> Definition:
    subject, config_type, wants_context = _parameters(kind, name, function)
    doc = str(inspect.getdoc(function) or "")
    return Definition(
        name=name,
        title=shorten((doc or name).partition("\n")[0]),
        scope="machine" if subject is Machine else "run",
        function=function,
        is_async=inspect.iscoroutinefunction(function),
        wants_context=wants_context,
        config_type=config_type,
        options=options,
        origin=origin_of(function),
        door=door,
        kind=kind,
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
        raise BadPlugin(name, origin, "; ".join(wrong))


@cache
def _kinds() -> dict[str, ValueKind]:
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


def _parameters(kind: Kind, name: str, function: Any) -> tuple[type, type[Any] | None, bool]:
    """Subject, config type, and whether a context is wanted."""
    origin = origin_of(function)
    if not callable(function):
        raise BadPlugin(name, origin, "is not a function")
    try:
        hints = get_type_hints(function)
        parameters = list(inspect.signature(function).parameters.values())
    except Exception as error:  # annotations are code, and may raise anything
        why = f"its annotations cannot be read: {shorten(text_of(error))}; {kind.legal}"
        raise BadPlugin(name, origin, why) from error
    if wrong := _misshapen(function, parameters) or _misread(hints.get("return", Verdict)):
        raise BadPlugin(name, origin, f"{wrong}; {kind.legal}")
    subject = hints.get(parameters[0].name)
    if subject is not Machine and subject is not Run:
        what = "nothing" if subject is None else shorten(subject, 60)
        raise BadPlugin(name, origin, f"its first parameter is annotated with {what}; {kind.legal}")
    if len(parameters) == 1:
        return subject, None, False
    context = hints.get(parameters[1].name, kind.bare)
    if (get_origin(context) or context) is not kind.context:
        raise BadPlugin(
            name, origin, f"its second parameter is not a {kind.context.__name__}; {kind.legal}"
        )
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

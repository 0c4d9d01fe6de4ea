"""Every exception that Patchgate raises on purpose.

PatchgateError
├── BadId            an Azure id that is not of the form it must have
├── BadEvent         a maintenance event that cannot be understood
├── RefusedEvent     a maintenance event of a configuration that is not on the allow-list
├── BadSettings      environment variables that are not legal, all of them at once
├── BadPolicy        a policy file that is not legal, everything that is wrong at once
├── BadPlugin         a check that cannot be loaded
│   └── BadConfig    a config that a check does not take
├── BadScenario      a simulator scenario that is not legal
├── ActivityFailed   a step of a story raised, or its worker never answered
├── CannotStart      the engine did not take a story, so that nothing judges the run
└── ArmProblem       Azure Resource Manager was asked and did not give a usable answer
    └── OutOfTime    the deadline passed before there was one
"""

from __future__ import annotations

from core.masking import mask

__all__ = [
    "ActivityFailed",
    "ArmProblem",
    "BadConfig",
    "BadEvent",
    "BadId",
    "BadPlugin",
    "BadPolicy",
    "BadScenario",
    "BadSettings",
    "CannotStart",
    "OutOfTime",
    "PatchgateError",
    "RefusedEvent",
    "shorten",
    "text_of",
]

_ID = 300  # characters of a value: what tells two ids apart stands at their end
_SECRET = 512  # characters that a secret may have before it can be told for one


def shorten(value: object, limit: int = 120) -> str:
    """`value` as one printable line of at most `limit` characters, safe to log.

    Control characters are escaped: a value from outside must not be able to start a log line.
    Secrets are masked, also one that the limit would cut in two: see `core.masking`.
    """
    text = value if isinstance(value, str) else _shown(value)
    seen = mask(text[: limit + 2 * _SECRET])
    if len(text) > limit + 2 * _SECRET:
        seen = seen[:-_SECRET]  # which may end in half a secret that nothing tells for one
    line = seen[: limit + 1]
    if not line.isprintable():
        line = "".join(c if c.isprintable() else _escaped(c) for c in line)
    whole = len(line) <= limit and len(text) <= limit + 2 * _SECRET
    return line if whole else line[: limit - 1] + "…"


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()


def text_of(value: object) -> str:
    """`str(value)`, also of a value of somebody else's class that cannot be shown."""
    try:
        return str(value)
    except Exception:  # noqa: BLE001 - of somebody else's class, or too large
        return _shown(value)


def _shown(value: object) -> str:
    try:
        return repr(value)
    except Exception:  # noqa: BLE001 - nested too deeply, too large, or of somebody else's class
        return f"({type(value).__name__} that cannot be shown)"


class PatchgateError(Exception):
    """The root of everything that Patchgate raises on purpose."""


class BadId(PatchgateError):
    """An id is not of the form that it must have.

    `what` names the kind of id, `value` what was given (shortened), `why` what is wrong with it.
    """

    def __init__(self, what: str, value: object, why: str) -> None:
        self.what, self.value, self.why = what, shorten(value, _ID), why
        super().__init__(f"{what} {self.value!r}: {why}")


class BadEvent(PatchgateError):
    """A maintenance event cannot be understood: `field` and `value` name the culprit."""

    def __init__(self, field: str, value: object, why: str) -> None:
        self.field, self.value, self.why = shorten(field, 80), shorten(value, _ID), why
        super().__init__(f"maintenance event: {self.field} is {self.value!r}: {why}")


class RefusedEvent(PatchgateError):
    """The event's configuration is not on the allow-list of this app."""

    def __init__(self, configuration: str, allowed: tuple[str, ...]) -> None:
        self.configuration, self.allowed = configuration, allowed
        super().__init__(
            f"refused: {configuration} matches none of PATCHGATE_CONFIGURATIONS "
            f"({', '.join(allowed)}). Add it there, or unsubscribe its events from this app."
        )


class _Problems(PatchgateError):
    """Several things are wrong with one input: all are named together."""

    what = "input"

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        count = len(problems)
        head = f"{count} problem{'s' if count != 1 else ''} in {self.what}:"
        super().__init__("\n  - ".join((head, *problems)))


class BadSettings(_Problems):
    """Environment variables are not legal; `problems` has a sentence for each."""

    what = "the settings"


class BadPolicy(_Problems):
    """The policy file is not legal; `problems` has a sentence for each."""

    what = "the policy file"


class BadScenario(_Problems):
    """The scenario file of the simulator is not legal; `problems` has a sentence for each."""

    what = "the scenario"


class BadPlugin(PatchgateError):
    """A check or an action cannot be loaded. `origin` is its place: `file:line`, if known."""

    def __init__(self, name: str, origin: str, why: str) -> None:
        self.name, self.origin, self.why = shorten(name, 64), origin, shorten(why, 600)
        super().__init__(f"{self.name} ({origin}): {self.why}")


class BadConfig(BadPlugin):
    """A config is not legal; `problems` has each bad key ("" for the whole) and why."""

    def __init__(self, name: str, origin: str, problems: tuple[tuple[str, str], ...]) -> None:
        self.problems = problems
        told = (f"{shorten(key, 60)}: {why}" if key else why for key, why in problems)
        super().__init__(name, origin, f"config: {'; '.join(told)}")


class ActivityFailed(PatchgateError):
    """A step raised on its worker. The message is the worker's, on one line."""

    def __init__(self, activity: str, message: str) -> None:
        self.activity, self.message = activity, shorten(message, 300)
        super().__init__(f"{activity} failed: {self.message}")


class CannotStart(PatchgateError):
    """The engine did not take the story of this run."""

    def __init__(self, key: str, why: str) -> None:
        self.key, self.why = key, shorten(why, 300)
        super().__init__(f"{key} could not be started: {self.why}")


class ArmProblem(PatchgateError):
    """Azure Resource Manager was asked for `what` and gave no usable answer.

    `status` is the HTTP status of an answer that refuses, and `why` then the error in it, which
    `said` keeps; `why` tells both.
    """

    def __init__(self, what: str, why: str, *, status: int | None = None) -> None:
        self.what, self.status = what, status
        self.said = shorten(why, 300)
        self.why = shorten(why if status is None else f"it answered {status} {why}", 300)
        super().__init__(f"{what}: {self.why}")


class OutOfTime(ArmProblem):
    """The deadline passed before there was an answer; `why` is the last that was seen."""

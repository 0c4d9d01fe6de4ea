"""The site's policy: `gate.toml`, read into frozen values.

Every value has a safe default, so an empty or missing file is legal and means: every check is
required, and whatever is unknown cancels.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AfterValidator,
    ConfigDict,
    PlainValidator,
    Strict,
    TypeAdapter,
    ValidationError,
)

from core.errors import BadPolicy, shorten

__all__ = ["CheckPolicy", "Doubt", "Policy", "allowed_blocked", "parse_policy"]

_SHARE = re.compile(r"\d{1,3}(\.\d{1,6})?%", re.ASCII)


def _reserve(seconds: float) -> float:
    if 0 <= seconds <= 1500:
        return seconds
    raise ValueError("must be 0 to 1500 seconds")


def _timeout(seconds: float) -> float:
    if 0 < seconds <= 3600:
        return seconds
    raise ValueError("must be above 0 and at most 3600 seconds")


def _tolerance(value: object) -> int | str:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str) and _SHARE.fullmatch(value) and Decimal(value[:-1]) <= 100:
        return value
    raise ValueError('must be a number of machines from 0, or a share from "0%" to "100%"')


Doubt = Literal["cancel", "proceed"]
Switch = Annotated[bool, Strict()]
Seconds = Annotated[float, Strict()]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckPolicy:
    """What the site says about one check; None leaves the author's own choice.

    `timeout` is in seconds. `tolerance` is how many blocked machines are still acceptable: a
    number, or a share of the machines asked such as `"5%"`. `config` is the check's own.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    enabled: Switch = True
    advisory: Switch | None = None
    on_unknown: Doubt | None = None
    timeout: Annotated[Seconds, AfterValidator(_timeout)] | None = None
    tolerance: Annotated[int | str, PlainValidator(_tolerance)] = 0
    config: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The rules of one gate. `reserve` is in seconds and belongs to the cancel call.

    `on_unknown` is the site's word about every check that gives no answer; None leaves it to the
    check's author, whose usual word is "cancel". `problem` says what is wrong with the policy file:
    then nothing in it is in force, and the gate treats the file as a gap, which cancels.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    mode: Literal["enforce", "observe"] = "enforce"
    on_unknown: Doubt | None = None
    on_gap: Doubt = "cancel"
    reserve: Annotated[Seconds, AfterValidator(_reserve)] = 120.0
    checks: dict[str, CheckPolicy] = field(default_factory=dict)
    problem: str | None = None

    def of(self, check: str) -> CheckPolicy:
        """What the site says about that check."""
        return self.checks.get(check) or CheckPolicy()

    @classmethod
    def broken(cls, problem: str) -> Policy:
        """The policy in force while the file cannot be used: the defaults, and the problem."""
        return cls(problem=problem)


def parse_policy(text: str) -> Policy:
    """Read a policy file. Raises `BadPolicy` with everything that is wrong with it."""
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadPolicy((f"not TOML: {error}",)) from error
    # `problem` is a field of ours and no key of the file.
    problems = ["problem: unknown key"] if table.pop("problem", None) is not None else []
    try:
        policy: Policy = TypeAdapter(Policy).validate_python(table)
    except ValidationError as error:
        problems.extend(_sentence(e) for e in error.errors(include_url=False))
        raise BadPolicy(tuple(problems)) from error
    if problems:
        raise BadPolicy(tuple(problems))
    return policy


def allowed_blocked(tolerance: int | str, asked: int) -> int:
    """How many of `asked` machines may be blocked before the check speaks against the run."""
    if isinstance(tolerance, int):
        return tolerance
    return int(asked * Decimal(tolerance.removesuffix("%")) / 100)


def _sentence(error: Any) -> str:
    where = ".".join(str(part) for part in error["loc"])
    why = error["msg"].removeprefix("Value error, ")
    return f"{where}: {why} (is {shorten(error.get('input'), 60)})"

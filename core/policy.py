"""The site's policy: `gate.toml`, read into frozen values.

Every value has a safe default, so an empty or missing file is legal and means: every check is
required, and whatever is unknown cancels.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Strict, TypeAdapter, ValidationError

from core.errors import BadPolicy, shorten

__all__ = ["CheckPolicy", "Doubt", "Policy", "allowed_blocked", "parse_policy"]

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
    timeout: Seconds | None = None
    tolerance: Annotated[int, Strict()] | Annotated[str, Strict()] = 0
    config: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The rules of one gate. `reserve` is in seconds and belongs to the cancel call.

    `problem` says what is wrong with the policy file: then nothing in it is in force, and the gate
    treats the file as a gap, which cancels.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    mode: Literal["enforce", "observe"] = "enforce"
    on_unknown: Doubt = "cancel"
    on_gap: Doubt = "cancel"
    reserve: Seconds = 120.0
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
    except tomllib.TOMLDecodeError as error:
        raise BadPolicy((f"not TOML: {error}",)) from error
    policy = _validated(table)
    problems = _impossible(policy)
    if problems:
        raise BadPolicy(problems)
    return policy


def allowed_blocked(tolerance: int | str, asked: int) -> int:
    """How many of `asked` machines may be blocked before the check speaks against the run."""
    if isinstance(tolerance, int):
        return tolerance
    return int(asked * float(tolerance.removesuffix("%")) / 100)


def _validated(table: dict[str, Any]) -> Policy:
    if "problem" in table:
        raise BadPolicy(("problem: unknown key",))
    try:
        return TypeAdapter(Policy).validate_python(table)
    except ValidationError as error:
        raise BadPolicy(tuple(_sentence(e) for e in error.errors(include_url=False))) from error


def _sentence(error: Any) -> str:
    where = ".".join(str(part) for part in error["loc"])
    return f"{where}: {error['msg']} (is {shorten(error.get('input'), 60)})"


def _impossible(policy: Policy) -> tuple[str, ...]:
    problems = []
    if not 0 <= policy.reserve <= 1500:
        problems.append(f"reserve: must be 0 to 1500 seconds (is {policy.reserve:g})")
    for name, check in policy.checks.items():
        if check.timeout is not None and not 0 < check.timeout <= 3600:
            problems.append(f"checks.{name}.timeout: must be above 0 and at most 3600 seconds")
        if not _legal_tolerance(check.tolerance):
            problems.append(
                f"checks.{name}.tolerance: must be a number of machines from 0, or a share from "
                f'"0%" to "100%" (is {shorten(check.tolerance, 40)})'
            )
    return tuple(problems)


def _legal_tolerance(tolerance: int | str) -> bool:
    if isinstance(tolerance, int):
        return tolerance >= 0
    number = tolerance.removesuffix("%")
    if number == tolerance:
        return False
    try:
        return 0 <= float(number) <= 100
    except ValueError:
        return False

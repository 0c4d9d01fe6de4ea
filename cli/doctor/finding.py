"""What a question comes to, and what makes a failure of one that is not answered."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from core.errors import ArmProblem, shorten

__all__ = [
    "Finding",
    "State",
    "Unanswered",
    "answer_of",
    "asking",
    "failure",
    "granting",
    "ok",
    "warning",
]

State = Literal["ok", "warning", "failure"]

_REFUSED = 403
_OFFLINE = "Azure cannot be reached: is this machine online, or behind a proxy?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line. `mend` is the command, or else the step, that mends it; empty where all is well."""

    question: str
    state: State
    says: str
    mend: str = ""


class Unanswered(Exception):
    """A question has no answer, which is a failure unless `state` says otherwise."""

    def __init__(self, says: str, mend: str, state: State = "failure") -> None:
        super().__init__(says)
        self.says, self.mend, self.state = says, mend, state


def ok(question: str, says: str) -> Finding:
    """All is well."""
    return Finding(question=question, state="ok", says=says)


def warning(question: str, says: str, mend: str) -> Finding:
    """It works, and could be better; or it cannot be told from here."""
    return Finding(question=question, state="warning", says=says, mend=mend)


def failure(question: str, says: str, mend: str) -> Finding:
    """The next run would not be gated as it should be, or nobody knows."""
    return Finding(question=question, state="failure", says=says, mend=mend)


def answer_of(question: str, ask: Callable[[str], Finding]) -> Finding:
    """Ask it. It keeps nobody from the other questions, whatever becomes of it."""
    try:
        return ask(question)
    except Unanswered as lost:
        return Finding(question=question, state=lost.state, says=lost.says, mend=lost.mend)
    except Exception as error:  # noqa: BLE001 - no answer is never a yes: a failure of the question
        says = f"it could not be asked: {type(error).__name__}: {shorten(str(error), 200)}"
        return failure(question, says, "try again; if it stays so, report it as a bug")


@contextmanager
def asking(doing: str, *, role: str, scope: str, right: str = "") -> Iterator[None]:
    """Ask Azure. `doing` completes "cannot …"; `role` on `scope` is what allows it.

    Raises `Unanswered` in place of what the reader raises. With `right`, the action that is needed,
    a refusal is a warning that names it: few have that right, and all else can be looked at.
    """
    from azure.core.exceptions import ClientAuthenticationError  # noqa: PLC0415 - heavy: SDK

    try:
        yield
    except ClientAuthenticationError as error:
        why = shorten(error.message, 200)
        says = f"cannot {doing}: nobody is signed in, or the login has expired ({why})"
        raise Unanswered(says, "az login") from error
    except ArmProblem as problem:
        why, mend = _told(problem, role, scope)
        if right and problem.status == _REFUSED:
            raise Unanswered(
                f"cannot {doing}, it needs {right}: {why}", mend, "warning"
            ) from problem
        raise Unanswered(f"cannot {doing}: {why}", mend) from problem


def granting(role: str, scope: str, to: str = "--assignee YOU") -> str:
    """The command that gives somebody a role on a scope."""
    return f"az role assignment create {to} --role '{role}' --scope {shlex.quote(scope)}"


def _told(problem: ArmProblem, role: str, scope: str) -> tuple[str, str]:
    status, said = problem.status, problem.said
    if status is None:
        offline = problem.why.startswith("no answer: Connect")
        return (_OFFLINE if offline else str(problem)), "try again"
    if status == 401:
        return f"the login has expired, or is for another Azure: {said}", "az login"
    if status == _REFUSED:
        return f"you are not allowed to on {scope}: {said}", granting(role, scope)
    if status == 404:
        return (
            f"it is not there, or you cannot read it: {said}",
            f"az resource show --ids {shlex.quote(scope)}",
        )
    return f"Azure answered {status} {said}", "try again in a minute"

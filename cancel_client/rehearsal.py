"""The way to the cancel call, gone up to the call itself: what a drill does in place of it.

What the call needs is tried, and nothing but reads is sent: the token, the run's own path, which
the call would take, and the right to make it.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from arm.reader import ArmReader
from arm.rights import permissions_of_us
from arm.session import ArmSession
from core.clock import Clock
from core.errors import ArmProblem
from core.ids import ArmPath, RunId
from core.report import Rehearsal, Rehearsed
from core.rights import CANCEL, allowed

__all__ = ["Rehearser"]

# A 404 of Azure Resource Manager itself: then nobody has looked for the run.
# Source: https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors
_NOT_LOOKED_FOR = (
    "InvalidResourceType",
    "InvalidResourceNamespace",
    "NoRegisteredProviderFound",
    "ParentResourceNotFound",
    "ResourceGroupNotFound",
    "SubscriptionNotFound",
)
_PERMISSIONS = "Microsoft.Authorization/permissions/read"

_Part = Literal["token", "read-back", "right"]


class _InTheWay(Exception):
    """The way cannot be gone: because of what was seen, and what to do."""

    def __init__(self, saw: str, remedy: str) -> None:
        super().__init__(saw)
        self.saw, self.remedy = saw, remedy


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearser:
    """Rehearses with what the cancel call is made of. It never sends anything but GET."""

    session: ArmSession
    reader: ArmReader
    clock: Clock
    api_version: str

    def rehearse(self, run: RunId, until: datetime) -> Rehearsal:
        """Go the way to that run, which does not exist, until then.

        Never raises for what Azure does. What follows is tried also if something stands in the way,
        unless it is the token that is missing.
        """
        seen: list[Rehearsed] = []
        first: tuple[str, str] | None = None
        for part, look in self._parts():
            try:
                seen.append(Rehearsed(part=part, ok=True, saw=look(run, until)))
            except _InTheWay as found:
                seen.append(Rehearsed(part=part, ok=False, saw=found.saw))
                first = first or (f"{part}: {found.saw}", found.remedy)
                if part == "token":
                    break
        if first is None:
            return Rehearsal(reached=True, seen=tuple(seen))
        return Rehearsal(reached=False, seen=tuple(seen), problem=first[0], remedy=first[1])

    def _parts(self) -> Iterator[tuple[_Part, Callable[[RunId, datetime], str]]]:
        yield "token", self._token
        yield "read-back", self._read_back
        yield "right", self._right

    def _token(self, _run: RunId, until: datetime) -> str:
        problem = self.session.sign_in(until)
        if problem:
            remedy = "the app needs an identity: az functionapp identity assign -g GROUP -n NAME"
            raise _InTheWay(problem, remedy)
        return "there is one for Azure Resource Manager"

    def _read_back(self, run: RunId, until: datetime) -> str:
        """The run is looked for where it would be cancelled, and is not there."""
        now = self.clock.now()
        half = now + (until - now) / 2  # the rest is for the question after it
        try:
            self.reader.get(
                ArmPath.parse(str(run)), api_version=self.api_version, query={}, until=half
            )
        except ArmProblem as problem:
            if problem.status == 404 and not problem.said.startswith(_NOT_LOOKED_FOR):
                return "404: Azure knows no such run, as it must be"
            raise _InTheWay(problem.why, _remedy(problem, run, _role(run))) from problem
        saw = "there is a run of that name, which a drill must not have"
        raise _InTheWay(saw, "begin another drill")

    def _right(self, run: RunId, until: datetime) -> str:
        """Whether the call would be allowed, by what Azure says of our permissions."""
        scope = str(run.configuration)
        try:
            granted = permissions_of_us(self.reader, scope, until)
        except ArmProblem as problem:
            remedy = _remedy(problem, run, f"give its identity {_PERMISSIONS} on {scope}")
            raise _InTheWay(problem.why, remedy) from problem
        if not allowed(CANCEL, granted):
            raise _InTheWay(f"the app's identity lacks {CANCEL} on {scope}", _role(run))
        return f"{CANCEL} is granted"


def _remedy(problem: ArmProblem, run: RunId, granting: str) -> str:
    """What to do, which is `granting` if it is not allowed."""
    if problem.status == 403:
        return granting
    if problem.status == 401:
        return "its token was refused: is the app set up for the cloud that the run is in?"
    return f"patchgate doctor --configuration {_quoted(run)}"


def _role(run: RunId) -> str:
    """Prints the role that the identity needs there."""
    return f"patchgate permissions --configuration {_quoted(run)} --role canceller"


def _quoted(run: RunId) -> str:
    return shlex.quote(str(run.configuration))

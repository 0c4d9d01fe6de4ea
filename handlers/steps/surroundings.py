"""What a check or an action may ask: the app's clients, bound to a run and to a deadline.

This is where `plugins.reach` meets Azure. Whatever keeps an answer from being whole is raised as
`CannotTell`, so that a check which does not think of it is UNKNOWN, and never mistaken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from actions.context import Context as ActionContext
from core.errors import ArmProblem, BadId
from core.ids import ArmPath, subscription_id
from core.kql import KqlValue, fill, without_comments
from core.model import Run
from plugins.answers import CannotTell
from plugins.api import Context

if TYPE_CHECKING:
    from arg_queries.resource_graph import ResourceGraph
    from arm.reader import ArmReader
    from handlers.services import Services

__all__ = ["RunArm", "RunGraph", "reaching"]

_TO_SPEAK = timedelta(seconds=5)  # before the deadline, so that one can still say what it lacks


def reaching(services: Services, context: Context[Any], action: str | None = None) -> Context[Any]:
    """The same context with what may be asked, until shortly before its deadline.

    An action also gets clients that may change things.
    """
    from plugins.web import GuardedWeb  # noqa: PLC0415 - where it is needed

    left = context.deadline - context.now
    until = max(context.now, context.deadline - min(left / 10, _TO_SPEAK))
    bound = replace(
        context,
        graph=RunGraph(client=services.graph, run=context.run, until=until),
        arm=RunArm(client=services.reader, until=until),
        web=GuardedWeb(clock=services.clock, until=until, simulator=services.settings.simulator),
    )
    if action is None or not isinstance(bound, ActionContext):
        return bound
    azure = services.management.for_action(
        stage=bound.stage, deadline=until, run=bound.run.id, action=action, problem=CannotTell
    )
    return replace(bound, azure=azure)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunGraph:
    """Resource Graph for the checks of one run: a `plugins.reach.Graph`."""

    client: ResourceGraph
    run: Run
    until: datetime

    def ask(
        self,
        query: str | Path,
        /,
        *,
        subscriptions: Sequence[str] | None = None,
        **values: KqlValue,
    ) -> Sequence[Mapping[str, Any]]:
        text = _text_of(query) if isinstance(query, Path) else query
        known: dict[str, KqlValue] = {
            "run_id": self.run.id,
            "configuration_id": self.run.configuration_id,
            "start": self.run.start,
            "end": self.run.end,
        }
        asked = self.run.subscriptions if subscriptions is None else subscriptions
        answer = self.client.ask(fill(text, known | values), _parsed(asked), self.until)
        if answer.problem is not None:
            raise CannotTell(answer.problem)
        return answer.rows


@cache
def _text_of(path: Path) -> str:
    # A check in a process of its own names the file, and has no business with any other of ours.
    if path.suffix != ".kql":
        raise CannotTell(f"{path.name} is no query: its name must end with .kql")
    return without_comments(path.read_text(encoding="utf-8"))


def _parsed(subscriptions: Sequence[str]) -> Sequence[str]:
    if not subscriptions:
        raise CannotTell("Resource Graph: there is no subscription to ask about")
    try:
        return [subscription_id(one) for one in subscriptions]
    except BadId as error:
        raise CannotTell(str(error)) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class RunArm:
    """Azure Resource Manager for checks: a `plugins.reach.Arm`."""

    client: ArmReader
    until: datetime

    def get(self, path: str, /, *, api_version: str, **query: str) -> Mapping[str, Any]:
        try:
            return self.client.get(
                ArmPath.parse(path), api_version=api_version, query=query, until=self.until
            )
        except (ArmProblem, BadId) as error:
            raise CannotTell(str(error)) from error

    def pages(self, path: str, /, *, api_version: str, **query: str) -> Sequence[Mapping[str, Any]]:
        try:
            return self.client.pages(
                ArmPath.parse(path), api_version=api_version, query=query, until=self.until
            )
        except (ArmProblem, BadId) as error:
            raise CannotTell(str(error)) from error

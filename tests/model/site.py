"""The app as a worker has it: the real parts, over the line in memory, with the scripted checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import requests
from azure.core.credentials import (
    AccessToken,
    AccessTokenInfo,
    SupportsTokenInfo,
    TokenCredential,
)

from actions.discovery import discover as discover_actions
from arg_queries.quota import Governor
from arg_queries.resource_graph import ResourceGraph, Rows
from arm.endpoint import Endpoint
from arm.session import ArmSession
from checks import Context, Machine, Run, Verdict, check
from checks.discovery import define, discover
from core.clock import Clock, seconds_between
from core.policy.file import PolicyFile
from core.policy.reading import parse_policy_file
from core.settings import Settings
from handlers.services import Services
from plugins.definition import Broken, Definition
from plugins.isolation import Nursery
from plugins.outcomes import answered, raised
from plugins.question import Answer, Heard, Question
from tests.model.network import LINE
from tests.model.saying import phase_at, say
from tests.model.site_files import gate_toml
from tests.model.story import ScriptedCheck, Story

__all__ = ["ModelServices", "services_for"]

_ROOT = Path(__file__).parents[2]


class _Tokens(TokenCredential, SupportsTokenInfo):
    """Said to be both, which spares the SDK a long look at each request."""

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        return AccessToken("ours-alone", 4_000_000_000)

    def get_token_info(self, *scopes: str, options: Any = None) -> AccessTokenInfo:
        return AccessTokenInfo("ours-alone", 4_000_000_000)

    def close(self) -> None:
        """Nothing is open."""

    def __exit__(self, *_: object) -> None:
        """Nothing is open."""


class _Session(ArmSession):
    def __init__(self, endpoint: Endpoint, clock: Clock) -> None:
        super().__init__(endpoint, _Tokens(), clock)
        _connect(self._session)


class _Graph(ResourceGraph):
    def __init__(self, endpoint: Endpoint, clock: Clock) -> None:
        super().__init__(endpoint, _Tokens(), clock)
        transport: Any = self._client._client._pipeline._transport  # noqa: SLF001 - no other way in
        _connect(transport.session)

    def ask(self, query: str, subscriptions: Sequence[str] | None, until: datetime) -> Rows:
        """Each with a quota of its own: to wait for another step's turn is to wait in real time."""
        alone = copy(self)
        alone._governor = Governor(self._clock)  # noqa: SLF001 - its own
        return ResourceGraph.ask(alone, query, subscriptions, until)


def _connect(session: requests.Session) -> None:
    for scheme in ("https://", "http://"):
        session.mount(scheme, LINE)
    session.trust_env = False  # to look for proxies at each request takes longer than to answer it


@dataclass(kw_only=True)
class ModelServices(Services):
    """`handlers.services.Services` for one story; what is not here is the product's own."""

    story: Story

    @property
    def checks(self) -> dict[str, Definition | Broken]:
        return self._found

    @cached_property
    def _found(self) -> dict[str, Definition | Broken]:
        found = {name: _builtin()[name] for name in self.story.builtin}
        return {**found, **{script.name: _definition(script) for script in self.story.checks}}

    @property
    def actions(self) -> dict[str, Definition | Broken]:
        return _actions(self.actions_folder)

    @property
    def checks_folder(self) -> Path | None:
        return self.root

    def policy_file(self) -> PolicyFile:
        return _policy_file(gate_toml(self.story.policy))

    @cached_property
    def nursery(self) -> Nursery:
        return _Nursery({script.name: script for script in self.story.checks})

    @cached_property
    def graph(self) -> ResourceGraph:
        return _Graph(self._endpoint, self.clock)

    def _session(self) -> ArmSession:
        return _Session(self._endpoint, self.clock)


def services_for(story: Story, clock: Clock) -> ModelServices:
    """The services of one worker."""
    names = ("*/maintenanceconfigurations/weekly-*",) if story.named else ("*",)
    settings = Settings(configurations=names, on_unknown=story.policy.if_broken, results_wait=900.0)
    return ModelServices(settings=settings, root=_ROOT, clock=clock, story=story)


@cache
def _policy_file(text: str) -> PolicyFile:
    return parse_policy_file(text.encode(), "gate.toml")


@cache
def _builtin() -> dict[str, Definition | Broken]:
    return {found.name: found for found in discover(None)}


@cache
def _actions(folder: Path | None) -> dict[str, Definition | Broken]:
    """To load them takes as long as a tenth of a story."""
    return {found.name: found for found in discover_actions(folder)}


@cache
def _definition(script: ScriptedCheck) -> Definition:
    """As discovery makes it of the file that `site_files.check_file` writes."""
    mark = check(
        name=script.name,
        advisory=script.advisory,
        on_unknown=script.on_unknown,
        timeout=script.timeout,
        patience=script.patience,
        every=script.every,
        isolation="process" if script.slow else "thread",
    )
    return define(mark(_function(script)))


def _function(script: ScriptedCheck) -> Any:
    def answer(subject: Machine | Run, ctx: Context[Any]) -> Any:
        if script.odd is not None and subject.name != script.odd:
            return say("pass", subject)
        return say(phase_at(script.phases, ctx).says, subject)

    def of_machine(subject: Machine, ctx: Context) -> Verdict:
        """Scripted."""
        given: Verdict = answer(subject, ctx)
        return given

    def of_run(subject: Run, ctx: Context) -> Verdict:
        """Scripted."""
        given: Verdict = answer(subject, ctx)
        return given

    async def later_of_machine(subject: Machine, ctx: Context) -> Verdict:
        """Scripted."""
        return of_machine(subject, ctx)

    async def later_of_run(subject: Run, ctx: Context) -> Verdict:
        """Scripted."""
        return of_run(subject, ctx)

    if script.scope == "machine":
        return later_of_machine if script.is_async else of_machine
    return later_of_run if script.is_async else of_run


class _Nursery(Nursery):
    """Puts questions to checks that take time, or hang: all at once, and only the clock waits.

    Real processes are for other tests: these checks are the same, and so is what is made of them.
    """

    def __init__(self, scripts: Mapping[str, ScriptedCheck]) -> None:
        super().__init__(None)
        self._scripts = scripts

    def warm(self) -> None:
        """There is nothing to warm."""

    def hear(
        self, question: Question, clock: Clock, *, config: Mapping[str, Any], memory: int
    ) -> Heard:
        script = self._scripts[question.definition.name]
        left = seconds_between(clock.now(), question.context.deadline)
        answers: dict[int, Answer] = {}
        longest = 0.0
        for index, subject in enumerate(question.subjects):
            phase = phase_at(script.phases, question.context)
            concerned = script.odd is None or subject.name == script.odd
            seconds = phase.seconds if concerned else 0.0
            if concerned and phase.says == "hang":
                longest = left
            elif seconds < left:
                longest = max(longest, seconds)
                answers[index] = _put(question, subject, seconds)
            else:
                longest = left
        clock.sleep(longest)
        return Heard(answers=answers)


def _put(question: Question, subject: Machine | Run, seconds: float) -> Answer:
    name = question.definition.name
    try:
        answer = question.put(subject)
        if question.definition.is_async:
            answer = _awaited(answer)
        return answered(name, subject, answer, seconds)
    except BaseException as error:  # noqa: BLE001 - a check may raise anything
        return raised(name, subject, error)


def _awaited(coroutine: Any) -> Any:
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("a scripted check waits for nothing")

"""Whom to tell, of what, and in which words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from actions.notifying.templates import problems_in
from core.notice import NOTICE_STATES, NoticeState
from plugins.web import networks

__all__ = ["Channel", "NotifyConfig"]

_SETTING = re.compile(r"NOTIFY_[A-Z0-9_]{1,100}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One place where people are told.

    `kind`: `teams` (a workflow that posts when a webhook request is received), `slack` (an incoming
    webhook) or `webhook` (any service that takes JSON).

    `url_env`: the app setting that holds the URL, which is a secret: best a reference to Key Vault.
    Its name begins with `NOTIFY_`.

    `states`: of what this channel is told; none for what all are.

    `allow`: networks that may be asked although they are not public, such as `10.20.0.0/16`.
    """

    kind: Literal["teams", "slack", "webhook"]
    url_env: str
    states: tuple[NoticeState, ...] | None = None
    allow: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        networks(self.allow)
        if not _SETTING.fullmatch(self.url_env):
            raise ValueError("url_env must be a name such as NOTIFY_TEAMS")

    @property
    def shown(self) -> str:
        """What it is called, wherever it is told about."""
        return f"{self.kind} ({self.url_env})"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifyConfig:
    """Whom to tell, of what, and in which words.

    `channels`: where people are told.

    `states`: of what: `start`, `blocked`, `cancelled`, `unconfirmed`, `finished`, `undone`.

    `title`, `text`: the words. Places: `{run}`, `{configuration}`, `{state}`, `{headline}`,
    `{reasons}`, `{machines}`, `{start}`, `{report_url}`.

    `seconds`: how long each channel may take.
    """

    channels: tuple[Channel, ...] = ()
    states: tuple[NoticeState, ...] = tuple(one for one in NOTICE_STATES if one != "start")
    title: str = "{configuration}: {headline}"
    text: str = "Run {run} of {machines} machines, which starts at {start}: {state}."
    seconds: float = 10.0

    def __post_init__(self) -> None:
        if problems := list(self._problems()):
            raise ValueError("; ".join(problems))

    def _problems(self) -> Iterator[str]:
        for name, template in (("title", self.title), ("text", self.text)):
            for problem in problems_in(template):
                yield f"{name} {problem}"
        if not 1 <= self.seconds <= 20:
            yield "seconds must be 1 to 20"
        settings = [channel.url_env for channel in self.channels]
        if len(set(settings)) < len(settings):
            yield "channels has a url_env twice, so that it would be told twice"

    def channels_for(self, state: NoticeState) -> tuple[Channel, ...]:
        """Those that are told of that state."""
        return tuple(
            one
            for one in self.channels
            if state in (self.states if one.states is None else one.states)
        )

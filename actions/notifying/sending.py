"""Tell every channel, all at once; none waits for another, and none longer than it may."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from actions.notifying.bodies import body_for
from actions.notifying.config import Channel, NotifyConfig
from arm.within import within
from core.errors import shorten
from core.notice import Notice
from plugins.answers import CannotTell
from plugins.reach import Web

__all__ = ["Told", "send"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What came of telling one channel; `problem` is why it may not have been told."""

    channel: str
    problem: str | None = None


def send(
    notice: Notice, config: NotifyConfig, web: Web, environment: Mapping[str, str]
) -> Sequence[Told]:
    """What came of it, for each channel that is told of this state. Raises nothing.

    Each is told once, with the notice's key, and has `seconds` of real time. Whoever gave no answer
    is not told again: it may have heard. No part of a URL is in what is said here.
    """
    channels = config.channels_for(notice.state)
    if not channels:
        return ()
    sender = _Sender(notice=notice, config=config, web=web, environment=environment)
    with ThreadPoolExecutor(len(channels), thread_name_prefix="notify") as pool:
        return tuple(pool.map(sender.tell, channels))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sender:
    notice: Notice
    config: NotifyConfig
    web: Web
    environment: Mapping[str, str]

    def tell(self, channel: Channel) -> Told:
        """In the time that there is."""
        seconds = self.config.seconds
        try:
            problem = within(seconds, lambda: self._told(channel))
        except TimeoutError:
            problem = f"no answer in {seconds:g} s"
        except Exception as error:  # noqa: BLE001 - told, whatever it is; its words may be a URL's
            problem = f"raised {type(error).__name__}"
        return Told(channel=channel.shown, problem=problem)

    def _told(self, channel: Channel) -> str | None:
        url = self.environment.get(channel.url_env, "").strip()
        if not url:
            return f"the environment has no {channel.url_env}"
        headers = {"Content-Type": "application/json", "Idempotency-Key": self.notice.key}
        body = body_for(channel.kind, self.notice, self.config)
        try:
            page = self.web.fetch(
                url, method="POST", body=body, headers=headers, allow=channel.allow, redirects=0
            )
        except CannotTell as error:
            return shorten(str(error).replace(url, "(masked)"), 200)
        return None if 200 <= page.status < 300 else f"answered {page.status}"

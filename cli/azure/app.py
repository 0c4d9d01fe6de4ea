"""A deployed app, asked for its gates and their reports over HTTPS, and handed an event by us.

A key is sent in a header, never in a URL, and to nobody but the app: redirects are not
followed, and plain HTTP is spoken to this machine only.
https://learn.microsoft.com/azure/azure-functions/function-keys-how-to#use-access-keys
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests

from arm.transport import body_of
from cli.azure.problems import not_answered
from cli.exit_codes import BAD_INPUT
from cli.output import refuse
from core.errors import ArmProblem, shorten

__all__ = ["FUNCTION", "AppClient", "Delivered", "app_at", "is_app_key"]

FUNCTION = "maintenance_event"  # which takes the events

_SECONDS = (10, 60)  # to connect, and between two bytes: a cold start takes its time
_LARGEST = 64_000_000  # bytes
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_KEY = re.compile(r"[\x21-\x7e]{1,500}")


def app_at(url: str, key: str | None) -> AppClient:
    """The app at that URL; leave in words if it is none, or not safe to send a key to.

    `url` is like `https://NAME.azurewebsites.net`, `key` one of its function keys.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        refuse(f"--app {shorten(url, 80)!r} is no URL", code=BAD_INPUT)
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    whole = parts.hostname and not (parts.query or parts.fragment or parts.username)
    if not safe or not whole or parts.path.strip("/") not in ("", "api"):
        refuse(
            f"--app {shorten(url, 80)!r} must be like https://NAME.azurewebsites.net, without"
            " anything behind it",
            code=BAD_INPUT,
        )
    if key is not None and not is_app_key(key):
        refuse("--key is not of the form of a function key", code=BAD_INPUT)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return AppClient(f"{parts.scheme}://{host}{f':{port}' if port else ''}", key)


def is_app_key(text: str) -> bool:
    """It has the form of a key, so that it may be sent in a header."""
    return _KEY.fullmatch(text) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What the app answered to an event; `status` is None without an answer, `said` then why."""

    status: int | None
    said: str


class AppClient:
    """Asks one app."""

    def __init__(self, base: str, key: str | None) -> None:
        self.base = base
        self._session = requests.Session()
        # A proxy sees nothing of HTTPS; and between this machine and itself there is none.
        self._session.trust_env = base.startswith("https:")
        if key is not None:
            self._session.headers["x-functions-key"] = key

    def deliver(self, event: Mapping[str, Any], event_key: str, seconds: float) -> Delivered:
        """Hand an event to the app as Event Grid does; wait for so many seconds.

        `event_key` is the system key of the app's Event Grid extension. It takes the place of the
        function key, in the same header, from which the host reads both.
        https://learn.microsoft.com/azure/azure-functions/event-grid-how-tos
        """
        try:
            with self._session.post(
                f"{self.base}/runtime/webhooks/EventGrid?functionName={FUNCTION}",
                json=[event],
                headers={"aeg-event-type": "Notification", "x-functions-key": event_key},
                timeout=(_SECONDS[0], seconds),
                allow_redirects=False,
                stream=True,
            ) as answer:
                said = body_of(answer, _LARGEST).decode(errors="replace")
                return Delivered(status=answer.status_code, said=shorten(said.strip(), 300))
        except requests.RequestException as error:
            return Delivered(status=None, said=type(error).__name__)
        except ArmProblem as problem:
            return Delivered(status=None, said=problem.why)

    def report(self, key: str) -> Mapping[str, Any] | None:
        """What `GET /api/gates/{key}` tells; None if the app has no story of that key."""
        return self._get(f"gates/{key}")

    def recent(self, hours: int) -> Mapping[str, Any]:
        """What `GET /api/gates` tells of the last hours."""
        told = self._get(f"gates?hours={hours}")
        if told is None:
            not_answered("ask the app", f"{self.base} has no /api/gates: is it Patchgate?")
        return told

    def _get(self, path: str) -> Mapping[str, Any] | None:
        status, body = self._ask(path)
        if status in (401, 403):
            why = "it wants a function key: --key, or PATCHGATE_APP_KEY, says which"
            not_answered("ask the app", why)
        if status == 404:
            # A 404 of the app has our words in it; one of the host has not.
            if body is None or "error" not in body:
                not_answered("ask the app", f"no Patchgate is at {self.base}: it answered 404")
            return None
        if status != 200 or body is None:
            why = f"{self.base} answered {status}, and not as Patchgate does"
            not_answered("ask the app", why)
        return body

    def _ask(self, path: str) -> tuple[int, Mapping[str, Any] | None]:
        url = f"{self.base}/api/{path}"
        try:
            with self._session.get(
                url, timeout=_SECONDS, allow_redirects=False, stream=True
            ) as answer:
                return answer.status_code, _object(body_of(answer, _LARGEST))
        except requests.RequestException as error:
            not_answered("ask the app", f"{self.base} does not answer ({type(error).__name__})")
        except ArmProblem as problem:
            not_answered("ask the app", problem.why)


def _object(text: bytes) -> Mapping[str, Any] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None

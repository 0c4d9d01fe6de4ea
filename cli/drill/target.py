"""Which app a drill is sent to, and with which keys."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from cli.azure.app import FUNCTION, AppClient, app_at, is_app_key
from cli.azure.connection import Connection
from cli.azure.doctor_site import FunctionApp, function_app
from cli.azure.host_keys import LIST_KEYS, HostKeys, host_keys
from cli.azure.problems import in_words, not_answered
from cli.doctor.facts import events_of, function_of
from cli.doctor.finding import Unanswered
from cli.exit_codes import BAD_INPUT
from cli.output import refuse
from core.ids import ConfigurationId

__all__ = ["Given", "Target", "target_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the command line says of the app; None for what is to be looked up."""

    app: str | None = None
    key: str | None = field(default=None, repr=False)
    event_key: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The app: its pages, and the key of its events."""

    pages: AppClient
    event_key: str = field(repr=False)


def target_of(azure: Connection, id_: ConfigurationId, given: Given) -> Target:
    """The app; what is not given is asked of Azure. Leave in words if it cannot be known."""
    if given.event_key is not None and not is_app_key(given.event_key):
        refuse("--event-key is not of the form of a key", code=BAD_INPUT)
    if given.app is not None:
        app_at(given.app, given.key)  # leaves if they are not legal, before anything is asked
    if given.app is not None and given.key is not None and given.event_key is not None:
        return Target(pages=app_at(given.app, given.key), event_key=given.event_key)
    found = _found(azure, id_)
    url = given.app or f"https://{found.host}"
    if urlsplit(url).netloc.lower() != found.host.lower():
        not_answered(
            "list the keys of the app",
            f"pre events go to {found.host}, and not to {url}: say --key and --event-key; for its"
            " keys: az functionapp keys list -g GROUP -n NAME",
        )
    known = given.key is not None and given.event_key is not None
    listed = HostKeys(pages=None, events=None) if known else _keys(azure, found)
    event_key = given.event_key or listed.events
    if event_key is None:
        not_answered(
            "send the app an event",
            f"it has no system key eventgrid_extension: is {FUNCTION} deployed?"
            f" az functionapp keys list {found.named}",
        )
    return Target(pages=app_at(url, given.key or listed.pages), event_key=event_key)


def _found(azure: Connection, id_: ConfigurationId) -> FunctionApp:
    """The app that pre events go to."""
    doing = "find the app"
    try:
        option = f"--configuration {shlex.quote(str(id_))}"
        function = function_of(events_of(azure, id_), option)
    except Unanswered as lost:
        mend = f"{lost.mend}; or say --app, --key and --event-key"
        not_answered(doing, f"{lost.says}: {mend}")
    with in_words(doing, right="Microsoft.Web/sites/read", scope=function.app):
        return function_app(azure, function)


def _keys(azure: Connection, found: FunctionApp) -> HostKeys:
    scope = f"{found.function.app}; or say --key and --event-key"
    with in_words("list the keys of the app", right=LIST_KEYS, scope=scope):
        return host_keys(azure, found.function)

"""A function app, as Azure Resource Manager shows it: its state, identity, functions, settings.

Sources: https://learn.microsoft.com/rest/api/appservice/web-apps/get,
https://learn.microsoft.com/rest/api/appservice/web-apps/get-function and
https://learn.microsoft.com/rest/api/appservice/web-apps/list-application-settings
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from arm.answer import Fate
from cli.azure.connection import Connection
from cli.azure.event_grid_ids import Function
from core.errors import ArmProblem
from core.ids import ArmPath

__all__ = ["FunctionApp", "app_settings", "function_app", "is_disabled", "secrets_at"]

_VERSION = "2023-12-01"


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionApp:
    """`function` is the one that events go to. `by_client`: principals by lower-case client ids."""

    function: Function
    state: str
    host: str
    system: str | None = None
    by_client: Mapping[str, str] = field(default_factory=dict)

    @property
    def named(self) -> str:
        """The app, as `az functionapp` takes it."""
        parts = self.function.app.split("/")
        return f"--subscription {parts[2]} -g {shlex.quote(parts[4])} -n {shlex.quote(parts[8])}"


def function_app(azure: Connection, function: Function) -> FunctionApp:
    """The app of that function. Raises `ArmProblem`."""
    told = _get(azure, function.app)
    properties, identity = _inner(told, "properties"), _inner(told, "identity")
    users = _inner(identity, "userAssignedIdentities").values()
    pairs = [(_text(one, "clientId"), _text(one, "principalId")) for one in users]
    return FunctionApp(
        function=function,
        state=_text(properties, "state"),
        host=_text(properties, "defaultHostName"),
        system=_text(identity, "principalId") or None,
        by_client={client.lower(): principal for client, principal in pairs if client},
    )


def is_disabled(azure: Connection, function: Function) -> bool | None:
    """The function is switched off; None if the app has none of that name. Raises `ArmProblem`."""
    try:
        told = _get(azure, function.id)
    except ArmProblem as problem:
        if problem.status == 404:
            return None
        raise
    if "properties" not in told:
        raise ArmProblem(f"function {function.name}", "it tells nothing of itself")
    return _inner(told, "properties").get("isDisabled") is True


def app_settings(azure: Connection, function: Function) -> Mapping[str, str]:
    """The app's environment variables: secrets, so not to be shown. Raises `ArmProblem`."""
    what = "app settings"
    body = secrets_at(azure, f"{function.app}/config/appsettings/list", what)
    told = body.get("properties")
    if not isinstance(told, Mapping):
        raise ArmProblem(what, "its answer has no settings in it")
    return {str(name): str(value) for name, value in told.items()}


def secrets_at(azure: Connection, path: str, what: str) -> Mapping[str, Any]:
    """What Azure tells to a POST alone: it is secret. Raises `ArmProblem` about `what`."""
    answer = azure.session.send(
        "POST", ArmPath.parse(path), api_version=_VERSION, until=azure.soon()
    )
    if answer.fate is not Fate.ANSWERED:
        raise ArmProblem(what, f"no answer: {answer.problem}")
    if answer.status != 200:
        raise ArmProblem(what, answer.error, status=answer.status)
    if answer.body is None:
        raise ArmProblem(what, "its answer is no JSON object")
    return answer.body


def _get(azure: Connection, path: str) -> Mapping[str, Any]:
    return azure.reader.get(ArmPath.parse(path), api_version=_VERSION, query={}, until=azure.soon())


def _inner(told: object, key: str) -> Mapping[str, Any]:
    value = told.get(key) if isinstance(told, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def _text(told: object, key: str) -> str:
    value = told.get(key) if isinstance(told, Mapping) else None
    return value if isinstance(value, str) else ""

"""Clients of Azure's own management SDKs, as the app's identity and within an action's bounds.

Whatever they send keeps to the action's deadline and to the write limits of Azure Resource Manager
(see `arm.writes`), and nothing is changed before the action has remembered what it is about to
change. Every write carries an id that follows from who asks for what: Azure keeps it in the
activity log (`httpRequest.clientRequestId`), so that anybody can tell later who started a machine.
Source: https://learn.microsoft.com/azure/azure-monitor/platform/activity-log-schema
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from arm.endpoint import Endpoint
from arm.transport import plain_session
from arm.writes import Writes
from core.clock import Clock
from core.errors import ArmProblem, BadId
from core.ids import subscription_id

if TYPE_CHECKING:
    import requests
    from azure.core.credentials import TokenCredential

__all__ = ["ActionAzure", "ManagementClients", "request_id"]

C = TypeVar("C")
Problem = Callable[[str], Exception]

_CONNECTIONS = 32  # kept open: as many threads of one action as may ask at once
_NAMES = uuid.uuid5(uuid.NAMESPACE_URL, "patchgate:write")


def request_id(run: str, action: str, path: str) -> str:
    """The `x-ms-client-request-id` of a write to that path: the same, however often it is sent.

    `path` is that of the request, such as `{machine id}/start`. Letter case does not count.
    """
    return str(uuid.uuid5(_NAMES, f"{run}\n{action}\n{path}".lower()))


def _problem(why: str) -> Exception:
    return ArmProblem("Azure Resource Manager", why)


class ManagementClients:
    """Makes the clients of all actions. For any number of threads."""

    def __init__(
        self, endpoint: Endpoint, credential: TokenCredential, clock: Clock, writes: Writes
    ) -> None:
        self._endpoint, self._credential = endpoint, credential
        self._clock, self._writes = clock, writes
        self.session = plain_session(endpoint, _CONNECTIONS)  # of all clients

    def for_action(
        self,
        *,
        stage: Literal["plan", "do", "undo"],
        deadline: datetime,
        run: str,
        action: str,
        problem: Problem = _problem,
    ) -> ActionAzure:
        """The clients for one stage of one action of a run, until that deadline.

        `problem` makes the exception that they raise, of a sentence, when something is to be
        changed in the stage "plan", when Azure gives no answer in time, or when the deadline has
        passed. What Azure refuses is raised as its SDK does: `HttpResponseError`.
        """

        def may_write() -> None:
            if stage == "plan":
                raise problem("would change something before ctx.remember")

        # Here, since it imports the SDK: most processes never make such a client.
        from arm.pipeline import Bounded, Bounds  # noqa: PLC0415

        bounds = Bounds(
            clock=self._clock,
            writes=self._writes,
            until=deadline,
            may_write=may_write,
            request_id=partial(request_id, run, action),
            problem=problem,
        )
        return ActionAzure(self._endpoint, self._credential, self.session, Bounded(bounds), problem)


class ActionAzure:
    """The clients of one stage of one action: an `actions.context.Azure`."""

    def __init__(
        self,
        endpoint: Endpoint,
        credential: TokenCredential,
        session: requests.Session,
        bounded: Any,
        problem: Problem,
    ) -> None:
        self._endpoint, self._credential, self._session = endpoint, credential, session
        self._bounded, self._problem = bounded, problem
        self._lock = threading.Lock()
        self._made: dict[tuple[Any, str], Any] = {}

    def client(self, kind: Callable[..., C], subscription: str) -> C:
        """A management client of that subscription; the same one when asked again."""
        try:
            parsed = subscription_id(subscription)
        except BadId as error:
            raise self._problem(str(error)) from error
        with self._lock:
            if (kind, parsed) not in self._made:
                self._made[kind, parsed] = kind(self._credential, parsed, **self._options())
            made: C = self._made[kind, parsed]
            return made

    def _options(self) -> dict[str, Any]:
        """With policies of our choice alone.

        The SDK's own would follow redirects, wait past any deadline, register resource providers
        unasked, and log headers of answers.
        """
        from azure.core.pipeline.policies import (  # noqa: PLC0415 - heavy: SDK
            ContentDecodePolicy,
            HeadersPolicy,
            RequestIdPolicy,
            UserAgentPolicy,
        )

        from arm.sdk import authentication, client_options  # noqa: PLC0415

        return client_options(self._endpoint) | {
            "transport": self._bounded.transport(self._session),
            "policies": [
                RequestIdPolicy(),
                HeadersPolicy(),
                UserAgentPolicy("patchgate/0.1", user_agent_overwrite=True),
                ContentDecodePolicy(),
                self._bounded,
                authentication(self._endpoint, self._credential),
            ],
        }

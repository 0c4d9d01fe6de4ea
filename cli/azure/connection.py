"""One way to Azure for every command: the cloud, or a simulator on this machine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from arm.endpoint import Endpoint, endpoint_of
from arm.reader import ArmReader
from arm.session import ArmSession
from arm.token import credential_for
from cli.exit_codes import BAD_INPUT
from cli.output import refuse
from core.clock import Clock, SystemClock
from core.errors import BadSettings
from core.settings import Settings

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

    from arg_queries.resource_graph import ResourceGraph

__all__ = ["APP_KEY", "EVENT_KEY", "Connection", "connect", "living_by"]

C = TypeVar("C")

# The command line's own variables, which are no settings of the app.
APP_KEY, EVENT_KEY = "PATCHGATE_APP_KEY", "PATCHGATE_EVENT_KEY"
_OWN = {APP_KEY, EVENT_KEY}
PATIENCE = timedelta(seconds=60)  # for one thing that a command wants to know
_SYSTEM = SystemClock()
_clock: ContextVar[Clock] = ContextVar("_clock", default=_SYSTEM)


@contextmanager
def living_by(clock: Clock) -> Iterator[None]:
    """Connections that are made in the block live by that clock: for pictures, and for tests."""
    before = _clock.set(clock)
    try:
        yield
    finally:
        _clock.reset(before)


def connect(arm: str | None) -> Connection:
    """The Azure that is meant: `arm` is the URL of a simulator, None the cloud of the settings.

    Signed in is whoever `DefaultAzureCredential` finds: `az login`, an environment, an identity.
    Leaves, and says why, if the settings are not legal.
    """
    environment = {name: value for name, value in os.environ.items() if name not in _OWN}
    if arm is not None:
        environment["PATCHGATE_SIMULATOR"] = arm
    try:
        settings = Settings.from_environment(environment)
    except BadSettings as error:
        refuse(str(error), code=BAD_INPUT)
    return Connection(settings=settings)


@dataclass(kw_only=True)
class Connection:
    """Azure, asked as whoever is signed in. Nothing is sent before something is asked."""

    settings: Settings
    clock: Clock = field(default_factory=_clock.get)

    @cached_property
    def endpoint(self) -> Endpoint:
        """Where Azure Resource Manager is."""
        return endpoint_of(self.settings)

    @cached_property
    def credential(self) -> TokenCredential:
        """Who is signed in."""
        return credential_for(self.endpoint)

    @cached_property
    def session(self) -> ArmSession:
        """Single requests, which the cancel call is made of."""
        return ArmSession(self.endpoint, self.credential, self.clock)

    @cached_property
    def reader(self) -> ArmReader:
        """Objects and lists of Azure Resource Manager, to the last page.

        Raises `ClientAuthenticationError` at once if nobody is signed in: a single read would be
        repeated while there is time, as if the token could still come.
        """
        self.credential.get_token(self.endpoint.scope)
        return ArmReader(self.session, self.endpoint, self.clock)

    @cached_property
    def graph(self) -> ResourceGraph:
        """Resource Graph."""
        from arg_queries.resource_graph import ResourceGraph  # noqa: PLC0415 - heavy: SDK

        return ResourceGraph(self.endpoint, self.credential, self.clock)

    def client(self, kind: Callable[..., C], subscription: str) -> C:
        """A management client of Azure's SDK, for one subscription."""
        return kind(self.credential, subscription, **self.options)

    @property
    def options(self) -> dict[str, Any]:
        """What a management client of Azure's SDK needs to ask this Azure and no other."""
        from arm.sdk import client_options  # noqa: PLC0415 - heavy: SDK
        from cli.azure.patience import patient  # noqa: PLC0415

        return client_options(self.endpoint) | {
            "retry_policy": patient(),
            # Seconds between looks at an operation: by default, 30.
            "polling_interval": 0 if self.endpoint.simulated else 3,
        }

    def soon(self) -> datetime:
        """The deadline of one question that is asked now."""
        return self.clock.now() + PATIENCE

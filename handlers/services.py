"""What the steps work with: one of each, made when first needed, since imports cost cold start."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from core.clock import Clock, SystemClock
from core.settings import POLICY_FILE, Settings

if TYPE_CHECKING:
    from datetime import datetime

    from azure.core.credentials import TokenCredential

    from arg_queries.resource_graph import ResourceGraph
    from arg_queries.runs import RunRow
    from arm.endpoint import Endpoint
    from arm.management import ManagementClients
    from arm.reader import ArmReader
    from arm.session import ArmSession
    from cancel_client.client import CancelClient
    from cancel_client.rehearsal import Rehearser
    from core.ids import ConfigurationId, RunId
    from core.policy import Policy
    from core.policy.file import PolicyFile
    from plugins.definition import Broken, Definition
    from plugins.isolation import Nursery

__all__ = ["Services"]

_TOLD = 4  # mistakes in the policy file that a report names


@dataclass(kw_only=True)
class Services:
    """The app's parts, put together from its settings. `root` is where relative paths begin."""

    settings: Settings
    root: Path
    clock: Clock = field(default_factory=SystemClock)
    _loading: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def policy_for(self, configuration: ConfigurationId) -> tuple[Policy, PolicyFile | None]:
        """The policy for that configuration, as the file says now; never raises.

        See `Policy.problem` for a file that cannot be used. The file comes with it if some of its
        blocks go by the configuration's tags: until somebody reads those, the policy is the one in
        doubt.
        """
        from core.errors import BadPolicy  # noqa: PLC0415
        from core.policy import Policy  # noqa: PLC0415

        try:
            file = self.policy_file()
        except BadPolicy as error:
            return Policy.broken(_told(error.problems), self.settings.on_unknown), None
        if file.wants_tags(configuration):
            return file.in_doubt(configuration), file
        return file.of(configuration), None

    def policy_file(self) -> PolicyFile:
        """The site's policy file; an empty one if there is none. Raises `BadPolicy`."""
        from core.errors import BadPolicy  # noqa: PLC0415
        from core.policy.file import PolicyFile  # noqa: PLC0415
        from core.policy.reading import parse_policy_file  # noqa: PLC0415

        path = self.root / self.settings.policy_file
        try:
            return parse_policy_file(path.read_bytes(), path.name)
        except FileNotFoundError as error:
            # A link that leads nowhere is a file that somebody meant to be there.
            if self.settings.policy_file == POLICY_FILE and not path.is_symlink():
                return PolicyFile()
            raise BadPolicy((f"{self.settings.policy_file} does not exist",)) from error
        except OSError as error:
            why = f"{path.name} cannot be read: {type(error).__name__}"
            raise BadPolicy((why,)) from error

    @property
    def checks(self) -> dict[str, Definition | Broken]:
        """Every check by name. Users' code is loaded once in a process, by one thread."""
        with self._loading:
            return self._checks

    @cached_property
    def _checks(self) -> dict[str, Definition | Broken]:
        from checks.discovery import discover  # noqa: PLC0415

        return {found.name: found for found in discover(self.checks_folder)}

    @property
    def actions(self) -> dict[str, Definition | Broken]:
        """Every action by name, loaded as the checks are."""
        with self._loading:
            return self._actions

    @cached_property
    def _actions(self) -> dict[str, Definition | Broken]:
        from actions.discovery import discover  # noqa: PLC0415

        return {found.name: found for found in discover(self.actions_folder)}

    @property
    def actions_folder(self) -> Path | None:
        """Where the user's own actions are; None when that folder is not there."""
        folder = self.root / self.settings.actions_folder
        return folder if folder.is_dir() else None

    @property
    def checks_folder(self) -> Path | None:
        """Where the user's own checks are; None when that folder is not there."""
        folder = self.root / self.settings.checks_folder
        return folder if folder.is_dir() else None

    @cached_property
    def nursery(self) -> Nursery:
        """Processes for checks that must not share ours; none is started before it is needed."""
        from plugins.isolation import Nursery  # noqa: PLC0415

        return Nursery(self.checks_folder, keep=self.settings.process_variables)

    @cached_property
    def action_nursery(self) -> Nursery:
        """The same for actions."""
        from plugins.isolation import Nursery  # noqa: PLC0415

        keep = self.settings.process_variables
        return Nursery(self.actions_folder, discovery="actions.discovery", keep=keep)

    @cached_property
    def management(self) -> ManagementClients:
        """Azure's own clients, for actions."""
        from arm.management import ManagementClients  # noqa: PLC0415
        from arm.writes import Writes  # noqa: PLC0415

        writes = Writes(self.clock)
        return ManagementClients(self._endpoint, self._credential, self.clock, writes)

    @cached_property
    def graph(self) -> ResourceGraph:
        """Resource Graph, asked as the app's identity."""
        from arg_queries.resource_graph import ResourceGraph  # noqa: PLC0415

        return ResourceGraph(self._endpoint, self._credential, self.clock)

    @cached_property
    def canceller(self) -> CancelClient:
        """The cancel call, which reads back from the run itself and from Resource Graph."""
        from cancel_client.client import CancelClient  # noqa: PLC0415

        version = self.settings.cancel_api_version
        return CancelClient(self._session(), self.run_state, self.clock, version)

    @cached_property
    def rehearser(self) -> Rehearser:
        """What a drill has in place of the cancel call. Its connections are its own."""
        from arm.reader import ArmReader  # noqa: PLC0415
        from cancel_client.rehearsal import Rehearser  # noqa: PLC0415

        session = self._session()
        return Rehearser(
            session=session,
            reader=ArmReader(session, self._endpoint, self.clock),
            clock=self.clock,
            api_version=self.settings.cancel_api_version,
        )

    @cached_property
    def reader(self) -> ArmReader:
        """Azure Resource Manager, read as the app's identity on behalf of checks.

        Its connections are its own: a check that uses them all up takes none from the cancel call.
        """
        from arm.reader import ArmReader  # noqa: PLC0415

        return ArmReader(self._session(), self._endpoint, self.clock)

    def warm(self) -> None:
        """Make all of it now, so that the first step does not pay for the imports."""
        _ = self.checks, self.graph, self.canceller, self.reader

    def run_state(self, run: RunId, until: datetime) -> RunRow:
        """The run's own row in Resource Graph."""
        from arg_queries.runs import run_state  # noqa: PLC0415

        return run_state(self.graph, run, until)

    def _session(self) -> ArmSession:
        from arm.session import ArmSession  # noqa: PLC0415

        return ArmSession(self._endpoint, self._credential, self.clock)

    @cached_property
    def _endpoint(self) -> Endpoint:
        from arm.endpoint import endpoint_of  # noqa: PLC0415

        return endpoint_of(self.settings)

    @cached_property
    def _credential(self) -> TokenCredential:
        from arm.token import credential_for  # noqa: PLC0415

        return credential_for(self._endpoint)


def _told(problems: tuple[str, ...]) -> str:
    """What is wrong with the policy file, on one line."""
    more = len(problems) - _TOLD
    told = "; ".join(problems[:_TOLD])
    return f"{told}; and {more} more: `patchgate checks list` tells all" if more > 0 else told

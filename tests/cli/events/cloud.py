"""`patchgate events …` in this process, against an Azure that is simulated on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from typer.testing import CliRunner

from cli.events.commands import app
from core.ids import RunId
from simulator import Azure, Seen
from tests.cli.served import Ran, served

SUBSCRIPTION = "11111111-1111-1111-1111-111111111111"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/Ops"
RUN = RunId.parse(
    f"{GROUP}/providers/Microsoft.Maintenance/maintenanceConfigurations/Weekly"
    "/providers/microsoft.maintenance/applyupdates/20260301020000"
)
ID = str(RUN.configuration)
TOPIC = f"{GROUP}/providers/Microsoft.EventGrid/systemTopics/Weekly-events"
APP = f"{GROUP}/providers/Microsoft.Web/sites/gate-app"
FUNCTION = f"{APP}/functions/maintenance_event"
ACCOUNT = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/lost"
CONTAINER = f"{ACCOUNT}/blobServices/default/containers/events"
PRE = "Microsoft.Maintenance.PreMaintenanceEvent"
POST = "Microsoft.Maintenance.PostMaintenanceEvent"
# One subscription, of both events, to a function.
ONE = "[[event_subscriptions]]\n"


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """The truth in `azure`, and the command pointed at it."""

    azure: Azure
    url: str

    def events(self, *arguments: str, configuration: str = ID, answer: str | None = None) -> Ran:
        """Run `patchgate events …` for the configuration; `answer` is typed."""
        where = ("--configuration", configuration, "--arm", self.url)
        result = CliRunner().invoke(app, [*arguments, *where], input=answer)
        return Ran(code=result.exit_code, out=result.stdout, err=result.stderr)

    def held(self, id_: str) -> dict[str, Any]:
        """The resource of that id, with its secrets."""
        found = self.azure.management.store.get(id_)
        assert found is not None, id_
        return found

    def writes(self) -> list[Seen]:
        """Every request that was meant to change something."""
        return [seen for seen in self.azure.seen if seen.method in ("PUT", "PATCH", "DELETE")]


@contextmanager
def cloud(scenario: str = "", *, starts_in: timedelta = timedelta(days=3)) -> Iterator[Cloud]:
    """An Azure that holds one configuration, whose next run starts after so long."""
    start = (datetime.now(UTC) + starts_in).replace(second=0, microsecond=0)
    with served(scenario, RUN, start, timedelta(hours=4), (SUBSCRIPTION,)) as (azure, url):
        yield Cloud(azure=azure, url=url)

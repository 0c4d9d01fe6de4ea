"""The operator's commands in this process, against an Azure that is simulated on this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import typer
from typer.testing import CliRunner

from checks.testing import SkippingClock
from cli.azure.connection import Connection
from cli.explain.commands import explain
from cli.preview.commands import preview
from cli.runs.cancel_command import cancel
from cli.runs.commands import app as runs_app
from cli.timeline.commands import timeline
from core.ids import RunId
from core.settings import Settings
from simulator import Azure, Seen
from tests.cli.served import Ran, served

HOME = "11111111-1111-4111-8111-111111111111"
OTHER = "22222222-2222-4222-8222-222222222222"
RUN = RunId.parse(
    f"/subscriptions/{HOME}/resourceGroups/Ops/providers/Microsoft.Maintenance"
    "/maintenanceConfigurations/Weekly/providers/microsoft.maintenance/applyupdates/20260301020000"
)
CONFIGURATION = str(RUN.configuration)
SOON = timedelta(minutes=30)
BY_SYSTEM = "[run]\ncancelled_by = 'system'\ncancelled_after = 0\n"
BY_USER = "[run]\ncancelled_by = 'somebody'\ncancelled_after = 0\n"

app = typer.Typer()
app.add_typer(runs_app, name="runs")
for command in (cancel, timeline, preview, explain):
    app.command()(command)


def patchgate(*arguments: object, typed: str | None = None) -> Ran:
    """Run a command in this process."""
    width = {"COLUMNS": "120", "NO_COLOR": "1"}
    result = CliRunner().invoke(app, [*map(str, arguments)], input=typed, env=width)
    return Ran(code=result.exit_code, out=result.stdout, err=result.stderr)


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """The truth in `azure`, and commands pointed at it."""

    azure: Azure
    url: str
    start: datetime

    def run(self, *arguments: object, typed: str | None = None) -> Ran:
        """Run a command against it."""
        return patchgate(*arguments, "--arm", self.url, typed=typed)

    def changed(self, at: datetime) -> None:
        """The schedule was changed then."""
        held = self.azure.management.store.get(CONFIGURATION)
        assert held is not None
        stamp = at.astimezone(UTC).isoformat().replace("+00:00", "Z")
        self.azure.management.store.put({**held, "systemData": {"lastModifiedAt": stamp}})

    def patient(self) -> Connection:
        """A connection to it that waits for nothing: its clock moves on instead."""
        settings = Settings.from_environment({"PATCHGATE_SIMULATOR": self.url})
        return Connection(settings=settings, clock=SkippingClock(datetime.now(UTC)))

    def asked(self, what: str) -> list[Seen]:
        """The requests of one kind."""
        return [seen for seen in self.azure.seen if seen.what == what]


@contextmanager
def cloud(scenario: str = "", *, starts_in: timedelta = SOON) -> Iterator[Cloud]:
    """An Azure with one run, which starts after so long, and lasts for two hours."""
    start = (datetime.now(UTC) + starts_in).replace(microsecond=0)
    with served(scenario, RUN, start, timedelta(hours=2), (HOME, OTHER)) as (azure, url):
        yield Cloud(azure=azure, url=url, start=start)


def ended(command: Callable[[], int]) -> int:
    """The exit code of a command that is called, and not run."""
    try:
        return command()
    except typer.Exit as left:
        return left.exit_code

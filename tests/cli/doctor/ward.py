"""An Azure in which everything is in place for the next run, and what tests change of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import typer
from typer.testing import CliRunner

from cli.doctor.commands import doctor
from core.rights import ON_CONFIGURATIONS, ON_MACHINES
from simulator.management.store import resource
from tests.cli.checks.commands import project
from tests.cli.runs.world import CONFIGURATION, HOME, OTHER, Cloud, cloud
from tests.cli.served import Ran

AHEAD = timedelta(days=2)
GROUP = f"/subscriptions/{HOME}/resourceGroups/rg-patchgate"
SITE = f"{GROUP}/providers/Microsoft.Web/sites/patchgate"
FUNCTION = f"{SITE}/functions/maintenance_event"
SETTINGS = f"{SITE}/config/appsettings"
ACCOUNT = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/lost"
CONTAINER = f"{ACCOUNT}/blobServices/default/containers/events"
OPS = f"/subscriptions/{HOME}/resourceGroups/Ops"
TOPIC = f"{OPS}/providers/Microsoft.EventGrid/systemTopics/Weekly-events"
PRINCIPAL = "0f0f0f0f-1111-4111-8111-0f0f0f0f0f0f"
CLIENT = "0e0e0e0e-1111-4111-8111-0e0e0e0e0e0e"
GATE = f"""
[[event_subscriptions]]
[event_subscriptions.properties]
retryPolicy = {{ eventTimeToLiveInMinutes = 30, maxDeliveryAttempts = 10 }}
[event_subscriptions.properties.deadLetterDestination]
endpointType = "StorageBlob"
properties = {{ resourceId = "{ACCOUNT}", blobContainerName = "events" }}
"""
HOST = """{
  "version": "2.0",
  "functionTimeout": "00:45:00",
  "extensions": {"durableTask": {"storageProvider": {
    "controlQueueVisibilityTimeout": "00:01:00", "workItemQueueVisibilityTimeout": "00:01:00"
  }}}
}"""
TUNED = {
    "PATCHGATE_CONFIGURATIONS": CONFIGURATION,
    "PYTHON_THREADPOOL_THREAD_COUNT": "128",
    "FUNCTIONS_WORKER_PROCESS_COUNT": "2",
}
QUESTIONS = (
    "policy",
    "checks",
    "actions",
    "host settings",
    "Azure",
    "clock",
    "configuration",
    "next run",
    "machines",
    "event subscription",
    "event types",
    "event filter",
    "retries",
    "dead letters",
    "function",
    "worker settings",
    "allow-list",
    "rights on configurations",
    "rights on machines",
    "rights of actions",
    "app",
)

app = typer.Typer()
app.command()(doctor)


@dataclass(frozen=True, kw_only=True)
class Ward:
    """The cloud, in which everything is in place unless a test changes it."""

    cloud: Cloud

    def doctor(self, *arguments: str) -> Ran:
        """Run `patchgate doctor` for the configuration."""
        where = ("--configuration", CONFIGURATION, "--arm", self.cloud.url)
        environment = {"COLUMNS": "120", "NO_COLOR": "1"}
        result = CliRunner().invoke(app, [*where, *arguments], env=environment)
        return Ran(code=result.exit_code, out=result.stdout, err=result.stderr)

    def told(self, *arguments: str) -> dict[str, dict[str, str]]:
        """What it prints as JSON: findings by their questions."""
        told = self.doctor("--json", *arguments).json
        return {one["question"]: one for one in told["findings"]}

    def settings(self, **changed: str) -> None:
        """The app's settings."""
        self.put(SETTINGS, {**TUNED, **changed})

    def put(self, id_: str, properties: dict[str, Any], **other: Any) -> None:
        """A resource, in place of one with the same id."""
        self.cloud.azure.management.store.put(resource(id_, properties, **other))

    def remove(self, id_: str) -> None:
        """It is there no more."""
        self.cloud.azure.management.store.remove(id_)

    def change(self, id_: str, **properties: Any) -> None:
        """Change properties of a resource."""
        self.cloud.azure.management.store.set(id_, **properties)

    def app(self, state: str = "Running", **identity: Any) -> None:
        """The app, with that identity."""
        told = {"state": state, "defaultHostName": "patchgate.azurewebsites.net"}
        self.put(SITE, told, identity=identity)


@contextmanager
def ward(
    scenario: str = GATE, *, starts_in: timedelta = AHEAD, roles: bool = True
) -> Iterator[Ward]:
    """Everything in place; without `roles`, the app's identity may do nothing."""
    with cloud(scenario, starts_in=starts_in) as azure:
        made = Ward(cloud=azure)
        made.app(type="SystemAssigned", principalId=PRINCIPAL)
        made.put(FUNCTION, {"isDisabled": False, "language": "python"})
        made.put(CONTAINER, {"publicAccess": "None"})
        made.settings()
        rights = azure.azure.management.rights
        if roles:
            rights.assign(OPS, PRINCIPAL, ON_CONFIGURATIONS)
            for subscription in (HOME, OTHER):
                rights.assign(f"/subscriptions/{subscription}", PRINCIPAL, ON_MACHINES)
        yield made


def site_in(folder: Path, files: dict[str, str] | None = None) -> Path:
    """A project without checks of its own, whose host.json is as it should be."""
    made = project(folder, {"host.json": HOST, **(files or {})})
    (made / "host.json").write_text((files or {}).get("host.json", HOST), encoding="utf-8")
    return made

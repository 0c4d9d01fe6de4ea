"""Write docs/images/*.svg: what the main commands show, typed for real against a simulated Azure.

The Azure stands still at a moment before its run, so that a picture changes only if what the
command prints does.

python -m tools.screens      (in the virtual environment, from the root)
"""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from checks.testing import SkippingClock
from cli.azure.connection import living_by
from core.ids import ConfigurationId
from core.model import MaintenanceEvent
from core.rights import ON_CONFIGURATIONS, ON_MACHINES
from handlers.events import parse_event
from simulator import Azure, load_scenario, serve
from simulator.management.store import resource
from tools.terminal import picture, typed

__all__ = ["FOLDER", "SCREENS", "Screen", "drawn"]

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "images"
_THURSDAY = datetime(2026, 11, 26, 9, 12, tzinfo=UTC)
_PRINCIPAL = "0f0f0f0f-1111-4111-8111-0f0f0f0f0f0f"
_MACHINES = """
[[machines]]
name = "web-{n:02}"
count = 3
[[machines]]
name = "billing-01"
power = "deallocated"
[[machines]]
name = "branch-{n:02}"
count = 2
kind = "arc"
os = "Windows"
location = "northeurope"
"""
_GATE = """
[[event_subscriptions]]
name = "gate"
[event_subscriptions.properties]
retryPolicy = { eventTimeToLiveInMinutes = 30, maxDeliveryAttempts = 10 }
"""
_BERLIN = '[configuration.window]\ntimeZone = "W. Europe Standard Time"\n'
_LATE = "[run]\ncancelled_by = 'system'\ncancelled_after = 0\n"


def _nothing(azure: Azure, of: ConfigurationId) -> None:
    """All of it is in the scenario."""


def _app(azure: Azure, of: ConfigurationId) -> None:
    """The app is there, and set up but for the right to cancel."""
    group = f"/subscriptions/{of.subscription}/resourceGroups/{of.resource_group}"
    ours = f"/subscriptions/{of.subscription}/resourceGroups/rg-patchgate"
    site = f"{ours}/providers/Microsoft.Web/sites/patchgate"
    store, rights = azure.management.store, azure.management.rights
    told = {"state": "Running", "defaultHostName": "patchgate.azurewebsites.net"}
    store.put(resource(site, told, identity={"principalId": _PRINCIPAL}))
    store.put(resource(f"{site}/functions/maintenance_event", {"isDisabled": False}))
    settings = {
        "PATCHGATE_CONFIGURATIONS": str(of),
        "PYTHON_THREADPOOL_THREAD_COUNT": "128",
        "FUNCTIONS_WORKER_PROCESS_COUNT": "2",
    }
    store.put(resource(f"{site}/config/appsettings", settings))
    rights.assign(group, _PRINCIPAL, [one for one in ON_CONFIGURATIONS if "/read" in one])
    for subscription in (of.subscription, "9a8b7c6d-2222-4e5f-8a9b-0c1d2e3f4a5b"):
        rights.assign(f"/subscriptions/{subscription}", _PRINCIPAL, ON_MACHINES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """One picture. `alt` says what is to be seen, for whoever does not see it.

    `arguments` are typed with the ids of the sample event in place of ID and RUN.
    """

    name: str
    arguments: tuple[str, ...]
    alt: str
    scenario: str = _MACHINES
    asks_azure: bool = True
    prepared: Callable[[Azure, ConfigurationId], None] = _nothing

    @property
    def markdown(self) -> str:
        """The picture, for a page in docs."""
        return f"![{self.alt}](images/{self.name}.svg)"


SCREENS = (
    Screen(
        name="timeline",
        arguments=("timeline", "--configuration", "ID", "--count", "3"),
        alt="patchgate timeline: the next three runs, and the first one's moments on a line",
        scenario=_MACHINES + _BERLIN,
    ),
    Screen(
        name="doctor",
        arguments=("doctor", "--configuration", "ID"),
        alt="patchgate doctor: a line for each question, and a command beside what is to be mended",
        scenario=_MACHINES + _GATE,
        prepared=_app,
    ),
    Screen(
        name="preview",
        arguments=("preview", "--configuration", "ID"),
        alt="patchgate preview: the next run would be cancelled, since one machine is off",
    ),
    Screen(
        name="runs-show",
        arguments=("runs", "show", "RUN"),
        alt="patchgate runs show: a run that the system has cancelled, and what that means",
        scenario=_MACHINES + _LATE,
    ),
    Screen(
        name="explain",
        arguments=("explain", "docs/examples/cancelled.json"),
        alt="patchgate explain: what decided, with the evidence and the calls that cancelled",
        asks_azure=False,
    ),
)


def drawn(screen: Screen) -> str:
    """The SVG as it has to be today."""
    command = " ".join(("patchgate", *screen.arguments))
    if not screen.asks_azure:
        with contextlib.chdir(ROOT):
            return picture(screen.name, command, typed(screen.arguments))
    event = _event()
    known = {"ID": str(event.configuration), "RUN": str(event.run)}
    arguments = [known.get(word, word) for word in screen.arguments]
    with _azure(screen, event) as url, _project():
        written = typed([*arguments, "--arm", url])
    for word in known:
        command = command.replace(f" {word}", f" ${word}")
    return picture(screen.name, command, written)


def _event() -> MaintenanceEvent:
    (envelope,) = json.loads((ROOT / "samples" / "events" / "pre.eventgrid.json").read_bytes())
    return parse_event(envelope)


@contextmanager
def _azure(screen: Screen, event: MaintenanceEvent) -> Iterator[str]:
    """The Azure of that screen, which stands still."""
    clock = SkippingClock(_THURSDAY)
    azure = Azure(
        load_scenario(screen.scenario),
        event.run,
        event.start,
        event.end,
        event.subscriptions,
        clock,
    )
    screen.prepared(azure, event.configuration)
    with serve(azure) as url, living_by(clock):
        yield url


@contextmanager
def _project() -> Iterator[None]:
    """A Functions project without checks of its own, which the command is typed in."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "patching"
        (root / "my_checks").mkdir(parents=True)
        shutil.copy(ROOT / "host.json", root)
        with contextlib.chdir(root):
            yield


if __name__ == "__main__":
    for one in SCREENS:
        (FOLDER / f"{one.name}.svg").write_text(drawn(one), encoding="utf-8")

"""The app behind HTTP, as the Functions host shows it: its own handlers, engine and steps."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import typer
from typer.testing import CliRunner

from cli.drill.commands import drill
from cli.runs.cancel_command import cancel
from core.clock import SystemClock
from core.settings import Settings
from handlers.accept import accept
from handlers.activities import steps
from handlers.app import STORIES, report_page
from handlers.engines import Starter
from handlers.engines.in_memory import running
from handlers.keeping import keeping_steps
from handlers.services import Services
from tests.cli.runs.world import CONFIGURATION, Cloud
from tests.cli.served import Ran
from tests.scripted_server import Play, Received, Script, answer, by, scripted

KEY, EVENT_KEY = "f00d-k3y", "3v3nt-k3y"
KEYS = {
    "masterKey": "m4st3r",
    "functionKeys": {"default": KEY},
    "systemKeys": {"durabletask_extension": "x", "eventgrid_extension": EVENT_KEY},
}

app = typer.Typer()
app.command()(drill)
app.command()(cancel)


def pages(services: Services, starter: Starter) -> Play:
    """What the host does with a request: it looks at the key, and calls the function."""

    def choose(received: Received) -> Play:
        key = received.headers.get("x-functions-key")
        if received.path == "/runtime/webhooks/EventGrid":
            if key != EVENT_KEY:
                return answer(401)
            assert received.target.endswith("?functionName=maintenance_event")
            assert received.headers["aeg-event-type"] == "Notification"
            return _delivered(received.body, services, starter)
        if key != KEY:
            return answer(401)
        name = received.path.removeprefix("/api/gates/")
        status, body = report_page(name, asyncio.run(starter.look(name)))
        return answer(status, body.encode())

    return by(choose)


def _delivered(body: bytes, services: Services, starter: Starter) -> Play:
    """202 if the function has ended well; else 500, with what it raised."""
    try:
        asyncio.run(accept(body, starter, services))
    except Exception as error:  # noqa: BLE001 - as the host does
        return answer(500, str(error).encode(), content_type="text/plain")
    return answer(202)


def services_at(azure: Cloud, root: Path, **settings: str) -> Services:
    """The app's parts, with that Azure."""
    environment = {"PATCHGATE_SIMULATOR": azure.url, **settings}
    return Services(settings=Settings.from_environment(environment), root=root, clock=SystemClock())


@contextmanager
def deployed(azure: Cloud, root: Path, **settings: str) -> Iterator[Script]:
    """The app, at work on the in-memory engine."""
    services = services_at(azure, root, **settings)
    services.warm()
    with (
        running(STORIES, steps(services), services.clock, keeping=keeping_steps) as starter,
        scripted(pages(services, starter)) as script,
    ):
        yield script


def patchgate(*arguments: object, environment: Mapping[str, str] | None = None) -> Ran:
    """Run a command in this process."""
    width = {"COLUMNS": "120", "NO_COLOR": "1"}
    result = CliRunner().invoke(app, [*map(str, arguments)], env={**width, **(environment or {})})
    return Ran(code=result.exit_code, out=result.stdout, err=result.stderr)


def drilled(azure: Cloud, url: str, *more: object, keys: bool = True) -> Ran:
    """Run `patchgate drill` against that app."""
    given = ("--key", KEY, "--event-key", EVENT_KEY) if keys else ()
    where = ("--configuration", CONFIGURATION, "--arm", azure.url, "--app", url)
    return patchgate("drill", *where, *given, *more)

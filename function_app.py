"""The bindings, and nothing else: what Azure Functions calls, and which part of Patchgate answers.

Imports that take time wait for the first event: see `patchgate()`.
"""

from __future__ import annotations

import os
import threading
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

# What crosses between stories and steps is plain JSON. Unless told so, the decoder of Durable
# rebuilds objects of whatever loaded class a payload names, and payloads hold words from outside.
os.environ.setdefault("AZURE_FUNCTIONS_DURABLE_STRICT_TYPING", "1")

import azure.durable_functions as df
import azure.functions as func

from core.settings import Settings

if TYPE_CHECKING:
    from handlers.app import Patchgate

SETTINGS = Settings.from_environment(os.environ)  # every bad one is named while indexing

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)


_loading = threading.Lock()


def patchgate() -> Patchgate:
    """Everything behind the bindings, loaded once when first needed, by one thread."""
    with _loading:
        return _patchgate()


@cache
def _patchgate() -> Patchgate:
    from handlers.app import Patchgate  # noqa: PLC0415

    return Patchgate(SETTINGS, root=Path(__file__).parent)


@app.function_name("maintenance_event")
@app.event_grid_trigger(arg_name="event")
@app.durable_client_input(client_name="client")
async def maintenance_event(event: func.EventGridEvent, client: Any) -> None:
    """A pre or post maintenance event, from Event Grid."""
    await patchgate().accept(event, client)


@app.function_name("gate")
@app.orchestration_trigger(context_name="context")
def gate(context: df.DurableOrchestrationContext) -> Any:
    """The story of a pre event."""
    return (yield from patchgate().tell("gate", context))


@app.function_name("aftermath")
@app.orchestration_trigger(context_name="context")
def aftermath(context: df.DurableOrchestrationContext) -> Any:
    """The story of a post event."""
    return (yield from patchgate().tell("aftermath", context))


@app.function_name("rescue")
@app.orchestration_trigger(context_name="context")
def rescue(context: df.DurableOrchestrationContext) -> Any:
    """The story of a run that was cancelled without its gate."""
    return (yield from patchgate().tell("rescue", context))


@app.function_name("restore")
@app.orchestration_trigger(context_name="context")
def restore(context: df.DurableOrchestrationContext) -> Any:
    """The story of what was changed before a run whose post event may never come."""
    return (yield from patchgate().tell("restore", context))


@app.function_name("watchdog")
@app.timer_trigger(arg_name="timer", schedule="0 * * * * *", use_monitor=False)
@app.durable_client_input(client_name="client")
async def watchdog(timer: func.TimerRequest, client: Any) -> None:  # noqa: ARG001 - its trigger
    """Every minute: whether each run that is about to start has been judged."""
    await patchgate().watch(client)


@app.function_name("list_checks")
@app.activity_trigger(input_name="request")
async def list_checks(request: object) -> Any:
    """Which checks are in force."""
    return await patchgate().step("list_checks", request)


@app.function_name("find_machines")
@app.activity_trigger(input_name="request")
async def find_machines(request: object) -> Any:
    """The run's machines, from Resource Graph."""
    return await patchgate().step("find_machines", request)


@app.function_name("ask_check")
@app.activity_trigger(input_name="request")
async def ask_check(request: object) -> Any:
    """What one check says."""
    return await patchgate().step("ask_check", request)


@app.function_name("act")
@app.activity_trigger(input_name="request")
async def act(request: object) -> Any:
    """One action plans, does or undoes what it does."""
    return await patchgate().step("act", request)


@app.function_name("expect_end")
@app.activity_trigger(input_name="request")
@app.durable_client_input(client_name="client")
async def expect_end(request: object, client: Any) -> Any:
    """Make sure that what is about to be changed is put back."""
    return await patchgate().keep("expect_end", request, client)


@app.function_name("recall")
@app.activity_trigger(input_name="request")
@app.durable_client_input(client_name="client")
async def recall(request: object, client: Any) -> Any:
    """What was changed before a run."""
    return await patchgate().keep("recall", request, client)


@app.function_name("cancel_run")
@app.activity_trigger(input_name="request")
async def cancel_run(request: object) -> Any:
    """A round of the cancel call."""
    return await patchgate().step("cancel_run", request)


@app.function_name("rehearse_cancel")
@app.activity_trigger(input_name="request")
async def rehearse_cancel(request: object) -> Any:
    """Whether a run could be cancelled: what a drill asks in place of the cancel call."""
    return await patchgate().step("rehearse_cancel", request)


@app.function_name("read_ending")
@app.activity_trigger(input_name="request")
async def read_ending(request: object) -> Any:
    """How a run stands."""
    return await patchgate().step("read_ending", request)


@app.function_name("announce")
@app.activity_trigger(input_name="request")
async def announce(request: object) -> Any:
    """A report, into the log."""
    return await patchgate().step("announce", request)


@app.function_name("gates")
@app.route(route="gates", methods=["GET"])
@app.durable_client_input(client_name="client")
async def gates(req: func.HttpRequest, client: Any) -> func.HttpResponse:
    """Recent runs."""
    return _json(*await patchgate().recent(client, req.params.get("hours")))


@app.function_name("gate_report")
@app.route(route="gates/{key}", methods=["GET"])
@app.durable_client_input(client_name="client")
async def gate_report(req: func.HttpRequest, client: Any) -> func.HttpResponse:
    """One report."""
    return _json(*await patchgate().report(client, req.route_params["key"]))


def _json(status: int, body: str) -> func.HttpResponse:
    return func.HttpResponse(body, status_code=status, mimetype="application/json")

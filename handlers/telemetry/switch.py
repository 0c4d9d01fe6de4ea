"""Whether telemetry was chosen, and the pipeline to Azure Monitor for those who did.

Chosen with the worker's own setting PYTHON_ENABLE_OPENTELEMETRY: the worker then hands the host's
trace context to each call, and tells the host to leave log lines to us. Its other one,
PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY, is not ours: with it the worker itself records every
request of `requests` and `urllib3` with the whole URL, and URLs may hold secrets. Source:
https://learn.microsoft.com/azure/azure-functions/opentelemetry-howto
"""

from __future__ import annotations

import importlib
import logging
import threading
from collections.abc import Mapping
from typing import Any

from core.errors import shorten
from handlers.telemetry.telling import use

__all__ = ["CHOSEN", "UNWANTED", "chosen", "switch_on"]

_log = logging.getLogger("patchgate")

CHOSEN = "PYTHON_ENABLE_OPENTELEMETRY"
_WORKERS_OWN = "PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY"
_TRUE = ("1", "true", "t", "yes", "y")  # as the worker reads it

# They would record URLs, headers and error texts of libraries, which nobody masks.
UNWANTED = (
    *("azure_sdk", "django", "fastapi", "flask", "httpx", "httpx2"),
    *("psycopg2", "requests", "urllib", "urllib3"),
)
_FLUSHING = 10_000  # milliseconds


def chosen(environ: Mapping[str, str], name: str = CHOSEN) -> bool:
    """Whether that setting is on."""
    return environ.get(name, "").strip().lower() in _TRUE


def switch_on(environ: Mapping[str, str]) -> None:
    """Tell everything to Azure Monitor from now on, if that was chosen; never raises.

    Without the packages of the extra, or without a place to send to, the app works as before, and
    the log says what is missing.
    """
    if chosen(environ, _WORKERS_OWN):
        _log.error("%s records URLs, which may hold secrets: set %s", _WORKERS_OWN, CHOSEN)
    if not chosen(environ):
        return
    try:
        _connect()
    except ImportError:
        _log.error("%s is set, and azure-monitor-opentelemetry is not installed", CHOSEN)
    except Exception as error:  # noqa: BLE001 - a gate does not depend on being looked at
        _log.error("telemetry is off: %s", shorten(f"{type(error).__name__}: {error}", 300))


def _connect() -> None:
    # By name, for it is not there unless it was chosen.
    azure: Any = importlib.import_module("azure.monitor.opentelemetry")
    from opentelemetry import _logs, metrics, trace  # noqa: PLC0415 - for those who chose it

    from handlers.telemetry.log_records import LogFields  # noqa: PLC0415
    from handlers.telemetry.recorder import Recorder  # noqa: PLC0415

    azure.configure_azure_monitor(
        logger_name="patchgate",
        log_record_processors=[LogFields()],
        instrumentation_options={name: {"enabled": False} for name in UNWANTED},
        sampling_ratio=1.0,  # a night has few spans, and each of them may be the one
        enable_live_metrics=False,
        enable_performance_counters=False,
    )
    providers = (
        trace.get_tracer_provider(),
        metrics.get_meter_provider(),
        _logs.get_logger_provider(),
    )
    use(
        Recorder(
            trace.get_tracer("patchgate"),
            metrics.get_meter("patchgate"),
            flush=lambda: _flush(providers),
        )
    )


def _flush(providers: tuple[Any, ...]) -> None:
    """Send it now, beside the step: an instance may be scaled away before its next turn."""

    def work() -> None:
        for provider in providers:
            provider.force_flush(_FLUSHING)

    threading.Thread(target=work, daemon=True, name="patchgate telemetry").start()

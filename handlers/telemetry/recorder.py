"""Spans and measurements through OpenTelemetry's API. Loaded for those alone who chose it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from contextvars import ContextVar
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING

from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, SpanKind, TraceFlags
from opentelemetry.trace.status import Status, StatusCode

from core.errors import shorten
from core.ids import RunId
from core.measures import METRICS, Measure, Metric, Report, measures
from core.report import Call, Cancellation
from handlers.telemetry.fields import (
    Fields,
    Value,
    masked,
    of_answer,
    of_report,
    of_request,
    of_run,
    run_in,
    times_of,
)
from handlers.telemetry.traces import trace_of

if TYPE_CHECKING:
    from opentelemetry.metrics import Counter, Histogram, Meter
    from opentelemetry.trace import Span, Tracer

    from handlers.telemetry.telling import Told

__all__ = ["ABOUT", "Recorder"]

_log = logging.getLogger("patchgate")

# What log lines are about that are written meanwhile, on this thread or in this task.
ABOUT: ContextVar[Fields] = ContextVar("patchgate_about", default={})  # noqa: B039 - never changed


class Recorder:
    """Tells it to a tracer and a meter. `flush` is called once a report has been recorded."""

    def __init__(
        self, tracer: Tracer, meter: Meter, flush: Callable[[], None] = lambda: None
    ) -> None:
        self._tracer, self._flush = tracer, flush
        self._instruments = {metric.name: _instrument(meter, metric) for metric in METRICS}

    def event(self, run: RunId) -> AbstractContextManager[Told]:
        """A span for one delivery of an event."""
        return _Telling(self._tracer, "patchgate.event", run, {}, SpanKind.CONSUMER)

    def step(self, name: str, request: object) -> AbstractContextManager[Told]:
        """A span for one step."""
        asked = of_request(name, request)
        return _Telling(self._tracer, "patchgate.step", run_in(request), asked, SpanKind.INTERNAL)

    def record(self, report: Report) -> None:
        """What a report measures, and a span for a gate as a whole."""
        for measure in measures(report):
            self._measure(measure)
        if times := times_of(report):
            begun, ended = map(_nanoseconds, times)
            parent, links = _place(run_in(report))
            span = self._tracer.start_span(
                "patchgate.story",
                context=parent,
                attributes=of_report(report),
                links=links,
                start_time=begun,
            )
            span.end(end_time=ended)
        self._flush()

    def _measure(self, measure: Measure) -> None:
        instrument = self._instruments[measure.metric.name]
        attributes = masked(measure.attributes)
        if measure.metric.kind == "counter":
            instrument.add(measure.value, attributes)  # type: ignore[union-attr]
        else:
            instrument.record(measure.value, attributes)  # type: ignore[union-attr]


class _Telling:
    """A span that is current while the thing happens; what fails in it stays in it."""

    def __init__(
        self, tracer: Tracer, name: str, run: RunId | None, fields: Fields, kind: SpanKind
    ) -> None:
        self._tracer, self._name, self._kind = tracer, name, kind
        self._run = run
        self._fields = masked({**(of_run(run) if run else {}), **fields})
        self._stack = ExitStack()
        self._span: Span = trace.INVALID_SPAN

    def __enter__(self) -> Told:
        _harmless(self._begin)
        return self

    def _begin(self) -> None:
        token = ABOUT.set({**ABOUT.get(), **self._fields})
        self._stack.callback(ABOUT.reset, token)
        parent, links = _place(self._run)
        self._span = self._tracer.start_span(
            self._name, context=parent, kind=self._kind, links=links, attributes=self._fields
        )
        self._stack.callback(self._span.end)
        token_of_context = contexts.attach(trace.set_span_in_context(self._span))
        self._stack.callback(contexts.detach, token_of_context)

    def tell(self, **fields: Value) -> None:
        told = {f"patchgate.{name}": value for name, value in fields.items()}
        _harmless(lambda: self._span.set_attributes(masked(told)))

    def answer(self, answer: object) -> None:
        _harmless(lambda: self._span.set_attributes(masked(of_answer(answer))))
        if isinstance(answer, Cancellation):
            _harmless(lambda: _calls(self._span, answer.calls))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            why = shorten(f"{type(error).__name__}: {error}", 300)
            _harmless(lambda: self._span.set_status(Status(StatusCode.ERROR, why)))
        _harmless(self._stack.close)


def _place(run: RunId | None) -> tuple[contexts.Context, list[Link]]:
    """Where a span about this run belongs: into the trace of the run.

    Where the host calls us from in that trace already, below that; else below its root, with a link
    to the host's own span. Without a run, where the host calls us from.
    """
    here = trace.get_current_span().get_span_context()
    if run is None:
        return contexts.get_current(), []
    trace_id, root = trace_of(run)
    if here.is_valid and here.trace_id == trace_id:
        return contexts.get_current(), []
    above = SpanContext(trace_id, root, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))
    parent = trace.set_span_in_context(NonRecordingSpan(above), contexts.Context())
    return parent, [Link(here)] if here.is_valid else []


def _calls(span: Span, calls: tuple[Call, ...]) -> None:
    """Each request of the cancel call, as an event of its span."""
    for call in calls:
        told: Fields = {"method": call.method, "what": call.what, "meaning": call.meaning}
        if call.status is not None:
            told["status"] = call.status
        span.add_event("call", masked(told), timestamp=_nanoseconds(call.at))


def _instrument(meter: Meter, metric: Metric) -> Counter | Histogram:
    make = meter.create_counter if metric.kind == "counter" else meter.create_histogram
    return make(metric.name, unit=metric.unit, description=metric.about)


def _nanoseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000) * 1000


def _harmless(work: Callable[[], None]) -> None:
    """Do it; if that fails, say so and go on."""
    try:
        work()
    except Exception as error:  # noqa: BLE001 - no step may fail because somebody is told of it
        _log.warning("telemetry failed: %s", type(error).__name__)

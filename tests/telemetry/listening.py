"""Whoever listens: spans, measurements and log lines, kept in memory by OpenTelemetry's own SDK."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from opentelemetry._logs import LogRecord
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import (
    InMemoryLogRecordExporter,
    SimpleLogRecordProcessor,
)
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from handlers.telemetry.log_records import LogFields
from handlers.telemetry.recorder import Recorder
from handlers.telemetry.telling import use


@dataclass(frozen=True, kw_only=True)
class Heard:
    """All that has been told."""

    tracing: InMemorySpanExporter
    metering: InMemoryMetricReader
    logging: InMemoryLogRecordExporter
    tracers: TracerProvider

    def spans(self, name: str = "", **fields: Any) -> list[ReadableSpan]:
        """Those of that name with these fields, in the order of their ends."""
        wanted = {f"patchgate.{field}": value for field, value in fields.items()}
        return [
            span
            for span in self.tracing.get_finished_spans()
            if name in ("", span.name) and wanted.items() <= dict(span.attributes or {}).items()
        ]

    def numbers(self) -> dict[str, list[tuple[dict[str, Any], Any]]]:
        """Each metric's points: their attributes, and the sum of their values."""
        data = self.metering.get_metrics_data()
        if data is None:
            return {}
        return {
            metric.name: [
                (dict(point.attributes or {}), getattr(point, "sum", getattr(point, "value", None)))
                for point in metric.data.data_points
            ]
            for resource in data.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }

    def lines(self) -> list[tuple[str, dict[str, Any]]]:
        """Log lines with their fields."""
        return [
            (str(one.log_record.body), dict(one.log_record.attributes or {}))
            for one in self.logging.get_finished_logs()
        ]

    def everything(self) -> str:
        """All of it as text, to look for what must not be there."""
        spans = [span.to_json(indent=None) for span in self.tracing.get_finished_spans()]
        return "\n".join([*spans, *map(str, self.lines()), json.dumps(self.numbers(), default=str)])


class _Forwarding(logging.Handler):
    """Hands lines on with their extra fields, as the handlers of OpenTelemetry do."""

    _USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

    def __init__(self, provider: LoggerProvider) -> None:
        super().__init__(logging.NOTSET)
        self._logger = provider.get_logger("patchgate")

    def emit(self, record: logging.LogRecord) -> None:
        extra = {name: value for name, value in vars(record).items() if name not in self._USUAL}
        if record.exc_info:
            extra["exception.stacktrace"] = logging.Formatter().formatException(record.exc_info)
        self._logger.emit(LogRecord(body=record.getMessage(), attributes=extra))


@contextmanager
def listening() -> Iterator[Heard]:
    """Be told of everything meanwhile."""
    spans, lines, reader = (
        InMemorySpanExporter(),
        InMemoryLogRecordExporter(),  # type: ignore[no-untyped-call]
        InMemoryMetricReader(),
    )
    tracers = TracerProvider(shutdown_on_exit=False)
    tracers.add_span_processor(SimpleSpanProcessor(spans))
    loggers = LoggerProvider(shutdown_on_exit=False)
    loggers.add_log_record_processor(LogFields())
    loggers.add_log_record_processor(SimpleLogRecordProcessor(lines))
    meters = MeterProvider(metric_readers=[reader], shutdown_on_exit=False)
    handler, logger = _Forwarding(loggers), logging.getLogger("patchgate")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    use(Recorder(tracers.get_tracer("patchgate"), meters.get_meter("patchgate")))
    try:
        yield Heard(tracing=spans, metering=reader, logging=lines, tracers=tracers)
    finally:
        use(None)
        logger.removeHandler(handler)
        logger.setLevel(level)
        meters.shutdown()

"""Log lines on their way out: what they are about is added, and secrets are masked.

Lines are masked where they are written; here it is done once more, also for what is added to a line
by others, such as the traceback of an exception. Loaded for those alone who chose it.
"""

from __future__ import annotations

from opentelemetry.sdk._logs import LogRecordProcessor, ReadWriteLogRecord

from core.masking import mask
from handlers.telemetry.recorder import ABOUT

__all__ = ["LogFields"]


class LogFields(LogRecordProcessor):
    """Runs before what exports: the record is changed in place."""

    def on_emit(self, log_record: ReadWriteLogRecord) -> None:
        """Add the fields of what happens on this thread; those of the line itself win."""
        record = log_record.log_record
        if isinstance(record.body, str):
            record.body = mask(record.body)
        fields = {**ABOUT.get(), **(record.attributes or {})}
        record.attributes = {
            name: mask(value) if isinstance(value, str) else value for name, value in fields.items()
        }

    def shutdown(self) -> None:
        """Nothing is held."""

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        """Nothing is held."""
        return True

"""What a check writes to its log, without the secrets in it."""

from __future__ import annotations

import logging

from core.errors import shorten, text_of
from core.masking import mask

__all__ = ["MASKING"]

_LENGTH = 2000  # characters of one line


class _Masking(logging.Filter):
    """Makes a record's text final: one line, of a sane length, masked; a traceback as well."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = shorten(_message(record), _LENGTH), None
        if record.exc_info and record.exc_text is None:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = mask(record.exc_text)
            record.exc_info = None  # exporters of telemetry would take the exception's own words
        if record.stack_info:
            record.stack_info = mask(record.stack_info)
        return True


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # noqa: BLE001 - users' format and users' objects
        return f"{text_of(record.msg)} (its values cannot be shown)"


# On a logger once, however often it is added.
MASKING = _Masking()

"""Say how a story ended, in the log, as loud as it is bad."""

from __future__ import annotations

import logging

from core.errors import shorten
from core.ids import names_drill
from core.measures import Report, ending_of
from core.report import GateReport, RescueReport, RestoreReport, not_undone
from handlers.telemetry import telling
from handlers.telemetry.fields import of_report

__all__ = ["Report", "announce", "level_of"]

_log = logging.getLogger("patchgate")

_LEVELS = {
    "proceeded": logging.INFO,
    "cancelled": logging.WARNING,
    "would cancel": logging.WARNING,
    "too late": logging.ERROR,
    "not confirmed": logging.CRITICAL,
    "drill": logging.WARNING,  # unless all of it was reached
    "installed": logging.INFO,
    "cancelled by us": logging.INFO,
    "cancelled by somebody else": logging.WARNING,
    "cancelled by the system": logging.WARNING,
    "failed": logging.ERROR,
    "unknown": logging.ERROR,
    "nothing to restore": logging.INFO,
    "restored": logging.WARNING,  # by us, since no post event came
    "not restored": logging.ERROR,
}


def level_of(report: Report) -> int:
    """The log level of a report: CRITICAL when machines may be patched that must not be."""
    if names_drill(report.run):
        return _of_drill(report)
    if isinstance(report, RestoreReport):
        return _LEVELS[report.ending]
    left = logging.ERROR if not isinstance(report, RescueReport) and not_undone(report) else 0
    if isinstance(report, GateReport):
        doubtful = report.ending == "proceeded" and report.doubts
        return max(left, logging.WARNING if doubtful else _LEVELS[report.ending])
    if isinstance(report, RescueReport):
        # Even a confirmed one: something of ours did not work.
        return max(_LEVELS[report.ending], logging.ERROR)
    return max(left, _LEVELS[report.ended], logging.ERROR if report.findings else logging.NOTSET)


def _of_drill(report: Report) -> int:
    """No machine is concerned, so it is never loud: a warning unless all went well."""
    rehearsal = report.rehearsal if isinstance(report, GateReport) else None
    return logging.INFO if rehearsal is not None and rehearsal.reached else logging.WARNING


def announce(report: Report) -> None:
    """One line: what happened, to which run, and where the whole report is.

    How it ended, and how much nobody could tell, stand in fields of their own behind the words:
    alerts read them from the end of the line (infra/queries). The record has them as fields too:
    see docs/observing.md.
    """
    unknown = _unknown(report)
    _log.log(
        level_of(report),
        "%s · ending %s · unknown %d · run %s · report %s",
        shorten(report.headline, 600),
        ending_of(report),
        unknown,
        report.run,
        report.key,
        extra={**of_report(report), "patchgate.unknown": unknown},
    )
    telling.record(report)


def _unknown(report: Report) -> int:
    """What a gate could not tell: answers that required checks owe, and gaps."""
    if not isinstance(report, GateReport):
        return 0
    owed = sum(check.tally.unknown for check in report.checks if check.required)
    return owed + len(report.gaps)

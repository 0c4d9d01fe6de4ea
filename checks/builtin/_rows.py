"""What the checks that ask about a whole run have in common: rows by machine, and how old they are.

Resource Graph writes the same id in several letter cases, so rows are found in lower case; and what
is old, or has no time, says nothing of today.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from checks import CannotTell, Machine, Run, Verdict
from plugins.rows import Row, text

__all__ = ["Answers", "Row", "by_machine", "each_machine", "fresh", "moment", "said", "text"]

Answers = dict[str, Verdict | CannotTell]

_AHEAD = timedelta(minutes=15)  # clocks differ by less


def each_machine(run: Run, judge: Callable[[Machine], Verdict]) -> Answers:
    """An answer for every machine of the run; what `judge` cannot tell is that machine's alone."""
    answers: Answers = {}
    for machine in run.machines:
        try:
            answers[machine.id] = judge(machine)
        except CannotTell as why:
            answers[machine.id] = why
    return answers


def by_machine(rows: Iterable[Row], column: str = "machine") -> dict[str, list[Row]]:
    """The rows of each machine, by its id in lower case, which that column holds in any case."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(text(row, column).lower(), []).append(row)
    return found


def moment(value: object) -> datetime | None:
    """The time that Azure wrote, in UTC: ISO 8601 with up to 7 digits of a second; or None."""
    if not isinstance(value, str):
        return None
    try:
        read = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    try:
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except OverflowError:  # the year 1 in a zone east of here
        return None


def fresh(value: object, now: datetime, most: timedelta, what: str) -> timedelta:
    """How old that time is at `now`.

    Raises `CannotTell` if it is no time, older than `most`, or of the future; the sentence begins
    with `what`, such as "its health in healthresources".
    """
    when = moment(value)
    if when is None:
        raise CannotTell(f"{what} has no time that can be read")
    age = now - when
    if age > most:
        raise CannotTell(f"{what} is {said(age)} old, more than {said(most)}")
    if age < -_AHEAD:
        raise CannotTell(f"{what} is of the future: {when:%Y-%m-%d %H:%M} UTC")
    return max(age, timedelta(0))


def said(span: timedelta) -> str:
    """A length of time in the largest unit that gives two figures: `36 h`, `3 days`."""
    minutes = span.total_seconds() / 60
    if minutes < 120:
        return f"{minutes:.0f} min"
    return f"{minutes / 60:.0f} h" if minutes < 48 * 60 else f"{minutes / 1440:.0f} days"

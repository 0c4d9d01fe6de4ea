"""Checks by machines with their verdicts: all of a small run, of a large one what did not pass."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from cli.render.cells import Column, worst
from cli.render.words import WORST_FIRST, Names, count, plain, tallied, verdict
from core.model import Status
from core.report import CheckReport, GateReport, Tally

__all__ = ["Verdicts", "by_check", "tally_words"]

_ALL_SHOWN = 12  # machines: of more, only those that did not pass
_MOST_SHOWN = 10
_NAME = 11  # characters of a check's name that stay on one line
_ENDLESS = 10_000  # a width that nothing needs


class Verdicts:
    """The table: a line per machine, or per check if there are no room for that."""

    def __init__(self, report: GateReport, names: Names) -> None:
        self._report, self._names = report, names
        self._columns = [Column(check) for check in report.checks]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if not self._columns:
            yield Text("no check was asked", style="bold")
            return
        table = self._by_machine()
        fits = Measurement.get(console, options.update(width=_ENDLESS), table).maximum
        yield table if fits <= options.max_width else by_check(self._report.checks)

    def _by_machine(self) -> Table:
        table = _table()
        table.add_column("machine")
        for column in self._columns:
            table.add_column(_header(column.report))
        rows = self._shown()
        for machine in rows:
            cells = (_cell(column.of(machine)) for column in self._columns)
            table.add_row(Text(self._names.of(machine)), *cells)
        if others := self._others(rows):
            table.add_row(*others)
        if any(self._is_open(column, rows) for column in self._columns):
            totals = (
                _counted(column.left(())) if self._is_open(column, rows) else Text()
                for column in self._columns
            )
            table.add_row(Text("in all", style="italic"), *totals)
        if any(column.of_run for column in self._columns):
            cells = (_cell(column.whole_run) for column in self._columns)
            table.add_row(Text("the whole run", style="italic"), *cells)
        return table

    def _shown(self) -> list[str]:
        """Ids of the machines that get a line, the worst ones first."""
        listed = [o.machine for c in self._columns for o in c.listed if o.machine is not None]
        ids = {m.lower(): m for m in (*(line.id for line in self._report.machines), *listed)}
        ranked = sorted(ids.values(), key=self._rank)
        if len(ranked) <= _ALL_SHOWN and self._report.machine_count <= _ALL_SHOWN:
            return ranked
        return [m for m in ranked if self._worst(m) in _BAD][:_MOST_SHOWN]

    def _is_open(self, column: Column, rows: Sequence[str]) -> bool:
        """The report does not tell what the check said of each of these machines."""
        return not column.of_run and any(column.of(machine) is None for machine in rows)

    def _worst(self, machine: str) -> Status | None:
        return worst(column.of(machine) for column in self._columns)

    def _rank(self, machine: str) -> tuple[object, ...]:
        status = self._worst(machine)
        bad = WORST_FIRST.index(status) if status in _BAD and status else len(WORST_FIRST)
        return bad, self._names.order(machine)

    def _others(self, rows: Sequence[str]) -> list[Text] | None:
        """The line for all machines without one of their own."""
        number = self._report.machine_count - len(rows)
        if number <= 0:
            return None
        cells = (
            Text() if column.of_run else _counted(column.left(rows)) for column in self._columns
        )
        return [Text(f"{number:,} others" if rows else f"all {number:,}", style="italic"), *cells]


def by_check(checks: Sequence[CheckReport]) -> Table:
    """A line per check, with how many said what."""
    table = _table()
    table.add_column("check")
    table.add_column("verdicts")
    for check in checks:
        table.add_row(_header(check), Text(" ").join(tallied(check.tally)))
    return table


_BAD = (Status.UNKNOWN, Status.BLOCKED)


def tally_words(report: GateReport) -> Text:
    """`6 machines · 3 checks · ✓ 17 pass · ✗ 1 BLOCKED`."""
    tallies = [check.tally for check in report.checks]
    total = Tally(
        passed=sum(t.passed for t in tallies),
        blocked=sum(t.blocked for t in tallies),
        skipped=sum(t.skipped for t in tallies),
        unknown=sum(t.unknown for t in tallies),
    )
    parts = [count(report.machine_count, "machine"), count(len(tallies), "check")]
    return Text(" · ").join([*map(Text, parts), *tallied(total)])


def _table() -> Table:
    return Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0), show_edge=False)


def _header(check: CheckReport) -> Text:
    """The check's name, in two lines if it is long."""
    name = check.name
    if len(name) > _NAME and "_" in name:
        breaks = (at + 1 for at, character in enumerate(name) if character == "_")
        middle = min(breaks, key=lambda at: abs(at - len(name) / 2))
        name = f"{name[:middle]}\n{name[middle:]}"
    text = Text("\n").join(plain(part) for part in name.split("\n"))
    if check.asked > 1:
        text.append(f"\n(asked {check.asked:,} times)", style="dim")
    return text if check.required else text.append("\n(advisory)", style="dim")


def _cell(status: Status | None) -> Text:
    return verdict(status) if status else Text()


def _counted(left: dict[Status, int]) -> Text:
    return Text("\n").join(verdict(status, number) for status, number in left.items())

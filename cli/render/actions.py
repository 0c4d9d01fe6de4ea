"""How actions went, and how what they had changed was put back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from cli.render.indented import Indented, section
from cli.render.words import Manner, Names, count, plain, tallied, verdict
from core.model import Outcome, Status
from core.report import CheckReport, GateReport

__all__ = ["machines_in", "remembered", "render_actions", "sections_of"]

_MOST_LINES, _MOST_MACHINES = 6, 4
_BAD = (Status.BLOCKED, Status.UNKNOWN)


def sections_of(
    title: str, reports: Sequence[CheckReport], names: Names, manner: Manner
) -> Iterator[RenderableType]:
    """A section about them, if there are any."""
    if reports:
        yield from section(title, render_actions(reports, names, manner))


def render_actions(
    reports: Sequence[CheckReport], names: Names, manner: Manner = "action"
) -> RenderableType:
    """A line for each with how many came to what, and below it what did not work, and why."""
    return Group(*(line for report in reports for line in _lines(report, names, manner)))


def machines_in(reports: Iterable[CheckReport]) -> Iterator[str]:
    """The ids of the machines that they name."""
    return (o.machine for report in reports for o in report.outcomes if o.machine is not None)


def remembered(report: GateReport) -> Text | None:
    """What is still to be put back, as far as that concerns people: how much, and not what."""
    if report.undone or not report.memories:
        return None
    what = count(len(report.memories), "action")
    have = "has" if len(report.memories) == 1 else "have"
    return Text(f"{what} {have} changed something, which is put back after the run", style="dim")


def _lines(report: CheckReport, names: Names, manner: Manner) -> Iterator[RenderableType]:
    told = tallied(report.tally, manner) or [Text("it was not begun", style="dim")]
    line = Text.assemble(plain(report.name, "bold"), "  ", Text("  ").join(told))
    if report.asked > 1:
        line.append(f"  (tried {report.asked:,} times)", style="dim")
    if not report.required and manner == "action":
        line.append("  (advisory)", style="dim")
    yield line
    alike: dict[tuple[Status, str], list[Outcome]] = {}
    for outcome in report.outcomes:
        if outcome.status in _BAD:
            alike.setdefault((outcome.status, outcome.reason), []).append(outcome)
    for (status, reason), outcomes in list(alike.items())[:_MOST_LINES]:
        who = _subjects(outcomes, names)
        said = f"{who}: {reason}" if reason else who
        yield Indented(Text.assemble(verdict(status, manner=manner), "  ", plain(said)), 4)
    if len(alike) > _MOST_LINES or report.unlisted:
        yield Indented(Text("… and others, see --json", style="dim"), 4)


def _subjects(outcomes: Sequence[Outcome], names: Names) -> str:
    """`web-01, web-02 and 7 more`, or the run as a whole."""
    machines = [names.of(outcome.machine) for outcome in outcomes if outcome.machine]
    more = len(machines) - _MOST_MACHINES
    told = ", ".join(machines[:_MOST_MACHINES]) + (f" and {more:,} more" if more > 0 else "")
    return told or "the whole run"

"""What trying a check and trying an action have in common: what it is tried on, and its answers."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import RenderableType
from rich.text import Text

from cli.event_file import EventNow
from cli.exit_codes import BAD_INPUT
from cli.inputs import event_in, scenario_in
from cli.output import only_checks_talk, refuse
from cli.plugins.in_force import is_on, problem_of
from cli.plugins.site import Site, Wanted, open_site
from cli.plugins.words import Words, words_of
from cli.project import SAMPLES
from cli.render.indented import Indented
from cli.render.words import WORST_FIRST, Manner, Names, plain, verdict
from core.errors import BadPlugin, BadScenario
from core.model import Gap, Outcome, Status
from plugins.api import Word
from plugins.definition import Definition
from simulator import Scenario

__all__ = ["Trial", "exit_code", "not_on", "notes_of", "playing", "ready", "told_of"]

FINE, BLOCKED, UNKNOWN = 0, 1, 3
_EVENTS = {"before": "pre.eventgrid.json", "after": "post.eventgrid.json"}
_MOST = 40  # lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What is tried, and on what."""

    words: Words
    found: Definition
    site: Site
    scenario: Scenario
    now: EventNow


def ready(word: Word, name: str, wanted: Wanted, *, scenario: Path, event: Path | None) -> Trial:
    """All that it takes; leaves, and says why, if something is not legal."""
    site, words = open_site(wanted), words_of(word)
    found = site.one(words.kind, name)
    problem = problem_of(found, site.policy)
    if problem is not None or not isinstance(found, Definition):
        refuse(f"{name} ({found.origin}) {words.cannot}: {problem}", code=BAD_INPUT)
    world, when = scenario_in(scenario), found.options.when
    now = event_in(event or SAMPLES / "events" / _EVENTS[when])
    if now.is_pre != (when == "before"):
        other, done = _EVENTS[when].partition(".")[0], words.asked.partition(" ")[0]
        refuse(f"{name} is {done} {when} a run: give it a {other} event", code=BAD_INPUT)
    return Trial(words=words, found=found, site=site, scenario=world, now=now)


@contextmanager
def playing() -> Iterator[None]:
    """What authors print is for them, and must not get into the answer. Leaves if it is no good."""
    only_checks_talk()
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    except BadScenario as error:
        refuse(f"the scenario does not go with the event: {error}", code=BAD_INPUT)
    except BadPlugin as error:
        refuse(str(error), code=BAD_INPUT)


def exit_code(outcomes: Iterable[Outcome]) -> int:
    """What outcomes are worth as an exit code, see `patchgate checks try --help`."""
    statuses = {outcome.status for outcome in outcomes}
    if Status.BLOCKED in statuses:
        return BLOCKED
    return UNKNOWN if Status.UNKNOWN in statuses or not statuses else FINE


def told_of(outcomes: Sequence[Outcome], manner: Manner) -> Iterator[RenderableType]:
    """A line for each, the worst first."""
    names = Names(outcome.machine for outcome in outcomes if outcome.machine)
    ranked = sorted(
        outcomes, key=lambda o: (WORST_FIRST.index(o.status), names.order(o.machine or ""))
    )
    for outcome in ranked[:_MOST]:
        yield Indented(_line(outcome, names, manner))
    if (more := len(ranked) - _MOST) > 0:
        yield Text(f"  … and {more:,} more, see --json", style="dim")


def not_on(trial: Trial) -> Iterator[Text]:
    """What would put it in force, if it is not."""
    table, name = trial.words.many, trial.found.name
    if not is_on(trial.found, trial.site.policy, trial.words.kind.table):
        yield plain(f"it is off: [{table}.{name}] in gate.toml turns it on", "dim")


def notes_of(asked: Iterable[str], gaps: Iterable[Gap]) -> Iterator[str]:
    """What is to be said besides."""
    yield from asked
    for gap in gaps:
        yield f"{gap.subject}: {gap.problem}; {gap.remedy}"


def _line(outcome: Outcome, names: Names, manner: Manner) -> Text:
    who = names.of(outcome.machine) if outcome.machine else "the whole run"
    saw = ", ".join(f"{name}={value}" for name, value in outcome.evidence.items())
    said = ": " + outcome.reason if outcome.reason else ""
    return Text.assemble(
        verdict(outcome.status, manner=manner),
        "  ",
        plain(who, "bold"),
        plain(said, limit=600),
        plain(f" (saw {saw})" if saw else "", "dim", limit=600),
    )

"""The preview as people and programs read it, with what it cannot know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from cli.azure.assignments import Assigned, Scopes
from cli.azure.dynamic_scope import DynamicScope
from cli.azure.schedule import Occurrence, Window
from cli.render.indented import section
from cli.render.reasons import render_decision, render_notes
from cli.render.verdicts import Verdicts, tally_words
from cli.render.words import Names, count, plain, span
from cli.runs.telling import utc
from core import wire
from core.ids import ConfigurationId
from core.report import GateReport
from core.timeline import FROZEN
from handlers.orders import CheckSpec

__all__ = ["Preview", "as_json", "told"]

_UNKNOWABLE = (
    "dynamic scopes are resolved anew 40 minutes before the start: tags and machines may change",
    "VMs are patched by a schedule only if their patch orchestration is Customer Managed Schedules",
    "checks were asked as whoever is signed in here; the app's identity may see more, or less",
    "what checks say of power, load, alerts and calendars holds for now, and not for then",
)
_ACTED = "checks were asked about machines as they are: no action was done to them"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The next run: when, which machines by which assignments, and what would be reported now.

    `first` are the actions that would be done before all checks.
    """

    configuration: ConfigurationId
    window: Window
    coming: Occurrence
    scopes: Scopes
    assigned: Assigned
    report: GateReport
    first: tuple[CheckSpec, ...] = ()

    @property
    def unknowable(self) -> tuple[str, ...]:
        """What nobody can know before the run."""
        acted = (_ACTED,) if self.first else ()
        return (*filter(None, (self.coming.doubt, *self.window.doubts)), *acted, *_UNKNOWABLE)


def told(preview: Preview) -> RenderableType:
    """The answer first, then what it rests on."""
    return Group(*_told(preview))


def _told(preview: Preview) -> Iterator[RenderableType]:
    report, coming = preview.report, preview.coming
    if report.decision.cancels:
        yield Text("✗ AS IT LOOKS NOW, it would be cancelled", style="bold yellow")
    else:
        yield Text("✓ AS IT LOOKS NOW, it would go ahead", style="bold green")
    yield Text.assemble(
        plain(preview.configuration.name, "bold"),
        " · next run starts ",
        (f"{coming.start:%a %Y-%m-%d %H:%M} UTC", "bold"),
        f" ({coming.local:%a %H:%M} {coming.local.tzname()},"
        f" in {span(coming.start - report.timeline.planned_at)})",
    )
    yield Text("nothing was cancelled, and nothing was written", style="dim")
    names = Names(line.id for line in report.machines)
    yield from section("Assigned by", Group(*_assignments(preview)))
    if preview.first:
        yield from section("Done first, in this order", Group(*_first(preview)))
    verdicts = Group(tally_words(report), Text(), Verdicts(report, names))
    yield from section("Verdicts now", verdicts)
    yield from section("Decision now", render_decision(report, names))
    if (notes := render_notes(report, names)) is not None:
        yield from section("Also seen", notes)
    limits = Group(*(plain(f"- {one}") for one in preview.unknowable))
    yield from section("What this cannot know", limits)


def _first(preview: Preview) -> Iterator[Text]:
    for number, spec in enumerate(preview.first, start=1):
        after = ", put back after the run" if spec.undoes else ""
        yield Text.assemble(
            f"{number}. ", plain(spec.name, "bold"), ": ", plain(spec.title), (after, "dim")
        )


def _assignments(preview: Preview) -> Iterator[Text]:
    of = Counter(preview.assigned.by.values())
    direct = sum(of[name] for name in of if not name.startswith("/"))
    if preview.scopes.machines:
        yield Text(f"{count(len(preview.scopes.machines), 'machine')} by itself, {direct} found")
    for scope in preview.scopes.dynamic:
        name = plain(scope.id.rpartition("/")[2], "bold")
        yield Text.assemble(
            "dynamic scope ", name, f": {count(of[scope.id], 'machine')}, ", plain(_words(scope))
        )
    if not preview.scopes.machines and not preview.scopes.dynamic:
        yield Text("nothing that can be seen", style="bold yellow")


def _words(scope: DynamicScope) -> str:
    """`subscription 4f2c…, os linux, tag env=prod`."""
    where = f"subscription {scope.subscription}"
    if scope.resource_group:
        where += f", resource group {scope.resource_group}"
    filters = (
        ("resource groups", scope.resource_groups),
        ("locations", scope.locations),
        ("os", scope.os_types),
        ("kinds", scope.kinds),
    )
    parts = [f"{name} {', '.join(sorted(values))}" for name, values in filters if values]
    tags = [f"{name}={'|'.join(sorted(values))}" for name, values in scope.tags]
    word = "all of the tags" if scope.all_tags else "any of the tags"
    return "; ".join([where, *parts, *([f"{word} {', '.join(tags)}"] if tags else [])])


def as_json(preview: Preview) -> dict[str, Any]:
    """All of it; `report` as a gate in observe mode would give it."""
    coming = preview.coming
    return {
        "configuration": str(preview.configuration),
        "would": "cancel" if preview.report.decision.cancels else "go ahead",
        "start": utc(coming.start),
        "end": utc(coming.end),
        "frozen": utc(coming.start - FROZEN),
        "local": coming.local.isoformat(),
        "asked_at": utc(preview.report.timeline.planned_at.astimezone(UTC)),
        "machines": [
            {
                "id": machine.id,
                "name": machine.name,
                "kind": machine.kind,
                "assigned_by": preview.assigned.by.get(machine.id.lower(), ""),
            }
            for machine in preview.assigned.machines
        ],
        "actions": [{"name": spec.name, "undo": spec.undoes} for spec in preview.first],
        "unknowable": list(preview.unknowable),
        "report": wire.dump(preview.report),
    }

"""What failed in the last run, or in an earlier ring, will fail again.

Facts: https://learn.microsoft.com/azure/update-manager/query-logs (`maintenanceresources`, and
`patchinstallationresources`, whose `maintenanceRunId` is the run; both kept for 30 days) and
.../azure/update-manager/pre-post-events-common-scenarios (a run as a whole).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from checks import CannotTell, Context, Run, Verdict, blocked, check, passed
from checks.builtin._results import Tally, tallies
from checks.builtin._rows import Row, moment, text
from checks.builtin._runs import is_over, short_run, standing
from checks.builtin._subscriptions import all_asked, legal, readable

_QUERY = Path(__file__).with_suffix(".kql")
_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviousRuns:
    """Which runs count, and how many machines may have failed in them.

    `max_failed_percent`: so many percent of a run's machines.

    `rings`: earlier rings, by the name or the id of their maintenance configurations. A name that
    several configurations have means all of them.

    `own`: the last run of this configuration counts as well.

    `max_age_days`: a run that began longer ago is not looked at.

    `first_run`: what this configuration is when it has no earlier run: `"unknown"` (the default,
    since Azure forgets runs after 30 days) or `"pass"`. A ring without a run is always UNKNOWN.

    `subscriptions`: further subscriptions that hold rings or their machines, by id. Those of the
    run, and of rings named by id, are always asked.
    """

    max_failed_percent: float = 10.0
    rings: tuple[str, ...] = ()
    own: bool = True
    max_age_days: float = 40.0
    first_run: Literal["pass", "unknown"] = "unknown"
    subscriptions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.max_failed_percent <= 100:
            raise ValueError("max_failed_percent must be from 0 to 100")
        if not 0 < self.max_age_days <= 366:
            raise ValueError("max_age_days must be above 0, and at most a year")
        if not self.own and not self.rings:
            raise ValueError("own = false needs rings: else there is nothing to look at")
        for ring in self.rings:
            bare = not ring.strip("/ ") or ring.strip() != ring
            if bare or ("/" in ring and len(_parts(ring)) != 8):
                raise ValueError(f"{ring!r} is neither the name nor the id of a configuration")
        legal((*_subscriptions_of(self.rings), *self.subscriptions))


def _parts(ring: str) -> list[str]:
    return ring.strip("/").split("/")


def _subscriptions_of(rings: Sequence[str]) -> list[str]:
    return [_parts(ring)[1] for ring in rings if "/" in ring]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Past:
    """The last run of one configuration that was not cancelled."""

    run: str
    starts: datetime
    finished: bool


@check(
    enabled=False,
    needs=(
        "Microsoft.Resources/subscriptions/read",
        "Microsoft.Maintenance/maintenanceConfigurations/read",
        "Microsoft.Maintenance/applyUpdates/read",
        "Microsoft.Compute/virtualMachines/patchInstallationResults/read",
        "Microsoft.HybridCompute/machines/patchInstallationResults/read",
    ),
)
def previous_runs(run: Run, ctx: Context[PreviousRuns]) -> Verdict:
    """The last run of this configuration, and of each earlier ring, went well.

    Asks: Resource Graph's `maintenanceresources` for the runs of these configurations and for how
    the machines of the last one stand, `patchinstallationresources` for what was installed, and
    `resourcecontainers` for whether all subscriptions that are asked can be read. Cancelled runs,
    and machines that were cancelled, do not count.

    Blocks when: more than `max_failed_percent` of the machines of such a run failed, or it has not
    ended yet.

    UNKNOWN when: a ring has no run within `max_age_days`; this configuration has none (by choice,
    see `first_run`), or not even this run can be seen; no machine of the last run can be seen, or a
    subscription that may hold some cannot be read; or so many machines stand in no final or known
    state that the limit may be passed.

    Skipped when: never.

    Rights: Reader on the subscriptions of the configurations and of their machines. Machines in
    subscriptions that nobody names are not counted: see `subscriptions`.
    """
    rows = _rows(run, ctx)
    pasts: list[_Past] = []
    asked = _subscriptions(ctx)
    doubts = [
        f"subscription {hidden} cannot be read, and may hold machines of earlier runs"
        for hidden in sorted(set(asked) - readable(ctx.graph, asked))
    ]
    for what, found in _asked(run, ctx.config, rows).items():
        try:
            pasts += _pasts(what, found, run, ctx)
        except CannotTell as why:
            doubts.append(str(why))
    early = [past for past in pasts if not past.finished]
    objections = [f"{short_run(past.run)} has not ended yet" for past in early]
    results = tallies(ctx.graph, [p.run for p in pasts if p.finished], asked)
    for tally in results.values():
        try:
            objections += _objection(tally, ctx.config.max_failed_percent)
        except CannotTell as why:
            doubts.append(str(why))
    return _verdict(objections, doubts, list(results.values()))


def _verdict(objections: list[str], doubts: list[str], results: list[Tally]) -> Verdict:
    evidence = {short_run(tally.run): tally.told for tally in results}
    if objections:
        more = f"; and {len(objections) - _NAMED} more" if len(objections) > _NAMED else ""
        return blocked("; ".join(objections[:_NAMED]) + more, **evidence)
    if doubts:
        more = f"; and {len(doubts) - _NAMED} more" if len(doubts) > _NAMED else ""
        raise CannotTell("; ".join(doubts[:_NAMED]) + more)
    return passed(**evidence) if evidence else passed("its first run")


def _subscriptions(ctx: Context[PreviousRuns]) -> tuple[str, ...]:
    config = ctx.config
    return all_asked(ctx.run, (*_subscriptions_of(config.rings), *config.subscriptions))


def _rows(run: Run, ctx: Context[PreviousRuns]) -> Sequence[Row]:
    rings = ctx.config.rings
    ids = ["/" + ring.strip("/") for ring in rings if "/" in ring]
    return ctx.graph.ask(
        _QUERY,
        subscriptions=_subscriptions(ctx),
        configurations=[*ids, run.configuration_id],
        names=[ring for ring in rings if "/" not in ring] or ["/"],
        since=ctx.now - timedelta(days=ctx.config.max_age_days),
    )


def _asked(run: Run, config: PreviousRuns, rows: Sequence[Row]) -> Mapping[str, list[Row]]:
    """What is looked at, as the policy names it, and its rows. "" is this configuration itself."""
    by_configuration: dict[str, list[Row]] = {}
    for row in rows:
        by_configuration.setdefault(text(row, "configuration").lower(), []).append(row)
    asked = {"": by_configuration.get(run.configuration_id.lower(), [])} if config.own else {}
    for ring in config.rings:
        wanted = "/" + ring.strip("/").lower()
        asked[ring] = [
            row
            for configuration, own in by_configuration.items()
            if (configuration == wanted if "/" in ring else configuration.endswith(wanted))
            for row in own
        ]
    return asked


def _pasts(what: str, rows: list[Row], run: Run, ctx: Context[PreviousRuns]) -> list[_Past]:
    """The last run of each configuration among the rows. Raises `CannotTell` if there is none."""
    own = run.id.lower()
    earlier: dict[str, list[_Past]] = {}
    for row in rows:
        if text(row, "run").lower() != own and standing(text(row, "status")) != "cancelled":
            past = _past(row, ctx)
            if past.starts < run.start:
                earlier.setdefault(text(row, "configuration").lower(), []).append(past)
    if earlier:
        return [max(pasts, key=lambda past: past.starts) for pasts in earlier.values()]
    days = f"{ctx.config.max_age_days:g} days"
    if what:
        but = ", but for cancelled ones" if rows else ""
        raise CannotTell(f"maintenanceresources shows no run of the ring {what} in {days}{but}")
    if not rows:
        raise CannotTell(
            "maintenanceresources shows no run of this configuration, not even this one"
        )
    if ctx.config.first_run == "unknown":
        raise CannotTell(
            f"maintenanceresources shows no earlier run of this configuration in {days}"
        )
    return []


def _past(row: Row, ctx: Context[PreviousRuns]) -> _Past:
    starts, ends = moment(row.get("starts")), moment(row.get("ends"))
    run = text(row, "run")
    if starts is None:
        raise CannotTell(f"maintenanceresources does not say when {short_run(run)} started")
    finished = is_over(text(row, "status")) or (ends is not None and ends <= ctx.now)
    return _Past(run=run, starts=starts, finished=finished)


def _objection(tally: Tally, most: float) -> list[str]:
    if not tally.counted:
        raise CannotTell(
            f"no machine of {short_run(tally.run)} can be seen in maintenanceresources"
        )
    if tally.failed * 100 > most * tally.counted:
        return [f"{short_run(tally.run)}: {tally.told}, more than {most:g} %"]
    if (tally.failed + tally.unclear) * 100 > most * tally.counted:
        words = ", ".join(tally.words[:_NAMED])
        raise CannotTell(
            f"{short_run(tally.run)}: {tally.unclear} of {tally.counted} machines are in no state"
            f" that is final and known: {words}"
        )
    return []

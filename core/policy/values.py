"""The site's policy, resolved for one maintenance configuration: what a gate goes by.

Every value has a safe default, so an empty or missing file is legal and means: every check is
required, and whatever is unknown cancels. `core.policy.file` makes policies of `gate.toml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any, Literal

from core.errors import shorten
from core.policy.keys import Key, choice, count_or_share, megabytes, seconds, switch

__all__ = ["CheckPolicy", "Doubt", "PluginTable", "Policy", "allowed_blocked", "dotted"]

Doubt = Literal["cancel", "proceed"]
PluginTable = Literal["checks", "actions"]
_BARE = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckPolicy:
    """What the site says about one check, or one action; None leaves the author's own choice.

    Times are in seconds and `memory` in megabytes. `tolerance` is how many blocked machines are
    still acceptable: a number, or a share of the machines asked such as `"5%"`. `config` is the
    check's own, as plain JSON types; nothing has validated it yet.
    """

    enabled: Annotated[bool | None, Key("Ask the check. A table of it says yes.", switch())] = None
    advisory: Annotated[
        bool | None,
        Key("Show what the check says, and never cancel for it.", switch(), shared=True),
    ] = None
    on_unknown: Annotated[
        Doubt | None,
        Key("What to do when this check gives no answer.", choice("cancel", "proceed")),
    ] = None
    timeout: Annotated[
        float | None,
        Key(
            "Seconds that the check may take each time it is asked.",
            seconds(0, 3600, above=True),
            shared=True,
        ),
    ] = None
    patience: Annotated[
        float | None,
        Key(
            "Seconds during which the check is asked again until it passes; 0: it is asked once.",
            seconds(0, 3600),
            shared=True,
        ),
    ] = None
    every: Annotated[
        float | None,
        Key("Seconds from one asking to the next, within patience.", seconds(1, 3600), shared=True),
    ] = None
    tolerance: Annotated[
        int | str,
        Key(
            'Blocked machines that are acceptable: a number, or a share such as "5%".',
            count_or_share(),
            shared=True,
        ),
    ] = 0
    isolation: Annotated[
        Literal["thread", "process"] | None,
        Key(
            "Where the check runs. A process is killed when its time is over.",
            choice("thread", "process"),
            shared=True,
        ),
    ] = None
    memory: Annotated[
        int | None,
        Key("Megabytes that the check's process may take.", megabytes(64, 8192), shared=True),
    ] = None
    config: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The rules of one gate.

    `reserve` is in seconds and belongs to the cancel call, `grace` in
    seconds after the end of the window.

    `on_unknown` is the site's word about every check that gives no answer; None leaves it to the
    check's author, whose usual word is "cancel". `checks` has the whole rule of each check that
    has a table, `defaults` the rule of every other; `actions` those of actions, in the order of the
    file, which is the order in which they are done. `sources` tells where each value was set:
    `checks.opt_out_tag.config.tag` → `gate.toml:31 [[for]] weekly-*`.

    `problem` says what is wrong with the policy file: then nothing in it is in force, every check
    is UNKNOWN, and the gate cancels unless `on_unknown` is "proceed".
    """

    mode: Annotated[
        Literal["enforce", "observe"],
        Key(
            '"enforce" cancels; "observe" does all but that, and reports what would have happened.',
            choice("enforce", "observe"),
        ),
    ] = "enforce"
    on_unknown: Annotated[
        Doubt | None,
        Key(
            "What to do when a check gives no answer, whatever its author says.",
            choice("cancel", "proceed"),
        ),
    ] = None
    on_gap: Annotated[
        Doubt,
        Key(
            "What to do when machines of the run cannot be seen.",
            choice("cancel", "proceed"),
        ),
    ] = "cancel"
    reserve: Annotated[
        float,
        Key("Seconds before the cut-off that belong to the cancel call alone.", seconds(0, 1500)),
    ] = 120.0
    grace: Annotated[
        float,
        Key(
            "Seconds after a run's window until what was changed before it is put back without a"
            " post event.",
            seconds(0, 86400),
        ),
    ] = 3600.0
    defaults: CheckPolicy = field(default_factory=CheckPolicy)
    checks: dict[str, CheckPolicy] = field(default_factory=dict)
    actions: dict[str, CheckPolicy] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    problem: str | None = None

    def of(self, name: str, table: PluginTable = "checks") -> CheckPolicy:
        """What the site says about that check, or that action."""
        if table == "actions":
            return self.actions.get(name) or CheckPolicy()
        return self.checks.get(name) or self.defaults

    def source(self, plugin: str, name: str, table: PluginTable = "checks") -> str | None:
        """Where the value of that key is set, as far as that check (or action) goes; None: nowhere.

        That is its own table, or for a check `[defaults]`, or for `on_unknown` the top.
        """
        own = self.sources.get(dotted((table, plugin, name)))
        if own is None and name == "on_unknown":
            return self.sources.get(name)
        return own or (self.sources.get(f"defaults.{name}") if table == "checks" else None)

    def place(self, *path: str) -> str | None:
        """Where that value is set, or else the table that it would stand in; None: nowhere.

        `place("checks", "opt_out_tag", "config", "tag")` is for whoever validates configs.
        """
        for length in range(len(path), 0, -1):
            part = dotted(path[:length])
            if part in self.sources:
                return self.sources[part]
            for name, source in self.sources.items():
                if name.startswith(f"{part}."):
                    return source
        return None

    @classmethod
    def broken(cls, problem: str, on_unknown: Doubt | None = None) -> Policy:
        """The policy in force while the file cannot be used: the defaults, and the problem.

        `on_unknown` is the environment's word, which holds when the file has none:
        see `Settings.on_unknown`.
        """
        return cls(problem=problem, on_unknown=on_unknown)


def allowed_blocked(tolerance: int | str, asked: int) -> int:
    """How many of `asked` machines may be blocked before the check speaks against the run."""
    if isinstance(tolerance, int):
        return tolerance
    return int(asked * Decimal(tolerance.removesuffix("%")) / 100)


def dotted(path: Iterable[str | int]) -> str:
    """The path of a key as a TOML file would write it; a place in an array is left out."""
    return ".".join(_part(part) for part in path if isinstance(part, str))


def _part(part: str) -> str:
    if _BARE.fullmatch(part):
        return shorten(part, 60)
    return '"{}"'.format(shorten(part, 60).replace('"', '\\"'))

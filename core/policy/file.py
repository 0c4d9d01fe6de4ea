"""A policy file as it was read: its top, and its `[[for]]` blocks. It gives each gate its policy.

The most specific block that is for a configuration wins, value by value; what no block sets, the
top of the file does. A value is one key; of a check's config each key is a value, whatever is in
it. A check's own value goes before that of `[defaults]`, wherever the two stand.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import Any

from core.errors import shorten
from core.ids import ConfigurationId
from core.policy.match import Match
from core.policy.values import CheckPolicy, PluginTable, Policy, dotted

__all__ = ["TABLES", "Block", "PolicyFile", "Setting", "hint", "no_check", "unknown"]

TABLES: tuple[PluginTable, ...] = ("actions", "checks")

_Path = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One value of a block, of plain JSON types, with its line.

    `path` is `("mode",)`, `("defaults", "timeout")`, `("checks", NAME, "timeout")` or
    `("checks", NAME, "config", KEY)`; and `("checks", NAME)`, without a value, says that the check
    has a table here. The same of `("actions", …)`.
    """

    path: tuple[str, ...]
    value: Any = None
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """What a `[[for]]` block sets and for which configurations, or what the top sets for all."""

    match: Match = field(default_factory=Match)
    settings: tuple[Setting, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFile:
    """All of a legal file, as plain values that cross the wire. `PolicyFile()` is an empty one."""

    name: str = "gate.toml"
    top: Block = field(default_factory=Block)
    blocks: tuple[Block, ...] = ()

    def of(self, configuration: ConfigurationId, tags: Mapping[str, str] | None = None) -> Policy:
        """The policy of that configuration.

        `tags` are the configuration's; while they are None, no block that asks for tags applies,
        and `wants_tags` says whether that matters.
        """
        return self._policy(
            block
            for block in self._by_rank(configuration)
            if block.match.rank(configuration, tags) is not None
        )

    def in_doubt(self, configuration: ConfigurationId) -> Policy:
        """The policy of that configuration while nobody can say what its tags are.

        No block that asks for tags applies, but what such a block might have kept from passing does
        not pass: `mode`, `on_unknown` and `on_gap` are the strictest that any of these blocks could
        make them.
        """
        policy = self.of(configuration)
        for other in self._possible(configuration):
            policy = _stricter(policy, other)
        return policy

    def _possible(self, configuration: ConfigurationId) -> Iterator[Policy]:
        """With each block by tags alone: whatever several come to, it is what one of them says."""
        ranked = self._by_rank(configuration)
        for one in ranked:
            if one.match.tags:
                yield self._policy(b for b in ranked if b is one or not b.match.tags)

    def _by_rank(self, configuration: ConfigurationId) -> list[Block]:
        """The blocks that are for it, or would be if it had the tags; the most specific last."""
        ranked = [
            (rank, block)
            for block in self.blocks
            if (rank := block.match.rank_at_most(configuration)) is not None
        ]
        # The order of the file is kept among those that are as specific, so the later wins.
        ranked.sort(key=itemgetter(0))
        return [block for _, block in ranked]

    def wants_tags(self, configuration: ConfigurationId) -> bool:
        """Whether the policy of that configuration cannot be told without its tags."""
        return any(block.match.wants_tags(configuration) for block in self.blocks)

    def each(self) -> tuple[Policy, ...]:
        """The policy without any block, then that with each block alone: to validate them all."""
        return (self._policy(()), *(self._policy((block,)) for block in self.blocks))

    def mentions(self, table: PluginTable = "checks") -> Iterator[tuple[str, str]]:
        """Every check (or action) that has a table anywhere in the file, with its place."""
        for block in (self.top, *self.blocks):
            for setting in block.settings:
                if _is_table(setting.path) and setting.path[0] == table:
                    yield setting.path[1], self._place(block, setting)

    def _policy(self, blocks: Iterable[Block]) -> Policy:
        """Of the top and these blocks, the most specific last."""
        said: dict[_Path, tuple[Any, str]] = {}
        for block in (self.top, *blocks):
            for setting in block.settings:
                said[setting.path] = setting.value, self._place(block, setting)
        checks, actions = _named(said, "checks"), _named(said, "actions")
        for path in [path for path in said if _is_table(path)]:
            _, place = said.pop(path)
            said.setdefault((*path, "enabled"), (True, place))
        return Policy(
            **_under(said, ()),
            defaults=CheckPolicy(**_under(said, ("defaults",))),
            checks={name: _rule(said, "checks", name) for name in sorted(checks)},
            actions={name: _rule(said, "actions", name) for name in actions},
            sources={dotted(path): place for path, (_, place) in said.items()},
        )

    def _place(self, block: Block, setting: Setting) -> str:
        place = f"{self.name}:{setting.line}"
        return place if block is self.top else f"{place} [[for]] {shorten(str(block.match), 80)}"


def unknown(
    policy: Policy | PolicyFile, known: Collection[str], table: PluginTable = "checks"
) -> tuple[str, ...]:
    """A sentence, with its place, for each check (or action) that has a table and is not there."""
    if isinstance(policy, PolicyFile):
        mentions = list(policy.mentions(table))
    else:
        named = policy.checks if table == "checks" else policy.actions
        mentions = [(name, policy.place(table, name) or "") for name in named]
    return tuple(
        f"{place}: {no_check(name, known, table)}".removeprefix(": ")
        for name, place in mentions
        if name not in known
    )


def no_check(name: str, known: Collection[str], table: PluginTable = "checks") -> str:
    """That there is no check (or action) of that name, and which was probably meant."""
    word = table.removesuffix("s")
    return f"{dotted((table, name))}: there is no such {word}; {hint(name, known)}"


def hint(word: str, known: Collection[str]) -> str:
    """What was probably meant by a word that is none of these; or else all that could be."""
    near = difflib.get_close_matches(word, known, n=1)
    return f"did you mean {near[0]}?" if near else f"there are {', '.join(sorted(known))}"


def _stricter(policy: Policy, other: Policy) -> Policy:
    """The policy, with the words of the other that are stricter."""
    words: dict[str, Any] = {}
    if other.mode == "enforce" != policy.mode:
        words["mode"] = other.mode
    if other.on_gap == "cancel" != policy.on_gap:
        words["on_gap"] = other.on_gap
    # The word about all checks is for those that have none of their own, so theirs counts too.
    own = {rule.on_unknown for rule in other.checks.values()}
    if policy.on_unknown == "proceed" and (other.on_unknown != "proceed" or "cancel" in own):
        words["on_unknown"] = "cancel"
    places = {key: place for key in words if (place := other.sources.get(key)) is not None}
    return replace(policy, **words, sources=policy.sources | places)


def _is_table(path: _Path) -> bool:
    return len(path) == 2 and path[0] in TABLES


def _named(said: Mapping[_Path, Any], table: PluginTable) -> dict[str, None]:
    """The names of that table, in the order in which they were first said."""
    return dict.fromkeys(path[1] for path in said if path[0] == table)


def _under(said: Mapping[_Path, tuple[Any, str]], table: _Path) -> dict[str, Any]:
    """The keys of that table, with their values."""
    return {path[-1]: value for path, (value, _) in said.items() if path[:-1] == table}


def _rule(said: Mapping[_Path, tuple[Any, str]], table: PluginTable, name: str) -> CheckPolicy:
    """What it says itself; a check also what `[defaults]` says, which is about judging."""
    shared = _under(said, ("defaults",)) if table == "checks" else {}
    own = shared | _under(said, (table, name))
    return CheckPolicy(**own, config=_under(said, (table, name, "config")))

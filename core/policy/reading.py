"""Read a policy file, and say everything that is wrong with it at once, each with its line."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date, time
from difflib import get_close_matches
from typing import Any

from core.errors import BadId, BadPolicy, shorten
from core.ids import ConfigurationId
from core.policy.file import TABLES, Block, PolicyFile, Setting, hint
from core.policy.keys import Key, keys_of
from core.policy.lines import Path
from core.policy.match import Match
from core.policy.toml import read_toml
from core.policy.values import CheckPolicy, Policy, dotted

__all__ = ["CHECK_KEYS", "CHECK_NAME", "DEFAULT_KEYS", "TOP_KEYS", "parse_policy_file"]

TOP_KEYS = keys_of(Policy)
CHECK_KEYS = keys_of(CheckPolicy)
DEFAULT_KEYS = {name: key for name, key in CHECK_KEYS.items() if key.shared}
CHECK_NAME = "[a-z][a-z0-9_]{0,63}"

_MOST = 100  # problems that are told


def parse_policy_file(text: str | bytes, name: str = "gate.toml") -> PolicyFile:
    """Read a policy file; `name` is what sentences and sources call it.

    Whatever is in it, raises nothing but `BadPolicy`, which has a sentence for each thing that is
    wrong: `gate.toml:14: checks.opt_out_tag.tolerence: there is no such key; did you mean
    tolerance?` Only a file that is not TOML hides what else is wrong with it.
    """
    table, lines = read_toml(text, name)
    reading = _Reading(lines)
    file = PolicyFile(
        name=name,
        top=Block(settings=reading.block((), table, also=("for",))),
        blocks=tuple(reading.blocks(table.get("for", []))),
    )
    if not reading.problems:
        return file
    told = [f"{name}:{line}: {sentence}" for line, sentence in sorted(reading.problems)]
    more = [f"{name}: and {len(told) - _MOST} more"] if len(told) > _MOST else []
    raise BadPolicy((*told[:_MOST], *more))


class _Reading:
    """What is legal is read; `problems` has a line and a sentence for each thing that is not."""

    def __init__(self, lines: Mapping[Path, int]) -> None:
        self._lines = lines
        self.problems: list[tuple[int, str]] = []

    def _line(self, path: Path) -> int:
        return self._lines.get(path, 1)

    def _wrong(self, path: Path, why: str) -> None:
        self.problems.append((self._line(path), f"{dotted(path)}: {why}"))

    def _bad(self, path: Path, legal: str, value: object) -> None:
        self._wrong(path, f"must be {legal} (is {_shown(value)})")

    def _setting(self, path: Path, at: Path, value: Any = None) -> Setting:
        within = tuple(str(part) for part in path[len(at) :])
        return Setting(path=within, value=value, line=self._line(path))

    # The top and the blocks

    def blocks(self, tables: object) -> Iterator[Block]:
        """The `[[for]]` blocks."""
        if not isinstance(tables, list):
            self._wrong(("for",), "must be an array of tables: write [[for]], in two brackets")
            return
        for place, table in enumerate(tables):
            at = ("for", place)
            if isinstance(table, dict):
                match = self._match(at, table)
                yield Block(match=match, settings=self.block(at, table, also=_MATCH))
            else:
                self._bad(at, "a table", table)

    def block(
        self, at: Path, table: Mapping[str, Any], also: Collection[str]
    ) -> tuple[Setting, ...]:
        """What a block sets; `also` are keys of its own, which others read."""
        inner = ("defaults", *TABLES)
        settings = list(self._keys(at, at, table, TOP_KEYS, also=(*inner, *also)))
        for name in inner:
            path, value = (*at, name), table.get(name, {})
            if not isinstance(value, dict):
                self._bad(path, "a table", value)
            elif name == "defaults":
                settings += self._keys(path, at, value, DEFAULT_KEYS)
            else:
                settings += self._plugins(path, at, value)
        self._rhythm(at, {setting.path: setting.value for setting in settings})
        return tuple(settings)

    def _keys(
        self,
        path: Path,
        at: Path,
        table: Mapping[str, Any],
        keys: Mapping[str, Key],
        *,
        also: Collection[str] = (),
    ) -> Iterator[Setting]:
        for name, value in table.items():
            where = (*path, name)
            key = keys.get(name)
            if key is None:
                if name not in also:
                    self._unknown(where, (*keys, *also), value)
            elif key.kind.accepts(value):
                yield self._setting(where, at, key.kind.read(value))
            else:
                self._bad(where, key.kind.legal, value)

    def _plugins(self, path: Path, at: Path, tables: Mapping[str, Any]) -> Iterator[Setting]:
        for name, table in tables.items():
            where = (*path, name)
            if not re.fullmatch(CHECK_NAME, name):
                whose = _WHOSE[str(path[-1])]
                self._wrong(where, f"{whose} name is a lower-case word of letters, digits and _")
            elif not isinstance(table, dict):
                self._bad(where, "a table", table)
            else:
                yield self._setting(where, at)
                yield from self._keys(where, at, table, CHECK_KEYS, also=("config",))
                yield from self._config((*where, "config"), at, table.get("config", {}))

    def _config(self, path: Path, at: Path, config: object) -> Iterator[Setting]:
        if not isinstance(config, dict):
            self._bad(path, "a table", config)
            return
        for name, value in self._plain(path, config).items():
            yield self._setting((*path, name), at, value)

    def _rhythm(self, at: Path, said: Mapping[tuple[str, ...], Any]) -> None:
        """No check may wait longer for its next asking than it is asked at all."""
        ours = [path for path in said if "config" not in path[2:-1]]
        rhythms = {path[:-1]: path for path in ours if path[-1] in ("patience", "every")}
        for table, path in rhythms.items():
            above = ("defaults",) if table[:1] == ("checks",) else table
            patience, every = (
                said.get((*table, key), said.get((*above, key))) for key in ("patience", "every")
            )
            if patience and every and every > patience:
                why = (
                    f"every {every:g} seconds is less often than a patience of {patience:g} allows"
                )
                self._wrong((*at, *path), why)

    # Which configurations a block is for

    def _match(self, at: Path, table: Mapping[str, Any]) -> Match:
        if not table.keys() & set(_MATCH):
            self._wrong(at, 'needs configurations = ["weekly-*"], or tags = { env = "prod" }')
        patterns = self._patterns((*at, "configurations"), table.get("configurations"))
        return Match(configurations=patterns, tags=self._tags((*at, "tags"), table.get("tags")))

    def _patterns(self, path: Path, patterns: object) -> tuple[str, ...]:
        if patterns is None:
            return ()
        if not isinstance(patterns, list) or not patterns:
            self._bad(path, "an array of globs", patterns)
            return ()
        for place, pattern in enumerate(patterns):
            if why := _no_pattern(pattern):
                self._wrong((*path, place), f"{why} (is {_shown(pattern)})")
        return tuple(str(pattern) for pattern in patterns)

    def _tags(self, path: Path, tags: object) -> dict[str, str]:
        if tags is None:
            return {}
        if not isinstance(tags, dict) or not tags:
            self._bad(path, 'a table of tags, such as { env = "prod*" }', tags)
            return {}
        for name, value in tags.items():
            if name.startswith("__"):
                self._wrong((*path, name), _NOT_PLAIN)
            if not isinstance(value, str):
                self._bad((*path, name), "a glob on the tag's value", value)
        return {name: str(value) for name, value in tags.items()}

    # What is not a key, and what a check's own may hold

    def _unknown(self, path: Path, known: Collection[str], value: object) -> None:
        where = _opposite(path, known, value) or _elsewhere(path) or hint(str(path[-1]), known)
        self._wrong(path, f"there is no such key; {where}")

    def _plain(self, path: Path, value: Any) -> Any:
        """The value as plain JSON, which is what crosses borders; dates as ISO 8601 text."""
        if isinstance(value, dict):
            for name in value:
                if name.startswith("__"):
                    self._wrong((*path, name), _NOT_PLAIN)
            return {name: self._plain((*path, name), inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self._plain((*path, place), inner) for place, inner in enumerate(value)]
        if isinstance(value, date | time):
            return value.isoformat()
        if isinstance(value, float) and not math.isfinite(value):
            self._bad(path, "finite", value)
        elif isinstance(value, int) and not -(2**63) <= value < 2**63:
            self._bad(path, "a number of 64 bits", value)
        return value


_MATCH = ("configurations", "tags")
_WHOSE = {"actions": "an action's", "checks": "a check's"}
# Such a name would mean something to a decoder on the way.
_NOT_PLAIN = "a key may not begin with two _"
_IDS = "/subscriptions/"  # how each begins


def _no_pattern(pattern: object) -> str | None:
    """What is wrong with a glob on configurations."""
    if not isinstance(pattern, str) or not pattern:
        return "must be a glob on a configuration's name, or from / on its id"
    if pattern != pattern.strip():
        return "begins or ends with a blank, which nothing that it could match does"
    if not pattern.startswith("/"):
        return "is for a name, which holds no /: begin it with /" if "/" in pattern else None
    if set(pattern) & set("*?["):
        literal = re.split(r"[*?[]", pattern.lower(), maxsplit=1)[0]
        begins = literal.startswith(_IDS) or _IDS.startswith(literal)
        return None if begins else f"matches no id: each begins with {_IDS}"
    try:
        ConfigurationId.parse(pattern)
    except BadId as error:
        return error.why
    return None


def _opposite(path: Path, known: Collection[str], value: object) -> str | None:
    """How to say that a check is required: by the key that says the opposite."""
    if path[-1] != "required" or "advisory" not in known or not isinstance(value, bool):
        return None
    return "write advisory = false, which is the default" if value else "write advisory = true"


def _elsewhere(path: Path) -> str | None:
    """Where a key that is not legal here would be."""
    name, table = path[-1], path[:-1]
    if name in TOP_KEYS:
        return "it belongs at the top, or directly under [[for]]"
    if name in _MATCH:
        return "it belongs directly under [[for]]"
    if name in DEFAULT_KEYS and "actions" not in table:
        return "it belongs in [defaults] or [checks.NAME]"
    if name in CHECK_KEYS:
        return "it belongs in [checks.NAME]"
    word = next((word for word in TABLES if word in table), None)
    if word and not get_close_matches(str(name), CHECK_KEYS, n=1):
        return f"what is the {word.removesuffix('s')}'s own belongs in [{dotted(table)}.config]"
    return None


def _shown(value: object) -> str:
    """A value as the file would write it, cut to a sane size."""
    if isinstance(value, dict | list):
        return "a table" if isinstance(value, dict) else "an array"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date | time):
        return value.isoformat()
    shown = shorten(value, 60)
    return f'"{shown}"' if isinstance(value, str) else shown

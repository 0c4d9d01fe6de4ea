"""Which maintenance configurations a block of the policy file is for, and how specific it is."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from core.ids import ConfigurationId

__all__ = ["Match", "Rank"]

# The greater, the more specific: see `Match.rank`.
Rank = tuple[int, ...]

_WILD = re.compile(r"\[!?\]?[^\]]*\]|[*?]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Globs (`*`, `?`, `[abc]`) on a maintenance configuration, all without case.

    A pattern of `configurations` that begins with / is for the id, any other for the name; one of
    them must match, and so must every one of `tags`, a glob on the value of that tag. What is
    empty asks nothing, so `Match()` is for every configuration.
    """

    configurations: tuple[str, ...] = ()
    tags: dict[str, str] = field(default_factory=dict)

    def rank(self, configuration: ConfigurationId, tags: Mapping[str, str] | None) -> Rank | None:
        """How specific this is for that configuration; None when it is not for it.

        Compared from left to right: an id beats a name, a name a glob; of globs the one with more
        literal characters wins (to ask nothing is like `*`); then the one with more tags, then more
        tags without a wildcard, then more literal characters in the tags' values. `tags` is None
        while nobody knows them: then no block that asks for tags is for the configuration.
        """
        return self.rank_at_most(configuration) if self._tagged(tags) else None

    def rank_at_most(self, configuration: ConfigurationId) -> Rank | None:
        """The rank if the configuration has the tags that are asked for; None if none would do."""
        by_name = self._named(configuration)
        if by_name is None:
            return None
        values = self.tags.values()
        exact = sum(_is_exact(value) for value in values)
        return (*by_name, len(values), exact, sum(map(_literal, values)))

    def wants_tags(self, configuration: ConfigurationId) -> bool:
        """Whether it takes the configuration's tags to know if this is for it."""
        return bool(self.tags) and self._named(configuration) is not None

    def __str__(self) -> str:
        return ", ".join((*self.configurations, *(f"{k}={v}" for k, v in self.tags.items())))

    def _named(self, configuration: ConfigurationId) -> tuple[int, int] | None:
        ranks = [_rank(pattern, configuration) for pattern in self.configurations or ("*",)]
        return max((rank for rank in ranks if rank is not None), default=None)

    def _tagged(self, tags: Mapping[str, str] | None) -> bool:
        if not self.tags:
            return True
        known = {name.lower(): value for name, value in (tags or {}).items()}
        return all(
            name.lower() in known and _matches(glob, known[name.lower()])
            for name, glob in self.tags.items()
        )


def _rank(pattern: str, configuration: ConfigurationId) -> tuple[int, int] | None:
    is_id = pattern.startswith("/")
    if not _matches(pattern, str(configuration) if is_id else configuration.name):
        return None
    return (2 if is_id else 1, 0) if _is_exact(pattern) else (0, _literal(pattern))


def _matches(pattern: str, text: str) -> bool:
    return fnmatch.fnmatchcase(text.lower(), pattern.lower())


def _is_exact(pattern: str) -> bool:
    return not _WILD.search(pattern)


def _literal(pattern: str) -> int:
    return len(_WILD.sub("", pattern))

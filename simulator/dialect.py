"""Where Resource Graph's language differs from the Kusto that DuckDB is taught.

Source: https://learn.microsoft.com/azure/governance/resource-graph/concepts/query-language
"""

from __future__ import annotations

import re

from simulator.table_names import TABLES

__all__ = ["depends_on_time", "forbidden", "tables_in", "translatable"]

_MOST_JOINS = 3
_MOST_EXPANDS = 3
_MOST_EXPANDED = 400
_JOIN_KINDS = ("innerunique", "inner", "leftouter", "fullouter")
_JOINED_FREELY = {"resources", "resourcecontainers"}
_EXPAND_LIMIT = re.compile(r"\|\s*mv-?expand\b[^|]*?\blimit\s+(\d+)")
_JOIN = re.compile(r"\|\s*join\b\s*((?:[\w.]+\s*=\s*\w+\s*)*)\(\s*(\w+)")
_OPTION = re.compile(r"([\w.]+)\s*=\s*(\w+)")
# Text and comments, in which nothing is a keyword.
_QUIET = re.compile(
    r"""//[^\n]*|@'(?:[^']|'')*'|@"(?:[^"]|"")*"|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*\""""
)

# The column `kind`, and not the `kind=` of an operator.
_KIND = re.compile(rf"({_QUIET.pattern})|(?<![\w.])kind\b(?!\s*=[^=~])")
_WORD = re.compile(r"[A-Za-z_]\w*")
_TIME = re.compile(r"\b(?:now|ago)\s*\(")


def forbidden(kql: str) -> str | None:
    """Why Resource Graph would refuse this query although it is Kusto; None if it would not."""
    code = _QUIET.sub(" ''", kql).strip()
    if not code.strip("' "):
        return "The query is empty"
    if code.lstrip("' \n").startswith("."):
        return "Management commands are not supported"
    if ";" in code or re.match(r"['\s]*(let|declare|set)\b", code):
        return "Query contains more than one statement; 'let' is not supported"
    if len(re.findall(r"\|\s*(?:join|union)\b", code)) > _MOST_JOINS:
        return f"Table join and union operations exceed the limit of {_MOST_JOINS}"
    if len(re.findall(r"\|\s*mv-?expand\b", code)) > _MOST_EXPANDS:
        return f"mv-expand operations exceed the limit of {_MOST_EXPANDS}"
    return _forbidden_expand(code) or _forbidden_join(code)


def _forbidden_expand(code: str) -> str | None:
    if any(int(limit) > _MOST_EXPANDED for limit in _EXPAND_LIMIT.findall(code)):
        return f"mv-expand: the row limit can be {_MOST_EXPANDED} at most"
    return None


def _forbidden_join(code: str) -> str | None:
    """Published: four kinds, no hints, and one join with another table than the query's first."""
    joins = _JOIN.findall(code)
    for name, value in (option for join, _ in joins for option in _OPTION.findall(join)):
        if name != "kind":
            return f"join: custom strategies such as {name} are not supported"
        if value not in _JOIN_KINDS:
            return f"join kind={value} is not supported; supported are {', '.join(_JOIN_KINDS)}"
    first = _WORD.search(code)
    own = first[0].lower() if first else ""
    others = [table.lower() for _, table in joins if table.lower() != own]
    if len(others) > 1 and not {own, *others} <= _JOINED_FREELY:
        return f"join: only one may be with another table, and {', '.join(others)} are more"
    return None


def depends_on_time(kql: str) -> bool:
    """The query's answer may change although no row does."""
    return bool(_TIME.search(_QUIET.sub(" ''", kql)))


def tables_in(kql: str) -> frozenset[str]:
    """The tables that the query may read, in lower case: Resource Graph takes them in any."""
    words = map(str.lower, _WORD.findall(_QUIET.sub(" ''", kql)))
    return frozenset(words) & frozenset(TABLES)


def translatable(kql: str) -> str:
    """The query as duckdb-kql can read it: 1.1 takes a bare `kind` for a keyword everywhere."""
    return _KIND.sub(lambda found: found[1] or "['kind']", kql)

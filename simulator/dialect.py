"""What Resource Graph forbids and Kusto allows.

Source: https://learn.microsoft.com/azure/governance/resource-graph/concepts/query-language
"""

from __future__ import annotations

import re

__all__ = ["forbidden"]

_MOST_JOINS = 3
_MOST_EXPANDS = 3
# Text and comments, in which nothing is a keyword.
_QUIET = re.compile(r"""//[^\n]*|@'(?:[^']|'')*'|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*\"""")


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
    return None

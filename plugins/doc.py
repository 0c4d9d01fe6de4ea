"""What the docstring of a check or an action says, paragraph by paragraph.

    \"\"\"Every machine is running.

    Asks: Resource Graph's `resources`.

    Blocks when: a machine is off.
    \"\"\"

The first paragraph is what must be so. Others may begin with a few words and a colon, which say
what they are about; those of `KNOWN` have a meaning for the docs, and for the tests of a check.
"""

from __future__ import annotations

import inspect
import re

__all__ = ["KNOWN", "paragraphs"]

KNOWN = (
    "Asks",
    "Changes",
    "Remembers",
    "Undo",
    "Blocks when",
    "Fails when",
    "UNKNOWN when",
    "Skipped when",
    "No row",
    "Rights",
)
_HEAD = re.compile(r"([A-Z][A-Za-z]*(?: [a-z]+){0,2}):\s+(.*)", re.DOTALL)


def paragraphs(doc: str) -> list[tuple[str, str]]:
    """Each paragraph as (its head, its text on one line); the head is empty without one."""
    blocks = [block.strip() for block in re.split(r"\n\s*\n", inspect.cleandoc(doc))]
    return [_split(block) for block in blocks if block]


def _split(block: str) -> tuple[str, str]:
    found = _HEAD.fullmatch(block)
    head, text = found.groups() if found else ("", block)
    return head, " ".join(text.split())

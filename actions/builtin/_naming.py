"""Names that follow from a run and what is made for it, so that a repetition finds it there."""

from __future__ import annotations

import hashlib
import re

from core.model import Run

__all__ = ["EXPIRES", "RUN", "check_group", "digest", "name_for", "run_mark", "tag_of"]

RUN, EXPIRES = "patchgate-run", "patchgate-expires"  # tags of what is made for a run
_ILLEGAL = re.compile(r"[^A-Za-z0-9_-]+")
_GROUP = re.compile(r"[\w().-]{0,89}[\w()-]")


def digest(*parts: str) -> str:
    """Sixteen hexadecimal digits that stand for these parts. Letter case does not count."""
    return hashlib.sha256("\n".join(parts).lower().encode()).hexdigest()[:16]


def name_for(readable: str, *parts: str, longest: int = 80) -> str:
    """`readable`, as far as it is legal and there is room, and the digest of the parts."""
    room = longest - 17
    return f"{_ILLEGAL.sub('-', readable)[:room].strip('-')}-{digest(*parts)}"


def run_mark(run: Run) -> str:
    """What the tag `patchgate-run` says: a run's whole id may be too long for a tag."""
    return name_for(run.name, run.id)


def tag_of(tags: object, name: str) -> str:
    """The value of a tag, by its name without case; empty if there is none."""
    if not isinstance(tags, dict):
        return ""
    found = (value for key, value in tags.items() if str(key).lower() == name)
    return str(next(found, ""))


def check_group(name: str | None) -> None:
    """Raises `ValueError` for what can be no resource group."""
    if name is not None and (not _GROUP.fullmatch(name) or ".." in name):
        raise ValueError("resource_group must be the name of one")

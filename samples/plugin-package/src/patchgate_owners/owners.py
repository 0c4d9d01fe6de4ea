"""Whom to call when a machine does not come back: somebody must have said so."""

from __future__ import annotations

from dataclasses import dataclass

from checks import Context, Machine, Verdict, blocked, check, passed


@dataclass(frozen=True, slots=True, kw_only=True)
class Owners:
    """Which tags name an owner; one of them is enough."""

    tags: tuple[str, ...] = ("owner", "team")


@check
def has_owner(machine: Machine, ctx: Context[Owners]) -> Verdict:
    """Every machine is tagged with its owner.

    Asks: the machine's tags.

    Blocks when: none of the tags is there, or all of them are empty.

    UNKNOWN when: never.

    Skipped when: never.
    """
    for tag in ctx.config.tags:
        if owner := machine.tags.get(tag, "").strip():
            return passed(owner=owner)
    return blocked("nobody owns it", looked_for=", ".join(ctx.config.tags))

"""What makes a function an action."""

from __future__ import annotations

from pathlib import Path

from actions.context import Context
from plugins.kinds import Kind

__all__ = ["ACTIONS"]

ACTIONS = Kind(
    word="action",
    shipped=Path(__file__).parent / "builtin",
    package="actions.builtin",
    context=Context,
    bare=Context,
    legal=(
        "legal forms: (machine: Machine, ctx: Context) -> Result, (run: Run, ctx: Context) -> "
        "Result, (run: Run, ctx: Context) -> Mapping[str, Result | CannotTell], each also with "
        "ctx: Context[MyConfig], and each also as async def"
    ),
)

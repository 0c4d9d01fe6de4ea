"""What makes a function a check."""

from __future__ import annotations

from pathlib import Path

from plugins.api import Context
from plugins.kinds import Kind

__all__ = ["CHECKS"]

CHECKS = Kind(
    word="check",
    shipped=Path(__file__).parent / "builtin",
    package="checks.builtin",
    context=Context,
    legal=(
        "legal forms: (machine: Machine) -> Verdict, (run: Run) -> Verdict, (run: Run) -> "
        "Mapping[str, Verdict | CannotTell], each also with a second parameter (…, ctx: Context) "
        "or (…, ctx: Context[MyConfig]), and each also as async def"
    ),
)

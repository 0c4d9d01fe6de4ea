"""The two kinds of functions that are found, examined and asked alike: checks, and actions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.policy import PluginTable
from plugins.api import Word

__all__ = ["Kind"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What one kind is called, where it comes from and which forms of it are legal.

    `shipped` is the folder of those that come with Patchgate, as modules of `package`. `context` is
    the type of the second parameter, `bare` what one without an annotation is taken for, and
    `legal` a sentence with all legal forms.
    """

    word: Word
    shipped: Path
    package: str
    context: type[Any]
    legal: str
    bare: type[Any] | None = None

    @property
    def table(self) -> PluginTable:
        """Where the policy file speaks of them."""
        return "checks" if self.word == "check" else "actions"

    @property
    def own(self) -> str:
        """The folder of the user's own, which names their door as well."""
        return f"my_{self.word}s"

    @property
    def group(self) -> str:
        """The entry points of installed packages."""
        return f"patchgate.{self.word}s"

    def __str__(self) -> str:
        return self.word

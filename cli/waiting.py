"""A sign of life while something takes its time: on a terminal only, and beside the output."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

from rich.console import Console

__all__ = ["waiting"]


def waiting(what: str) -> AbstractContextManager[object]:
    """Show that `what` is being done until the block is left, and leave no trace of it."""
    console = Console(stderr=True)
    return console.status(what) if console.is_terminal else nullcontext()

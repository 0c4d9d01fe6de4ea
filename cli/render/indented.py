"""Anything moved to the right, and sections made of it.

There are no spaces at the ends of lines: output gets copied.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment
from rich.text import Text

from cli.render.words import heading

__all__ = ["Indented", "section"]


def section(title: str, body: RenderableType) -> Iterator[RenderableType]:
    """An empty line, the title, and what it is about."""
    yield Text()
    yield heading(title)
    yield Indented(body)


class Indented:
    """A renderable, some columns to the right."""

    def __init__(self, body: RenderableType, columns: int = 2) -> None:
        self._body, self._columns = body, columns

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        inner = options.update_width(max(1, options.max_width - self._columns))
        for line in console.render_lines(self._body, inner, pad=False):
            if kept := _trimmed(line):
                yield Segment(" " * self._columns)
                yield from kept
            yield Segment.line()


def _trimmed(line: list[Segment]) -> list[Segment]:
    kept = list(line)
    while kept and not kept[-1].text.strip(" "):
        kept.pop()
    if kept:
        last = kept[-1]
        kept[-1] = Segment(last.text.rstrip(" "), last.style, last.control)
    return kept

"""A command in a terminal of a fixed width, and the picture of what that terminal shows.

The picture is SVG by Rich's own export, with a frame that takes the reader's own fonts: Rich's
would have them fetched from elsewhere.
"""

from __future__ import annotations

import io
import os
import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout

import typer
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from cli.main import app

__all__ = ["WIDTH", "picture", "typed"]

WIDTH = 100  # characters
_FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
_FRAME = f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {{width}} {{height}}">
<style>
.{{unique_id}}-matrix {{{{ font: {{char_height}}px/{{line_height}}px {_FONTS}; }}}}
.{{unique_id}}-title {{{{ font: bold 16px sans-serif; }}}}
{{styles}}
</style>
<defs>
<clipPath id="{{unique_id}}-clip-terminal">
<rect width="{{terminal_width}}" height="{{terminal_height}}"/>
</clipPath>
{{lines}}
</defs>
{{chrome}}
<g transform="translate({{terminal_x}}, {{terminal_y}})"
  clip-path="url(#{{unique_id}}-clip-terminal)">
{{backgrounds}}
<g class="{{unique_id}}-matrix">
{{matrix}}
</g>
</g>
</svg>
"""
_THEME = TerminalTheme(
    (22, 27, 34),
    (222, 227, 233),
    [
        (72, 79, 88),
        (255, 123, 114),
        (87, 200, 106),
        (226, 178, 60),
        (121, 184, 255),
        (210, 168, 255),
        (86, 212, 221),
        (177, 186, 196),
    ],
)


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def typed(arguments: Sequence[str]) -> str:
    """What `patchgate …` writes on a terminal, its colours included."""
    screen = _Terminal()
    with _environment(), redirect_stdout(screen):
        try:
            app(list(arguments), standalone_mode=False)
        except (typer.Exit, SystemExit) as left:
            code = left.exit_code if isinstance(left, typer.Exit) else left.code
            if code not in (0, 1):
                raise RuntimeError(f"{shlex.join(arguments)} ended with {code}") from left
    return screen.getvalue()


def picture(name: str, command: str, written: str) -> str:
    """The SVG of a terminal in which the command was typed, and this was written."""
    screen = Console(
        record=True,
        width=WIDTH + 1,  # room for fonts that are a little wider
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        highlight=False,
        legacy_windows=False,
    )
    screen.print(Text.assemble(("$ ", "dim"), (command, "bold")))
    for line in written.rstrip("\n").split("\n"):
        text = Text.from_ansi(line)
        for row in text.divide(range(WIDTH, len(text), WIDTH)):  # as a terminal breaks it
            screen.print(row)
    svg = screen.export_svg(title="", theme=_THEME, code_format=_FRAME, unique_id=name)
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"


@contextmanager
def _environment() -> Iterator[None]:
    """A terminal of that width, whatever this one is, and nobody's settings."""
    before = dict(os.environ)
    for name in before:
        if name.startswith("PATCHGATE_"):
            del os.environ[name]
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        os.environ.pop(name, None)
    os.environ |= {"COLUMNS": str(WIDTH), "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)

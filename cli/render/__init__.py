"""Reports as Rich renderables: pure, legible without colour, at home in 80 columns.

Whatever came from outside (reasons, evidence, names, Azure's messages) is shown as plain text on
one line, never read as markup.
"""

from cli.render.aftermath import render_aftermath
from cli.render.gate import render_gate
from cli.render.words import before_start, clock_time, span

__all__ = ["before_start", "clock_time", "render_aftermath", "render_gate", "span"]

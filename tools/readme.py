"""Write into the README what the command line prints for the report in docs/examples."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

from rich.console import Console

from cli.render import render_gate
from core import wire
from core.report import GateReport

ROOT = Path(__file__).parents[1]
_BLOCK = re.compile(r"(<!-- demo -->\n```text\n).*?(```\n<!-- /demo -->)", re.DOTALL)


def printed() -> str:
    """The report of the example, as it is printed in 80 columns without colour."""
    report = json.loads((ROOT / "docs" / "examples" / "cancelled.json").read_text(encoding="utf-8"))
    screen = io.StringIO()
    Console(file=screen, width=80, highlight=False).print(
        render_gate(wire.load(GateReport, report))
    )
    return "\n".join(line.rstrip() for line in screen.getvalue().splitlines()).strip("\n") + "\n"


def current(readme: str) -> str:
    """The README with the block as it is printed now."""
    return _BLOCK.sub(lambda match: match[1] + printed() + match[2], readme)


if __name__ == "__main__":
    path = ROOT / "README.md"
    path.write_text(current(path.read_text(encoding="utf-8")), encoding="utf-8")

"""Write docs/schemas/report.json: the reports of Patchgate, as `--json` and the HTTP API give them.

python -m tools.report_schema    (in the virtual environment, from the root)
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from core.report import AftermathReport, GateReport, RescueReport, RestoreReport

__all__ = ["FILE", "current"]

FILE = Path(__file__).parents[1] / "docs" / "schemas" / "report.json"


def current() -> str:
    """The file as it has to be today."""
    reports: Any = GateReport | RescueReport | AftermathReport | RestoreReport
    made = TypeAdapter(reports).json_schema(mode="serialization")
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A report of Patchgate",
        "description": "What became of a run: of its gate, of its rescue without one, its end, or"
        " of what was put back without its post event.",
        "anyOf": made["anyOf"],
        "$defs": made["$defs"],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(current(), encoding="utf-8")

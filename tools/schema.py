"""Write docs/gate.schema.json: the JSON Schema of gate.toml, with the built-in checks' configs.

python tools/schema.py      (in the virtual environment, from the root)
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from checks.discovery import discover
from core.policy.schema import policy_schema
from plugins.definition import Broken, Definition

ROOT = Path(__file__).parents[1]
FILE = ROOT / "docs" / "gate.schema.json"


def current() -> str:
    """The file as it has to be today. Raises `SystemExit` if a built-in check cannot be loaded."""
    shipped = [_loaded(found) for found in discover(None) if found.origin.startswith("builtin/")]
    schema = policy_schema(
        {check.name: _config(check.config_type) for check in shipped},
        {check.name: check.title for check in shipped},
    )
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _loaded(found: Definition | Broken) -> Definition:
    if isinstance(found, Broken):
        sys.exit(f"{found.name} ({found.origin}): {found.problem}")
    return found


def _config(kind: type[Any] | None) -> dict[str, Any]:
    """The schema of a check's config; of a check that takes none, that of an empty table."""
    return TypeAdapter(kind).json_schema() if kind else {"type": "object", "properties": {}}


if __name__ == "__main__":
    FILE.write_text(current(), encoding="utf-8")

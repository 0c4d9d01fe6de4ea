"""Write docs/gate.schema.json: the JSON Schema of gate.toml, with the configs of what is shipped.

python tools/schema.py      (in the virtual environment, from the root)
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from actions.discovery import discover as discover_actions
from checks.discovery import discover
from core.policy.schema import policy_schema
from plugins.definition import Broken, Definition

ROOT = Path(__file__).parents[1]
FILE = ROOT / "docs" / "gate.schema.json"


def current() -> str:
    """The file as it has to be today. Raises `SystemExit` if one cannot be loaded."""
    checks = [_loaded(found) for found in discover(None, plugins=())]
    actions = [_loaded(found) for found in discover_actions(None, plugins=())]
    schema = policy_schema(
        {check.name: _config(check.config_type) for check in checks},
        {one.name: one.title for one in (*checks, *actions)},
        actions={action.name: _config(action.config_type) for action in actions},
    )
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _loaded(found: Definition | Broken) -> Definition:
    if isinstance(found, Broken):
        sys.exit(f"{found.name} ({found.origin}): {found.problem}")
    return found


def _config(kind: type[Any] | None) -> dict[str, Any]:
    """The schema of a config; of one that takes none, that of an empty table."""
    return TypeAdapter(kind).json_schema() if kind else {"type": "object", "properties": {}}


if __name__ == "__main__":
    FILE.write_text(current(), encoding="utf-8")

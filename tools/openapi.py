"""Write docs/openapi.json: the HTTP functions of the app, with the reports that they give.

python tools/openapi.py      (in the virtual environment, from the root)
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from core.report import AftermathReport, GateReport, RescueReport, RestoreReport
from handlers.keys import KINDS

FILE = Path(__file__).parents[1] / "docs" / "openapi.json"

_KEY = rf"^({'|'.join(KINDS)})-[a-z0-9._-]{{1,70}}$"
# https://learn.microsoft.com/azure/azure-functions/durable/durable-functions-instance-management
_STATES = (
    "Pending",
    "Running",
    "Completed",
    "Failed",
    "Terminated",
    "Canceled",
    "ContinuedAsNew",
    "Suspended",
)
_REF = "#/components/schemas/"


def current() -> str:
    """The file as it has to be today."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def document() -> dict[str, Any]:
    """The OpenAPI document of the two functions."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Patchgate",
            "version": "1",
            "description": "What became of maintenance runs: who let them go, or cancelled them.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "security": [{"key": []}, {"code": []}],
        "paths": {
            "/api/gates": {"get": _gates()},
            "/api/gates/{key}": {"get": _report()},
        },
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {
                "key": {"type": "apiKey", "in": "header", "name": "x-functions-key"},
                "code": {"type": "apiKey", "in": "query", "name": "code"},
            },
        },
    }


def _gates() -> dict[str, Any]:
    return {
        "operationId": "gates",
        "summary": "Recent gates, rescues, aftermaths and restores, newest first",
        "parameters": [
            {
                "name": "hours",
                "in": "query",
                "description": "how far to look back",
                "schema": {"type": "integer", "minimum": 1, "maximum": 2160, "default": 48},
            }
        ],
        "responses": {
            "200": _answer("those begun since then", {"$ref": f"{_REF}Gates"}),
            "400": _answer("`hours` is none", {"$ref": f"{_REF}Error"}),
            **_OF_THE_HOST,
        },
    }


def _report() -> dict[str, Any]:
    return {
        "operationId": "gate_report",
        "summary": "One report; while there is none yet, how things stand",
        "parameters": [
            {
                "name": "key",
                "in": "path",
                "required": True,
                "description": "a key of GET /api/gates",
                "schema": {"type": "string", "pattern": _KEY},
                "example": "gate-weekly-prod-20261128030000-93ba4051c499a0ae",
            }
        ],
        "responses": {
            "200": _answer("what is known of it", {"$ref": f"{_REF}Known"}),
            "404": _answer("there is none of that key", {"$ref": f"{_REF}Error"}),
            **_OF_THE_HOST,
        },
    }


_OF_THE_HOST = {
    "401": {"description": "no function key, or a wrong one: the host's answer"},
    "500": {"description": "the storage of Durable Functions does not answer: the host's answer"},
}


def _answer(what: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": what, "content": {"application/json": {"schema": schema}}}


def _schemas() -> dict[str, Any]:
    reports: Any = GateReport | RescueReport | AftermathReport | RestoreReport
    made = TypeAdapter(reports).json_schema(mode="serialization", ref_template=f"{_REF}{{model}}")
    error = _object(error=_object(message={"type": "string"}))
    return {
        "Gates": _object(gates={"type": "array", "items": {"$ref": f"{_REF}Begun"}}),
        "Begun": _object(
            key={"type": "string"},
            created={"type": ["string", "null"], "format": "date-time"},
            state={"enum": list(_STATES)},
            status=_STATUS,
        ),
        "Known": _object(
            key={"type": "string", "pattern": _KEY},
            state={"enum": list(_STATES)},
            status=_STATUS,
            report={
                "description": "null while there is none; a text when the story itself failed",
                "anyOf": [{"$ref": f"{_REF}Report"}, {"type": ["string", "null"]}],
            },
        ),
        "Report": {"anyOf": made["anyOf"]},
        "Error": error,
        **made["$defs"],
    }


_STATUS = {
    "description": "how it stands, in a few fields: its kind, run, phase, ending and headline",
    "type": ["object", "null"],
    "properties": {name: {"type": "string"} for name in ("kind", "run", "phase")},
}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


if __name__ == "__main__":
    FILE.write_text(current(), encoding="utf-8")

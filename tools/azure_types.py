"""Write tests/infra/azure_types.json: what Azure takes for each type of resource in infra/.

    python tools/azure_types.py      (in the virtual environment, from the root; takes minutes)

The tests hold every property in infra/ against this file, since no Bicep compiler comes as a Python
package. Microsoft's own tools say what is in it: `azmcp` prints the types that Bicep knows. For a
few providers it prints none; theirs are read from the models of Microsoft's SDKs, which are made
from the same specifications. Each package goes into a folder that is thrown away: `azmcp` alone has
150 MB, and needs seconds for each type, so the tests read this file instead.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
FILE = ROOT / "tests" / "infra" / "azure_types.json"
_READER = ROOT / "tools" / "sdk_types.py"
_AZMCP = "msmcp-azure==3.0.0"
# type → (api version, package, module, model)
_FROM_SDK = {
    "Microsoft.Insights/actionGroups": (
        "2023-01-01",
        "azure-mgmt-monitor==7.0.0",
        "azure.mgmt.monitor.models",
        "ActionGroupResource",
    ),
    "Microsoft.Insights/diagnosticSettings": (
        "2021-05-01-preview",
        "azure-mgmt-monitor==6.0.2",
        "azure.mgmt.monitor.v2021_05_01_preview.models",
        "DiagnosticSettingsResource",
    ),
    "Microsoft.Insights/metricAlerts": (
        "2018-03-01",
        "azure-mgmt-monitor==7.0.0",
        "azure.mgmt.monitor.models",
        "MetricAlertResource",
    ),
    "Microsoft.Insights/scheduledQueryRules": (
        "2023-12-01",
        "azure-mgmt-monitor==7.0.0",
        "azure.mgmt.monitor.models",
        "ScheduledQueryRuleResource",
    ),
    "Microsoft.Network/privateDnsZones": (
        "2024-06-01",
        "azure-mgmt-privatedns==1.2.0",
        "azure.mgmt.privatedns.models",
        "PrivateZone",
    ),
    "Microsoft.Network/privateDnsZones/virtualNetworkLinks": (
        "2024-06-01",
        "azure-mgmt-privatedns==1.2.0",
        "azure.mgmt.privatedns.models",
        "VirtualNetworkLink",
    ),
}
_RESOURCE = re.compile(r"^resource \w+ '([\w./]+)@[\w-]+'", re.MULTILINE)


def main() -> None:
    """Ask for every type, and write what is said."""
    texts = (path.read_text(encoding="utf-8") for path in (ROOT / "infra").rglob("*.bicep"))
    wanted = sorted({found for text in texts for found in _RESOURCE.findall(text)})
    with tempfile.TemporaryDirectory() as folder:
        told = {name: _told(name, Path(folder)) for name in wanted}
    lines = (f"{json.dumps(name)}:{_line(one)}" for name, one in told.items())
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    print(f"{len(told)} types, {FILE.stat().st_size // 1024} KB")


def _line(told: dict[str, Any]) -> str:
    return json.dumps(told, separators=(",", ":"), sort_keys=True)


def _told(name: str, folder: Path) -> dict[str, Any]:
    if name not in _FROM_SDK:
        return _from_azmcp(name, _installed(_AZMCP, folder))
    version, package, module, model = _FROM_SDK[name]
    where = _installed(package, folder)
    said = _run([sys.executable, str(_READER), module, model], PYTHONPATH=str(where))
    return {"apiVersion": version, "source": package, **json.loads(said)}


def _installed(package: str, folder: Path) -> Path:
    where = folder / re.sub(r"\W", "_", package)
    if not where.exists():
        _run([sys.executable, "-m", "pip", "install", "-q", "--target", str(where), package])
    return where


def _from_azmcp(name: str, where: Path) -> dict[str, Any]:
    command = [str(where / "bin" / "azmcp"), "bicepschema", "get", "--resource-type", name]
    said = _run(command, PYTHONPATH=str(where), AZURE_MCP_COLLECT_TELEMETRY="false")
    answer = json.loads(said)
    if answer["status"] != 200:
        sys.exit(f"{name}: {answer['message']}")
    found = answer["results"]["BicepSchemaResult"]
    (resource,) = (one for one in found if one["$type"] == "Resource")
    types = {one["name"]: _type(one) for one in found if "properties" in one or "elements" in one}
    root = _type(resource["bodyType"])
    return {
        "apiVersion": resource["name"].rpartition("@")[2],
        "source": _AZMCP,
        "root": root,
        "types": dict(_reached(root, types)),
    }


def _type(one: dict[str, Any]) -> dict[str, Any]:
    """A type of azmcp's in fewer words."""
    if one["$type"] == "DiscriminatedObject":
        return {
            "discriminator": one["discriminator"],
            "properties": _properties(one["baseProperties"]),
            "elements": [_properties(element["properties"]) for element in one["elements"]],
        }
    extra = one.get("additionalPropertiesType") is not None
    return {"properties": _properties(one["properties"]), **({"any": True} if extra else {})}


def _properties(listed: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Name → type and flags."""
    return {
        one["name"]: [str(one["type"]), *re.findall(r"Required|ReadOnly", one.get("flags") or "")]
        for one in listed
    }


def _reached(
    root: dict[str, Any], types: dict[str, dict[str, Any]]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The types that somebody may write: what Azure only tells is left out."""
    seen: set[str] = set()
    left = [root]
    while left:
        one = left.pop()
        for properties in (one["properties"], *one.get("elements", ())):
            for kind, *flags in properties.values():
                inner = kind.removesuffix("[]")
                if inner in types and inner not in seen and "ReadOnly" not in flags:
                    seen.add(inner)
                    left.append(types[inner])
                    yield inner, types[inner]


def _run(command: list[str], **environment: str) -> str:
    return subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=True
    ).stdout


if __name__ == "__main__":
    main()

"""`patchassessmentresources` and `patchinstallationresources`: what Update Manager found and did.

Source: https://learn.microsoft.com/azure/update-manager/query-logs
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from simulator.estate import Estate, SimulatedMachine
from simulator.rows.row import Row, RunFacts, guid, lower_case
from simulator.run import Standing
from simulator.templates import stamp

__all__ = ["assessment_rows", "installation_rows"]

_TAKES = timedelta(minutes=3)
_ASSESSED = {"security": 2, "critical": 0, "updates": 0, "other": 3}
_OTHER_COUNTS = {"definition": 0, "updateRollup": 0, "featurePack": 0, "servicePack": 0, "tools": 0}


def assessment_rows(estate: Estate, facts: RunFacts) -> Iterator[Row]:
    """The last assessment of each machine."""
    for machine in estate.machines:
        group = machine.group
        if not group.in_table("patchassessmentresources"):
            continue
        at = facts.began - timedelta(hours=group.assessment_age)
        name = guid(f"assessment of {machine.id}")
        properties = {
            "assessmentActivityId": name,
            "status": group.assessment,
            "startDateTime": stamp(at - _TAKES),
            "lastModifiedDateTime": stamp(at),
            "rebootPending": group.reboot_pending,
            "startedBy": "Platform",
            "availablePatchCountByClassification": {**_ASSESSED, **_OTHER_COUNTS},
            **_shared(machine, group.assessment),
        }
        yield _row(machine, "patchAssessmentResults", "latest", properties, name=name)


def installation_rows(estate: Estate, facts: RunFacts, standing: Standing) -> Iterator[Row]:
    """How patching ended on each machine of the run; nothing before it has."""
    if standing.status not in ("Succeeded", "Failed"):
        return
    run = facts.properties["correlationId"]
    for machine in estate.machines:
        if not (machine.in_run and machine.group.in_table("patchinstallationresources")):
            continue
        name = guid(f"installation of {run} on {machine.id}")
        well = machine.group.result == "Succeeded"
        properties = {
            "installationActivityId": name,
            "maintenanceRunId": run,
            "status": machine.group.result,
            "startDateTime": stamp(facts.start),
            "lastModifiedDateTime": stamp(facts.end),
            "installedPatchCount": 5 if well else 3,
            "failedPatchCount": 0 if well else 2,
            "pendingPatchCount": 0,
            "excludedPatchCount": 0,
            "notSelectedPatchCount": 0,
            "rebootStatus": "NotNeeded",
            "maintenanceWindowExceeded": False,
            "startedBy": "User",
            **_shared(machine, machine.group.result),
        }
        yield _row(machine, "patchInstallationResults", name, properties, name=name)


def _shared(machine: SimulatedMachine, status: str) -> dict[str, Any]:
    windows = machine.group.os == "Windows"
    well = status == "Succeeded"
    return {
        "osType": machine.group.os,
        "patchServiceUsed": "WU-WSUS" if windows else "APT",
        "errorDetails": {
            "code": "Success" if well else "Failure",
            "message": "" if well else f"The simulated operation ended as {status}.",
            "details": [],
        },
    }


def _row(
    machine: SimulatedMachine, kind: str, last: str, properties: dict[str, Any], *, name: str
) -> Row:
    return Row(
        id=f"{lower_case(machine.id)}/{kind}/{last}",
        name=name,
        type=f"{machine.id.type}/{kind}".lower(),
        subscription=machine.id.subscription,
        resource_group=machine.id.resource_group.lower(),
        location=machine.group.location,
        properties=properties,
    )

"""What Resource Graph's tables say of the scenario's machines, without a word in the scenario."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.world import END, MACHINES, START, World, world

_ALL_KINDS = """
    machines = [{ name = "web-01", subscription = 1 }, { name = "edge-01", kind = "arc" }]
"""
_BY_MACHINE = {
    "healthresources": "tolower(tostring(properties.targetResourceId))",
    "patchassessmentresources": "tostring(split(tolower(id), '/patchassessmentresults/')[0])",
    "patchinstallationresources": "tostring(split(tolower(id), '/patchinstallationresults/')[0])",
    "recoveryservicesresources": "tolower(tostring(properties.sourceResourceId))",
}


def _names(w: World, table: str) -> list[str]:
    """The machines that have a row there, found by their own ids."""
    rows = w.rows(f"""
        {MACHINES}
        | project id, name, machine = tolower(id)
        | join kind=inner ({table} | project machine = {_BY_MACHINE[table]}) on machine
        | project id, name
        | order by id asc
    """)
    return sorted(row["name"] for row in rows)


def _properties(w: World, table: str, name: str = "web-01") -> dict[str, Any]:
    (row,) = w.rows(f"{table} | where id contains '/{name}' | project id, properties")
    found: dict[str, Any] = row["properties"]
    return found


def test_only_azure_vms_have_health_and_protected_items() -> None:
    """Assessments are there for Arc servers as well."""
    with world(_ALL_KINDS) as w:
        assert _names(w, "healthresources") == ["web-01"]
        assert _names(w, "recoveryservicesresources") == ["web-01"]
        assert _names(w, "patchassessmentresources") == ["edge-01", "web-01"]


def test_machines_are_well_unless_the_scenario_says_otherwise() -> None:
    """Available for weeks, backed up hours ago, assessed today, no reboot pending."""
    with world(_ALL_KINDS) as w:
        health = _properties(w, "healthresources")
        assert health["availabilityState"] == "Available"
        assert health["occurredTime"] < "2026-02-20"
        backup = _properties(w, "recoveryservicesresources", "VM;")
        assert (backup["protectionState"], backup["lastBackupStatus"]) == ("Protected", "Completed")
        assert backup["lastRecoveryPoint"] == "2026-02-28T19:20:00.0000000Z"
        assessment = _properties(w, "patchassessmentresources")
        assert (assessment["status"], assessment["rebootPending"]) == ("Succeeded", False)
        assert assessment["lastModifiedDateTime"] == "2026-02-28T13:20:00.0000000Z"


def test_the_scenario_makes_them_ill() -> None:
    """Each key shows in its table."""
    scenario = """
        [[machines]]
        name = "web-01"
        health = "Unavailable"
        backup = "ProtectionStopped"
        backup_age = 100
        assessment = "Failed"
        assessment_age = 240
        reboot_pending = true
    """
    with world(scenario) as w:
        health = _properties(w, "healthresources")
        assert health["availabilityState"] == "Unavailable"
        assert health["previousAvailabilityState"] == "Available"
        backup = _properties(w, "recoveryservicesresources", "VM;")
        assert backup["currentProtectionState"] == "ProtectionStopped"
        assert backup["lastRecoveryPoint"] == "2026-02-24T21:20:00.0000000Z"
        assessment = _properties(w, "patchassessmentresources")
        assert (assessment["status"], assessment["rebootPending"]) == ("Failed", True)
        assert assessment["errorDetails"]["message"]
        assert assessment["lastModifiedDateTime"] == "2026-02-19T01:20:00.0000000Z"


def test_a_machine_without_backup_has_no_protected_item() -> None:
    """`backup = "None"` is no row, and not a row that says so."""
    with world('machines = [{ name = "a" }, { name = "b", backup = "None" }]') as w:
        assert _names(w, "recoveryservicesresources") == ["a"]


@pytest.mark.parametrize("table", ["healthresources", "patchassessmentresources"])
def test_a_machine_can_be_absent_from_one_table(table: str) -> None:
    """And is there in the others."""
    with world(f'machines = [{{ name = "a" }}, {{ name = "b", absent = ["{table}"] }}]') as w:
        assert _names(w, table) == ["a"]
        assert _names(w, "recoveryservicesresources") == ["a", "b"]


def test_an_unreadable_machine_has_a_row_nowhere_but_in_the_run() -> None:
    """Resource Graph hides it in every table."""
    with world('machines = [{ name = "dark", readable = false }]') as w:
        for table in _BY_MACHINE:
            assert w.rows(f"{table} | project id") == []
        kql = "maintenanceresources | where type =~ 'microsoft.maintenance/applyupdates'"
        assert len(w.rows(kql)) == 1


def test_the_fleet_is_there_without_belonging_to_the_run() -> None:
    """It is in every table but `maintenanceresources`, and the run's summary leaves it out."""
    scenario = """
        machines = [{ name = "a" }, { name = "b", in_run = false, result = "Failed" }]
    """
    with world(scenario) as w:
        assert len(w.rows(f"{MACHINES} | project id")) == 2
        assert _names(w, "healthresources") == ["a", "b"]
        w.clock.move_to(END)
        assert w.status() == "Succeeded"
        kql = "maintenanceresources | where type =~ 'microsoft.maintenance/applyupdates'"
        assert [row["id"].split("/")[8] for row in w.rows(kql)] == ["a"]
        assert _names(w, "patchinstallationresources") == ["a"]


def test_installations_appear_when_the_run_has_ended() -> None:
    """One for each machine, with the run's id and how patching ended there."""
    scenario = """
        machines = [{ name = "good" }, { name = "bad", kind = "arc", result = "Failed" }]
    """
    with world(scenario) as w:
        for moment in (w.clock.now(), START):
            w.clock.move_to(moment)
            assert w.rows("patchinstallationresources | project id") == []
        w.clock.move_to(END)
        rows = w.rows("""
            patchinstallationresources
            | project id, run = tostring(properties.maintenanceRunId),
                status = tostring(properties.status), failed = toint(properties.failedPatchCount)
            | order by status asc
        """)
        assert [(row["status"], row["failed"] > 0) for row in rows] == [
            ("Failed", True),
            ("Succeeded", False),
        ]
        assert {row["run"].lower() for row in rows} == {w.run_id.lower()}


def test_an_arc_server_tells_when_its_status_last_changed() -> None:
    """Azure publishes no other sign of life."""
    scenario = 'machines = [{ name = "edge", kind = "arc", contact_age = 600 }]'
    with world(scenario) as w:
        properties = _properties(w, "resources", "edge")
        assert properties["status"] == "Connected"
        assert properties["lastStatusChange"] == "2026-03-01T01:10:00.0000000Z"


def test_the_maintenance_configuration_has_a_row_with_its_tags() -> None:
    """In the subscription that it lies in, which may be none of the machines'."""
    with world('configuration.tags = { ring = "2" }') as w:
        (row,) = w.rows(
            "resources | where type =~ 'microsoft.maintenance/maintenanceconfigurations'"
        )
        assert row["tags"] == {"ring": "2"}
        assert row["properties"]["maintenanceScope"] == "InGuestPatch"
        assert row["properties"]["maintenanceWindow"]["duration"] == "03:55"


def test_resource_groups_are_as_the_scenario_names_them() -> None:
    """In the id as it is written there, in the column in lower case."""
    with world('machines = [{ name = "a", resource_group = "Shop" }]') as w:
        (row,) = w.rows(MACHINES)
        assert "/resourceGroups/Shop/" in row["id"]
        assert row["resourceGroup"] == "shop"

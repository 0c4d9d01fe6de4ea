"""The tables of Resource Graph that the simulator has.

Source: https://learn.microsoft.com/azure/governance/resource-graph/reference/supported-tables-resources
"""

from __future__ import annotations

__all__ = ["TABLES"]

TABLES = (
    "resources",
    "resourcecontainers",
    "maintenanceresources",
    "patchassessmentresources",
    "patchinstallationresources",
    "healthresources",
    "servicehealthresources",
    "alertsmanagementresources",
    "recoveryservicesresources",
    "advisorresources",
    "authorizationresources",
    "computeresources",
    "guestconfigurationresources",
    "insightsresources",
    "networkresources",
    "policyresources",
    "securityresources",
)

"""A maintenance configuration, as Azure Resource Manager shows it.

Source: https://learn.microsoft.com/rest/api/maintenance/maintenance-configurations/get
"""

from __future__ import annotations

from datetime import UTC

from simulator.management.store import Resource, resource
from simulator.rows.row import RunFacts
from simulator.scenario import ConfigurationRules

__all__ = ["configuration_of"]


def configuration_of(rules: ConfigurationRules, facts: RunFacts) -> Resource:
    """The configuration of a run: its window is the run's, weekly, unless the rules say more."""
    start = facts.start.astimezone(UTC)
    minutes = round((facts.end - facts.start).total_seconds() / 60)
    window = {
        "startDateTime": f"{start:%Y-%m-%d %H:%M}",
        "expirationDateTime": None,
        "duration": f"{minutes // 60:02}:{minutes % 60:02}",
        "timeZone": "UTC",
        "recurEvery": f"Week {start:%A}",
        **rules.window,
    }
    return resource(
        str(facts.run.configuration),
        {
            "maintenanceScope": rules.scope,
            "maintenanceWindow": window,
            "visibility": "Custom",
            "extensionProperties": {"InGuestPatchMode": "User"},
        },
        location=rules.location,
        tags=dict(rules.tags),
    )

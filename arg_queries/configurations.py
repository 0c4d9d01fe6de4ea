"""What Resource Graph knows of a maintenance configuration."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from arg_queries.kql import query
from arg_queries.resource_graph import ResourceGraph
from core.errors import ArmProblem
from core.ids import ConfigurationId

__all__ = ["configuration_tags"]

_WHAT = "the tags of the maintenance configuration"


def configuration_tags(
    graph: ResourceGraph, configuration: ConfigurationId, until: datetime
) -> Mapping[str, str]:
    """The configuration's tags. Raises `ArmProblem` if they cannot be read: none is an answer."""
    text = query("configuration_tags", configuration_id=str(configuration))
    answer = graph.ask(text, [configuration.subscription.lower()], until)
    if answer.problem is not None:
        raise ArmProblem(_WHAT, answer.problem)
    for row in answer.rows:
        if str(row.get("id", "")).lower() == configuration.key:
            return _tags(row.get("tags"))
    raise ArmProblem(_WHAT, "Resource Graph has no row of it that our identity can read")


def _tags(value: object) -> Mapping[str, str]:
    """A configuration without tags has None there."""
    if not value:
        return {}
    if not isinstance(value, dict):
        raise ArmProblem(_WHAT, "its row has tags that are no object")
    return {str(name): str(text) for name, text in value.items()}

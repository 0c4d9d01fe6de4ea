"""The simulator's Azure without its database: everything else of it is the same."""

from __future__ import annotations

from simulator.azure import Azure
from tests.model.quick_graph import QuickGraph

__all__ = ["QuickAzure"]


class QuickAzure(Azure):
    """A `simulator.Azure` whose Resource Graph is the quick one."""

    graph = QuickGraph

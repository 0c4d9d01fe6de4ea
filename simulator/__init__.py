"""An embedded Azure for demo and tests: it behaves as the published APIs do, over real HTTP.

`load_scenario` reads what shall happen, `Azure` is that world, `serve` puts it on a loopback port,
and `EventGrid` delivers events the way Event Grid does. Nothing of this is deployed.
"""

from simulator.azure import Azure
from simulator.event_grid import Attempt, DeadLetter, EventGrid
from simulator.messages import Seen
from simulator.scenario import Scenario
from simulator.scenario_file import load_scenario
from simulator.server import serve

__all__ = [
    "Attempt",
    "Azure",
    "DeadLetter",
    "EventGrid",
    "Scenario",
    "Seen",
    "load_scenario",
    "serve",
]

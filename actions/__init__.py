"""Write an action: everything that an author needs.

    from actions import Context, Machine, Result, action, done, nothing_to_do

    def stop_again(machine: Machine, ctx: Context) -> Result:
        ...

    @action(undo=stop_again)
    def start(machine: Machine, ctx: Context) -> Result:
        \"\"\"Start machines that are off.\"\"\"
        if machine.power == "running":
            return nothing_to_do("it runs")
        ctx.remember(power=machine.power)
        ...
        return done("started")

The type of the first parameter is the scope: `Machine` is done for each machine, `Run` once for the
whole run. What is to be put back later is remembered first: `ctx.remember` writes it down where it
survives, and only then does the function go on. Put the file into `my_actions/`, and name the
action in `gate.toml`.
"""

from actions.api import action
from actions.context import Context
from actions.results import done, failed, nothing_to_do
from core.model import Machine, Run
from core.model import Verdict as Result
from plugins.answers import CannotTell

__all__ = [
    "CannotTell",
    "Context",
    "Machine",
    "Result",
    "Run",
    "action",
    "done",
    "failed",
    "nothing_to_do",
]

"""Write a check: everything that an author needs.

    from checks import Machine, Verdict, blocked, check, passed

    @check
    def not_pinned(machine: Machine) -> Verdict:
        \"\"\"No machine is tagged patch=never.\"\"\"
        return blocked("tagged patch=never") if machine.tags.get("patch") == "never" else passed()

The type of the first parameter is the scope: `Machine` is asked about each machine, `Run` once
about the whole run. A second parameter `ctx: Context` (or `Context[MyConfig]`) is optional.
Put the file into `my_checks/` and it is in force.
"""

from checks.api import check
from checks.verdicts import blocked, passed, skipped
from core.model import Machine, Run, Verdict
from plugins.answers import CannotTell
from plugins.api import Context

__all__ = [
    "CannotTell",
    "Context",
    "Machine",
    "Run",
    "Verdict",
    "blocked",
    "check",
    "passed",
    "skipped",
]

"""Write infra/roles.json: the roles that infra/ gives to the app's identity.

    python tools/role.py [--check]      (in the virtual environment, from the root)

They are those that `patchgate permissions` prints, for this gate.toml, these checks and these
actions: after a change of them, run it again. With `--check` nothing is written, and a stale file
ends it with 1.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
from pathlib import Path

from cli.permissions.roles import actor, as_json
from cli.permissions.running import Wanted, run_permissions

ROOT = Path(__file__).parents[1]
FILE = ROOT / "infra" / "roles.json"


def current() -> str:
    """The file as it has to be for this project."""
    said = io.StringIO()
    with contextlib.chdir(ROOT), contextlib.redirect_stdout(said):
        run_permissions(Wanted(as_json=True))
    # Without an action that is on, none is printed for actions; infra/ gives none that is empty.
    printed = [json.loads(as_json(actor((), subscriptions=()))), *json.loads(said.getvalue())]
    # Where a role can be assigned is the deployment's business: see infra/modules.
    told = {
        role["Name"].split()[-1].lower(): {
            "name": role["Name"],
            "description": role["Description"],
            "actions": role["Actions"],
        }
        for role in printed
    }
    return json.dumps(told, indent=2, sort_keys=True) + "\n"


def main() -> int:
    """Write it, or say whether it is current."""
    if "--check" not in sys.argv[1:]:
        FILE.write_text(current(), encoding="utf-8")
        return 0
    if FILE.read_text(encoding="utf-8") == current():
        return 0
    print("infra/roles.json is stale: run python tools/role.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())

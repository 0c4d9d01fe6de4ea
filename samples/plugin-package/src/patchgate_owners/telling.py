"""Who owns what is about to be patched, told to whoever is on duty."""

from __future__ import annotations

import json
from dataclasses import dataclass

from actions import Context, Result, Run, action, done, failed, nothing_to_do


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """Where it is told, and the tag that names an owner."""

    url: str
    tag: str = "owner"


@action(advisory=True)
def tell_owners(run: Run, ctx: Context[Telling]) -> Result:
    """Whoever is on duty has the owners of all machines of the run.

    Changes: sends them to a web service, which takes them twice if a crash makes it so.

    Remembers: nothing.

    Undo: none: what has been told has been told.

    Fails when: the service does not take them.

    UNKNOWN when: the service does not answer.
    """
    owners = {machine.name: machine.tags.get(ctx.config.tag, "") for machine in run.machines}
    known = {name: owner for name, owner in owners.items() if owner}
    if not known:
        return nothing_to_do("no machine has an owner")
    body = json.dumps({"run": run.name, "owners": known}).encode()
    status = ctx.web.fetch(ctx.config.url, method="POST", body=body).status
    if status >= 300:
        return failed(f"the service answered {status}", status=status)
    return done("told", owners=len(known))

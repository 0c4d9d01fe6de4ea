"""The environment of the processes for checks: that of the app, without what opens a door.

A variable is left out if its name says that it is a secret or belongs to the app's identity, or if
its value holds something that looks like a secret, such as a connection string or a URL with a
password. A check that needs one all the same is asked on a thread, or the variable is kept by name.
Variables whose names begin with WEBHOOK_ are the secrets of checks, and there for them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from core.masking import mask

__all__ = ["handed_over"]

_SECRET = re.compile(
    r"secret|passw|_pwd$|passphrase|credential|token|signature|(^|_)sas($|_)|key$|key_|"
    r"conn(ection)?_?str|identity_|^msi_|^imds_|^azure_(client|federated|username)|^azurewebjobs",
    re.IGNORECASE,
)
_OF_CHECKS = "WEBHOOK_"
# Every thread of a process would reserve address space of its own, and use up the limit by that.
_ADDED = {"MALLOC_ARENA_MAX": "1"}


def handed_over(environment: Mapping[str, str], keep: Collection[str] = ()) -> dict[str, str]:
    """What of that environment a check's process gets; `keep` names variables that it needs."""
    open_ones = {
        name: value
        for name, value in environment.items()
        if name in keep
        or name.startswith(_OF_CHECKS)
        or not (_SECRET.search(name) or mask(value) != value)
    }
    return open_ones | _ADDED

"""What the site says about scripts in the guest."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from core.masking import names_secret

__all__ = ["RunCommand", "Stage"]

Stage = Literal["do", "undo"]
_SECRET = re.compile(r"RUN_COMMAND_[A-Z0-9_]{1,100}")
_LONGEST = 100_000  # characters of a script


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCommand:
    """What is run, and which end of it is a good one.

    `script`: for machines of either system. A machine for which there is none is left alone.

    `linux`, `windows`: for those of one system, and before `script`.

    `undo_script`, `undo_linux`, `undo_windows`: what puts it back, in the same way.

    `parameters`: values by name. They can be seen in Azure: no secrets.

    `secrets`: names of app settings that hold values which nobody sees, by the parameter's name. A
    setting's name begins with `RUN_COMMAND_`.

    `success_codes`: exit codes of a good end.

    `timeout`: seconds after which a script is ended.
    """

    script: str | None = None
    linux: str | None = None
    windows: str | None = None
    undo_script: str | None = None
    undo_linux: str | None = None
    undo_windows: str | None = None
    parameters: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    success_codes: tuple[int, ...] = (0,)
    timeout: int = 300

    def __post_init__(self) -> None:
        scripts = [self.script_for(stage, os_) for stage in _STAGES for os_ in ("linux", "windows")]
        if any(one is not None and not 0 < len(one.strip()) <= _LONGEST for one in scripts):
            raise ValueError(f"a script must have 1 to {_LONGEST} characters")
        if not all(_SECRET.fullmatch(name) for name in self.secrets.values()):
            raise ValueError("secrets must name settings such as RUN_COMMAND_TOKEN")
        if any(names_secret(name) for name in self.parameters):
            raise ValueError("parameters can be seen in Azure: what is secret belongs in `secrets`")
        if not self.success_codes:
            raise ValueError("success_codes is empty, so no end would be a good one")
        if not 1 <= self.timeout <= 5400:
            raise ValueError("timeout must be 1 to 5400 seconds")

    def script_for(self, stage: Stage, os_: str) -> str | None:
        """The script for that system, none if there is none. Other systems have the common one."""
        common = self.script if stage == "do" else self.undo_script
        own = {
            ("do", "linux"): self.linux,
            ("do", "windows"): self.windows,
            ("undo", "linux"): self.undo_linux,
            ("undo", "windows"): self.undo_windows,
        }
        return own.get((stage, os_)) or common

    @property
    def by_system(self) -> bool:
        """It matters what system a machine has."""
        return any((self.linux, self.windows, self.undo_linux, self.undo_windows))


_STAGES: tuple[Stage, ...] = ("do", "undo")

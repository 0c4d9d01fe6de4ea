"""Where the app runs and what it may touch, from environment variables.

Read while the functions are indexed, so this imports nothing that costs time. Policy (what speaks
against a run) is not here: it is in `gate.toml`.
"""

from __future__ import annotations

import difflib
import fnmatch
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.errors import BadSettings, shorten

if TYPE_CHECKING:
    from core.ids import ConfigurationId
    from core.policy import Doubt

__all__ = ["CLOUDS", "POLICY_FILE", "Settings"]

POLICY_FILE = "gate.toml"  # the only file that may be missing: then the defaults are in force
PREFIX = "PATCHGATE_"
# The names that azure.core gives the clouds, and its own variable for the choice.
CLOUDS = ("AZURE_PUBLIC_CLOUD", "AZURE_US_GOVERNMENT", "AZURE_CHINA_CLOUD")

_PORT = r"(\d{1,4}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5])"
_LOOPBACK = re.compile(rf"http://(127\.0\.0\.1|localhost):{_PORT}", re.ASCII)
_VARIABLE = re.compile(r"[A-Za-z_]\w{0,127}", re.ASCII)
_API_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(-preview)?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings, with what is in force when nothing is set.

    `on_unknown` is the word for a policy file that cannot be used. Nothing in such a file is in
    force, not even its own `on_unknown`, and every check is UNKNOWN: that cancels every run, unless
    this is "proceed". It says nothing while the file is legal.
    """

    cloud: str = "AZURE_PUBLIC_CLOUD"
    simulator: str | None = None
    cancel_api_version: str = "2023-09-01-preview"
    configurations: tuple[str, ...] = ("*",)
    policy_file: str = POLICY_FILE
    on_unknown: Doubt | None = None
    checks_folder: str = "my_checks"
    actions_folder: str = "my_actions"
    process_variables: tuple[str, ...] = ()
    results_wait: float = 7200.0

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read and check every setting. Raises `BadSettings` that names all bad ones at once."""
        values: dict[str, Any] = {}
        problems = _unknown(environment)
        for name, (field, legal, parse) in VARIABLES.items():
            text = environment.get(name, "").strip()
            if not text:
                continue
            value = parse(text)
            if value is None:
                problems.append(f"{name} is {shorten(text)!r}: legal is {legal}")
            else:
                values[field] = value
        if problems:
            raise BadSettings(tuple(problems))
        return cls(**values)

    def accepts(self, configuration: ConfigurationId) -> bool:
        """Events of this maintenance configuration are for us."""
        return any(_matches(configuration, glob) for glob in self.configurations)

    def names(self, configuration: ConfigurationId) -> bool:
        """It is ours, also without an event: a bare `*` takes what is sent, and claims nothing."""
        return any(_matches(configuration, glob) for glob in self.named)

    @property
    def named(self) -> tuple[str, ...]:
        """The globs that name configurations of ours."""
        return tuple(glob for glob in self.configurations if glob != "*")


def _matches(configuration: ConfigurationId, glob: str) -> bool:
    return fnmatch.fnmatchcase(configuration.key, glob.lower())


def _unknown(environment: Mapping[str, str]) -> list[str]:
    problems = []
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in VARIABLES:
            near = difflib.get_close_matches(name, VARIABLES, n=1)
            hint = f"did you mean {near[0]}?" if near else f"legal are {', '.join(VARIABLES)}"
            value = shorten(environment[name], 20)
            problems.append(f"{name} is {value!r}: there is no such setting; {hint}")
    return problems


def _cloud(text: str) -> str | None:
    return text.upper() if text.upper() in CLOUDS else None


def _doubt(text: str) -> str | None:
    return text.lower() if text.lower() in ("cancel", "proceed") else None


def _match(pattern: re.Pattern[str]) -> Callable[[str], str | None]:
    return lambda text: text if pattern.fullmatch(text) else None


def _globs(text: str) -> tuple[str, ...] | None:
    globs = tuple(part.strip() for part in text.split(",") if part.strip())
    legal = all(glob.startswith(("/", "*")) for glob in globs)
    return globs if globs and legal else None


def _names(text: str) -> tuple[str, ...] | None:
    names = tuple(part.strip() for part in text.split(",") if part.strip())
    return names if names and all(map(_VARIABLE.fullmatch, names)) else None


def _path(text: str) -> str | None:
    return None if "\0" in text else text


def _minutes(text: str) -> float | None:
    legal = text.isdecimal() and len(text) <= 4 and 1 <= int(text) <= 1440
    return int(text) * 60.0 if legal else None


# name → (field, what is legal, parser that answers None for what is not)
VARIABLES: dict[str, tuple[str, str, Callable[[str], Any]]] = {
    "AZURE_SDK_CLOUD_CONF": ("cloud", f"one of {', '.join(CLOUDS)}", _cloud),
    "PATCHGATE_SIMULATOR": (
        "simulator",
        "http://127.0.0.1:PORT, the address of a running simulator on this machine",
        _match(_LOOPBACK),
    ),
    "PATCHGATE_CANCEL_API_VERSION": (
        "cancel_api_version",
        "an api-version like 2023-09-01-preview",
        _match(_API_VERSION),
    ),
    "PATCHGATE_CONFIGURATIONS": (
        "configurations",
        "globs on maintenance configuration ids, separated by commas, each beginning with / or *",
        _globs,
    ),
    "PATCHGATE_POLICY_FILE": ("policy_file", "the path of a TOML file", _path),
    "PATCHGATE_ON_UNKNOWN": (
        "on_unknown",
        "cancel or proceed: what a policy file that cannot be used comes to",
        _doubt,
    ),
    "PATCHGATE_CHECKS_FOLDER": ("checks_folder", "the path of a folder", _path),
    "PATCHGATE_ACTIONS_FOLDER": ("actions_folder", "the path of a folder", _path),
    "PATCHGATE_PROCESS_VARIABLES": (
        "process_variables",
        "names of environment variables, separated by commas",
        _names,
    ),
    "PATCHGATE_RESULTS_WAIT_MINUTES": (
        "results_wait",
        "a whole number of minutes from 1 to 1440",
        _minutes,
    ),
}

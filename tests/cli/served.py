"""An Azure on this machine for commands to ask, and a command that has ended."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core.clock import SystemClock
from core.ids import RunId
from simulator import Azure, load_scenario, serve

__all__ = ["Ran", "served"]


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, which must be JSON and nothing else."""
        return json.loads(self.out)

    @property
    def words(self) -> str:
        """What it printed, however the lines were broken."""
        return " ".join(self.out.split())

    @property
    def problem(self) -> str:
        """What was said, which must be a line of ours."""
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        assert lines[0].startswith("patchgate: ")
        return lines[0]


@contextmanager
def served(
    scenario: str, run: RunId, start: datetime, lasts: timedelta, subscriptions: tuple[str, ...]
) -> Iterator[tuple[Azure, str]]:
    """The truth about a run that starts then, and where it is to be asked for."""
    azure = Azure(load_scenario(scenario), run, start, start + lasts, subscriptions, SystemClock())
    with serve(azure) as url:
        yield azure, url

"""Files that the command line is given: read, or refused in words."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from cli.event_file import EventNow, moved_to, read_event
from cli.exit_codes import BAD_INPUT
from cli.output import refuse
from core.errors import BadEvent, BadScenario, shorten
from simulator import Scenario, load_scenario

__all__ = ["event_in", "scenario_in"]


def event_in(path: Path) -> EventNow:
    """The event of that file, moved so that it arrives now."""
    try:
        return moved_to(datetime.now(UTC), read_event(path.read_bytes()))
    except BadEvent as error:
        remedy = "Compare it with the files in samples/events."
        refuse(f"{path}: {shorten(str(error), 600)}. {remedy}", code=BAD_INPUT)
    except OSError as error:
        refuse(f"{path} cannot be read: {error.strerror}", code=BAD_INPUT)


def scenario_in(path: Path) -> Scenario:
    """What Azure is like, as that file says."""
    try:
        return load_scenario(path.read_text(encoding="utf-8"))
    except BadScenario as error:
        refuse(f"{path}: {error}\nCompare it with the files in samples/scenarios.", code=BAD_INPUT)
    except UnicodeDecodeError:
        refuse(f"{path} is not UTF-8 text: save it as that", code=BAD_INPUT)
    except OSError as error:
        refuse(f"{path} cannot be read: {error.strerror}", code=BAD_INPUT)

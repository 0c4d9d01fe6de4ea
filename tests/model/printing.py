"""A story that went wrong, told so that somebody can play it again."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from tests.model.envelopes import envelope
from tests.model.scenario_text import scenario_toml
from tests.model.site_files import check_file, gate_toml
from tests.model.story import Delivery, Story
from tests.model.world import Played

__all__ = ["brief", "story_json", "story_of", "told"]


def told(played: Played) -> str:
    """The story in brief, and how to play it again: as a scenario, and exactly as it was."""
    story = played.story
    folder = _written(story)
    event = folder / "event.json"
    files = " ".join(
        f"--{option} {folder / name}"
        for option, name in (
            ("scenario", "scenario.toml"),
            ("checks", "checks"),
            ("policy", "gate.toml"),
        )
    )
    lines = [
        "",
        brief(story),
        "",
        "As a scenario, with the times of the event as they were:",
        f"  patchgate simulate {event} {files}",
        *(f"  # {line}" for line in _not_in_a_scenario(story)),
        "Exactly as it was, with all that follows from it:",
        f"  python tools/chaos.py --story {folder / 'story.json'}",
        "",
        *(f"--- {path.relative_to(folder)}\n{path.read_text('utf-8')}" for path in _shown(folder)),
    ]
    return "\n".join(lines)


def _written(story: Story) -> Path:
    """All files of the story, in a folder that is named after it."""
    text = story_json(story)
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"patchgate-story-{digest}"
    checks = folder / "checks"
    checks.mkdir(parents=True, exist_ok=True)
    pre = next((d for d in story.deliveries if d.kind == "pre"), Delivery())
    event = envelope(story, replace(pre, several=False))
    (folder / "event.json").write_text(json.dumps(event, indent=2) + "\n", "utf-8")
    notes = "".join(f"# {line}\n" for line in _not_in_a_scenario(story))
    (folder / "scenario.toml").write_text(notes + scenario_toml(story.scenario), "utf-8")
    (folder / "gate.toml").write_text(gate_toml(story.policy), "utf-8")
    (checks / "scripted.py").write_text(check_file(story.checks), "utf-8")
    (folder / "story.json").write_text(text, "utf-8")
    return folder


def _shown(folder: Path) -> list[Path]:
    return [folder / name for name in ("scenario.toml", "gate.toml", "checks/scripted.py")]


def _not_in_a_scenario(story: Story) -> Iterator[str]:
    """What `patchgate simulate` cannot play: it has one event, and one worker, which lives."""
    if len(story.deliveries) != 1:
        for delivery in story.deliveries:
            yield f"{delivery.kind} event delivered {delivery.after:g} s after the beginning"
    for death in story.deaths:
        what = "hangs for ever" if death.hangs else f"the worker dies for {death.down:g} s"
        yield f"at hop {death.hop}: {what}, its steps are handed out after {death.lease:g} s"
    for stuck in story.stuck:
        until = stuck.after + stuck.seconds
        yield f"the engine is {stuck.how!r} from {stuck.after:g} s to {until:g} s"
    if story.skew:
        yield f"Azure's clock is {story.skew:g} s ahead of ours"
    if story.watched:
        yield f"the watchdog looks every minute, configurations named: {story.named}"
    if story.policy.broken and story.policy.if_broken:
        yield f"PATCHGATE_ON_UNKNOWN={story.policy.if_broken}"
    if story.lead <= 0:
        yield "the event comes after the start"


def story_json(story: Story) -> str:
    """The story as JSON, which `story_of` reads back."""
    return TypeAdapter(Story).dump_json(story, indent=2).decode() + "\n"


def story_of(text: str) -> Story:
    """The story that `story_json` wrote."""
    return TypeAdapter(Story).validate_json(text)


def brief(value: Any) -> str:
    """A value as Python, without what it has by default."""
    if is_dataclass(value) and not isinstance(value, type):
        given = []
        for field in fields(value):
            factory = field.default_factory
            default = factory() if factory is not MISSING else field.default
            one = getattr(value, field.name)
            if one != default:
                given.append(f"{field.name}={brief(one)}")
        return f"{type(value).__name__}({', '.join(given)})"
    if isinstance(value, tuple):
        return "(" + "".join(f"{brief(one)}, " for one in value) + ")"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k!r}: {brief(v)}" for k, v in value.items()) + "}"
    return repr(value)

"""A story's files: gate.toml, and a check file that says the same as the story's checks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from tests.model.story import ScriptedCheck, SitePolicy, SiteRule

__all__ = ["check_file", "gate_toml"]

_SAYING = Path(__file__).with_name("saying.py")


def gate_toml(policy: SitePolicy) -> str:
    """The site's policy file."""
    if policy.broken:
        return 'mode = "enforce"\nreserve = "long"\n'
    lines = [
        f'mode = "{policy.mode}"',
        f'on_gap = "{policy.on_gap}"',
        f"reserve = {policy.reserve}",
    ]
    if policy.on_unknown is not None:
        lines.append(f'on_unknown = "{policy.on_unknown}"')
    for name, rule in policy.rules.items():
        lines += ["", f"[checks.{name}]", *_keys(rule)]
    if policy.observed_if is not None:
        env = json.dumps(policy.observed_if)
        lines += ["", "[[for]]", f"tags = {{ env = {env} }}", 'mode = "observe"']
    return "\n".join((*lines, ""))


def _keys(rule: SiteRule) -> Iterator[str]:
    for key in fields(rule):
        value = getattr(rule, key.name)
        if value is not None:
            yield f"{key.name} = {json.dumps(value)}"


def check_file(checks: tuple[ScriptedCheck, ...]) -> str:
    """A file for my_checks, with all of them."""
    text = _SAYING.read_text(encoding="utf-8")
    return "\n\n".join(
        (
            text.replace("from checks import ", "from checks import Verdict, check, "),
            *map(_check, checks),
            "",
        )
    )


def _check(script: ScriptedCheck) -> str:
    subject = "Machine" if script.scope == "machine" else "Run"
    name = f"{script.name}_phases"
    odd = (
        ""
        if script.odd is None
        else (f"    if subject.name != {script.odd!r}:\n        return say('pass', subject)\n")
    )
    return (
        f"{name} = {script.phases!r}\n\n\n"
        f"@check(\n{_options(script)})\n"
        f"{'async ' if script.is_async else ''}def {script.name}"
        f"(subject: {subject}, ctx: Context) -> Verdict:\n"
        f'    """Scripted."""\n{odd}'
        f"    phase = phase_at({name}, ctx)\n"
        f"    take_time(phase)\n"
        f"    return say(phase.says, subject)"
    )


def _options(script: ScriptedCheck) -> str:
    names = ("advisory", "on_unknown", "timeout", "patience", "every")
    return "".join(f"    {name}={getattr(script, name)!r},\n" for name in names)

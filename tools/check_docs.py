"""Write docs/checks.md: what each shipped check asks, of whom, and what it makes of the answers.

All of it is in the check's own file: its docstring, its config and the rights that it needs.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from checks.discovery import discover
from plugins.definition import Definition
from plugins.doc import paragraphs

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "checks.md"
_SCENARIOS = "samples/scenarios/checks"
_FIELD = re.compile(r"((?:`\w+`(?:, )?)+): (.*)", re.DOTALL)
_HEAD = """# The shipped checks

<!-- Written by tools/check_docs.py from the checks themselves: change them, and run it again. -->

Each is one file in [`checks/builtin`](../checks/builtin), with its queries and private helpers
beside it, loaded like anybody's, and asked about a run before it starts. A check that is *off* is
asked as soon as `gate.toml` has a table `[checks.NAME]`. Whatever a check cannot tell is UNKNOWN,
which cancels the run unless the policy says otherwise. Resource Graph hides what the app's identity
may not read, so *no row* is never taken for *fine*. Where Azure says when an answer was made, the
check's config says how old it may be; where it says only when something last *changed*, as for
health and connections, an old time is no stale answer, and such a limit is off unless you set it.

| check | asks | by default |
|---|---|---|
"""


def page() -> str:
    """The whole page."""
    shipped = [found for found in discover(None, plugins=()) if isinstance(found, Definition)]
    rows = "".join(
        f"| [`{found.name}`](#{found.name}) | {_cell(found.title)} | {_default(found)} |\n"
        for found in shipped
    )
    return _HEAD + rows + "".join(map(_section, shipped))


def undocumented(found: Definition) -> list[str]:
    """The keys of its config that its config's docstring says nothing about."""
    return [name for name in _keys(found) if name not in _meanings(found)]


def _default(found: Definition) -> str:
    return "on" if found.options.enabled else "off"


def _section(found: Definition) -> str:
    return "\n\n".join(_parts(found)).join(("\n", "\n"))


def _parts(found: Definition) -> Iterator[str]:
    yield f"## {found.name}"
    (_, title), *said = paragraphs(found.doc)
    about = "about each machine" if found.scope == "machine" else "once about the whole run"
    yield f"{title} Asked {about}; {_default(found)} by default."
    for head, text in said:
        yield f"**{head}:** {text}" if head else text
    if found.config_type is not None:
        yield from _config(found)
    if found.options.needs:
        needs = ", ".join(f"`{action}`" for action in found.options.needs)
        yield f"Azure actions that it needs: {needs}."
    yield from _examples(found.name)


def _examples(name: str) -> Iterator[str]:
    where = f"{_SCENARIOS}/{name}"
    policy = ROOT / where / "gate.toml"
    if policy.is_file():
        text = policy.read_text(encoding="utf-8").strip()
        yield f"In `gate.toml`, for instance:\n\n```toml\n{text}\n```"
    if (ROOT / where).is_dir():
        yield f"To see it pass, block and be unsure: [`{where}`](../{where})."


def _config(found: Definition) -> Iterator[str]:
    head = [text for text in _prose(found) if not _FIELD.fullmatch(text)]
    yield f"`[checks.{found.name}.config]`: {' '.join(head)}"
    meanings = _meanings(found)
    rows = [
        f"| `{name}` | {default} | {_cell(meanings.get(name, ''))} |"
        for name, default in _keys(found).items()
    ]
    yield "\n".join(("| key | default | meaning |", "|---|---|---|", *rows))


def _prose(found: Definition) -> list[str]:
    doc = (found.config_type.__doc__ if found.config_type is not None else None) or ""
    return [f"{head}: {text}" if head else text for head, text in paragraphs(doc)]


def _meanings(found: Definition) -> dict[str, str]:
    """What the config's docstring says about each key, in a paragraph that begins with it."""
    matches = [match for text in _prose(found) if (match := _FIELD.fullmatch(text))]
    return {name: match[2] for match in matches for name in re.findall(r"\w+", match[1])}


def _keys(found: Definition) -> dict[str, str]:
    """Each key with its default as TOML has it."""
    kind: Any = found.config_type
    return {} if kind is None else {f.name: _toml(f) for f in dataclasses.fields(kind)}


def _toml(field: dataclasses.Field[Any]) -> str:
    if field.default_factory is not dataclasses.MISSING:
        return f"`{json.dumps(field.default_factory())}`"
    if field.default is dataclasses.MISSING:
        return "must be set"
    if field.default is None:
        return "none"
    value = field.default
    return f"`{value:g}`" if isinstance(value, float) else f"`{json.dumps(value)}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

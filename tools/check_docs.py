"""Write docs/checks.md and docs/actions.md: what each shipped check asks, and each action does.

All of it is in their own files: the docstring, the config and the rights that it needs.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from actions.kind import ACTIONS
from checks.kind import CHECKS
from plugins.definition import Definition
from plugins.discovery import discover
from plugins.doc import paragraphs
from plugins.kinds import Kind

ROOT = Path(__file__).parents[1]
_SCENARIOS = "samples/scenarios"
_FIELD = re.compile(r"((?:`\w+`(?:, )?)+): (.*)", re.DOTALL)
_WRITTEN = (
    "<!-- Written by tools/check_docs.py from the {0} themselves: change them, and run it again."
    " -->"
)
_OF_CHECKS = f"""# The shipped checks

{_WRITTEN.format("checks")}

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
_OF_ACTIONS = f"""# The shipped actions

{_WRITTEN.format("actions")}

Each is one file in [`actions/builtin`](../actions/builtin), with its queries and private helpers
beside it, loaded like anybody's. All are off: one is done as soon as `gate.toml` has a table
`[actions.NAME]`, in the order of that file. Before a run, actions are done first and checks asked
afterwards, so a machine that was started is judged as started. What is about to be changed is
remembered where it survives, and only that is put back, in reverse: when the run is cancelled, when
it has ended, or by itself some time after its window (`grace`). An action that fails, or gives no
answer, speaks against the run as a check does, unless it is `advisory`.

| action | does | when | is put back |
|---|---|---|---|
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of docs: of all that are shipped of a kind."""

    kind: Kind
    file: Path
    head: str

    def current(self) -> str:
        """The whole page as it has to be today."""
        shipped = self.shipped
        return self.head + "".join(map(_row, shipped)) + "".join(map(_section, shipped))

    @property
    def shipped(self) -> list[Definition]:
        """Those that it is about."""
        found = discover(self.kind, None, plugins=())
        return [one for one in found if isinstance(one, Definition)]


PAGES = (
    Page(kind=CHECKS, file=ROOT / "docs" / "checks.md", head=_OF_CHECKS),
    Page(kind=ACTIONS, file=ROOT / "docs" / "actions.md", head=_OF_ACTIONS),
)


def undocumented(found: Definition) -> list[str]:
    """The keys of its config that its config's docstring says nothing about."""
    return [name for name in _keys(found) if name not in _meanings(found)]


def _row(found: Definition) -> str:
    name = f"[`{found.name}`](#{found.name})"
    last: tuple[str, ...] = (_default(found),)
    if found.kind is ACTIONS:
        last = (f"{found.options.when} the run", "no" if found.undo is None else "yes")
    return f"| {' | '.join((name, _cell(found.title), *last))} |\n"


def _default(found: Definition) -> str:
    return "on" if found.options.enabled else "off"


def _asked(found: Definition) -> str:
    if found.kind is CHECKS:
        about = "about each machine" if found.scope == "machine" else "once about the whole run"
        return f"Asked {about}; {_default(found)} by default."
    about = "to each machine" if found.scope == "machine" else "once for the whole run"
    back = "" if found.undo is None else ", and put back afterwards"
    return f"Done {about}, {found.options.when} it{back}; {_default(found)} by default."


def _section(found: Definition) -> str:
    return "\n\n".join(_parts(found)).join(("\n", "\n"))


def _parts(found: Definition) -> Iterator[str]:
    yield f"## {found.name}"
    (_, title), *said = paragraphs(found.doc)
    yield f"{title} {_asked(found)}"
    for head, text in said:
        yield f"**{head}:** {text}" if head else text
    if found.config_type is not None:
        yield from _config(found)
    if found.options.needs:
        needs = ", ".join(f"`{action}`" for action in found.options.needs)
        yield f"Azure actions that it needs: {needs}."
    yield from _examples(found)


def _examples(found: Definition) -> Iterator[str]:
    where = f"{_SCENARIOS}/{found.kind.table}/{found.name}"
    policy = ROOT / where / "gate.toml"
    if policy.is_file():
        text = policy.read_text(encoding="utf-8").strip()
        yield f"In `gate.toml`, for instance:\n\n```toml\n{text}\n```"
    if (ROOT / where).is_dir() and found.kind is CHECKS:
        yield f"To see it pass, block and be unsure: [`{where}`](../{where})."


def _config(found: Definition) -> Iterator[str]:
    head = [text for text in _prose(found) if not _FIELD.fullmatch(text)]
    yield f"`[{found.kind.table}.{found.name}.config]`: {' '.join(head)}"
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
    for page in PAGES:
        page.file.write_text(page.current(), encoding="utf-8")

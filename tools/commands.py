"""Write docs/commands.md: every command with its options, exit codes, an example and its JSON.

All of it is taken from the commands themselves, as `--help` tells it: change them.

python -m tools.commands      (in the virtual environment, from the root)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from typer.core import TyperArgument
from typer.main import get_command

from cli.main import app
from tools.screens import SCREENS, Screen

__all__ = ["PAGE", "SCHEMAS", "Told", "commands", "page"]

DOCS = Path(__file__).parents[1] / "docs"
PAGE = DOCS / "commands.md"
SCHEMAS = DOCS / "schemas"

_HEAD = """# The commands

<!-- Written by tools/commands.py from the commands themselves: change those, then `make docs`. -->

Azure is asked as whoever `DefaultAzureCredential` finds: `az login`, an environment, an identity.
With `--arm URL` a simulator is asked instead, which `patchgate simulator` serves on this machine.

With `--json`, a command prints JSON and nothing else; its shape is a schema in
[schemas](schemas) (JSON Schema, draft 2020-12). Names are in snake_case, times are ISO 8601 in UTC.
Fields may be added; none goes away or changes its meaning without a new major version. What goes
wrong is one sentence on stderr. Ctrl-C ends a command with 130; one that changes something says
what it had done by then.

Colour is for terminals alone, and `NO_COLOR=1` turns it off there too.
`patchgate --install-completion` completes commands and options in your shell.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One command, as it is typed, and what the command line knows of it."""

    words: tuple[str, ...]
    command: Any

    @property
    def name(self) -> str:
        """As it is typed."""
        return " ".join(("patchgate", *self.words))

    @property
    def help(self) -> str:
        """What it says of itself, as Markdown."""
        return str(self.command.help).strip()

    @property
    def has_json(self) -> bool:
        """It can print JSON."""
        return any("--json" in parameter.opts for parameter in self.command.params)

    def shows(self, screen: Screen) -> bool:
        """The picture is of this command."""
        return screen.arguments[: len(self.words)] == self.words

    @property
    def schema(self) -> str:
        """The file's name in docs/schemas that says what its JSON is like."""
        return f"{'-'.join(self.words)}.json"


def commands() -> tuple[Told, ...]:
    """All of them, by name."""
    return tuple(sorted(_under(get_command(app), ()), key=lambda told: told.words))


def page() -> str:
    """The page as it has to be today."""
    parts = [_HEAD, *_index(), *(_section(told) for told in commands())]
    return "\n".join(parts)


def _under(command: Any, words: tuple[str, ...]) -> Iterator[Told]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield Told(words=words, command=command)
        return
    for name, one in inner.items():
        yield from _under(one, (*words, name))


def _index() -> Iterator[str]:
    yield "| command | what it does |"
    yield "|---|---|"
    for told in commands():
        first = told.help.split("\n\n")[0].replace("\n", " ")
        yield f"| [`{told.name}`](#{'-'.join(('patchgate', *told.words))}) | {_cell(first)} |"
    yield ""


def _section(told: Told) -> str:
    lines = [f"## {told.name}", "", told.help, "", "| option | | |", "|---|---|---|"]
    lines += [_row(one) for one in told.command.params]
    lines += [line for one in SCREENS if told.shows(one) for line in ("", one.markdown)]
    if told.has_json:
        lines += ["", f"JSON: [schemas/{told.schema}](schemas/{told.schema})"]
    return "\n".join((*lines, ""))


def _row(one: Any) -> str:
    is_argument = isinstance(one, TyperArgument)
    named = _value(one) if is_argument else ", ".join(f"`{name}`" for name in one.opts)
    value = "" if is_argument else _value(one)
    notes = [str(one.help)]
    if one.required:
        notes.append("Required.")
    elif one.default is not None and one.default is not False:
        notes.append(f"Default: {getattr(one.default, 'value', one.default)}.")
    return f"| {named} | {value} | {_cell(' '.join(notes))} |"


def _value(one: Any) -> str:
    """What stands for its value; nothing for a switch."""
    if getattr(one, "is_flag", False):
        return ""
    kind = one.type_descriptor.annotation
    if one.metavar:
        text = one.metavar
    elif issubclass(kind, Enum):
        text = "|".join(str(choice.value) for choice in kind)
    elif one.min is not None:
        text = f"{one.min} to {one.max}"
    elif isinstance(one, TyperArgument):
        text = str(one.name).upper()
    else:
        text = {Path: "PATH"}.get(kind, "TEXT")
    return f"`{_cell(text)}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

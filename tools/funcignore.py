"""What .funcignore leaves behind, in both readings that Azure's tools have of it.

`azd` reads the file as git reads a .gitignore. The Functions Core Tools take each line for the
beginning of a path, in which `*` is at least one letter. A file of which the two say different
things would be deployed by one way and not by the other, so that is an error here.
Only lines of the simplest kinds are taken, so that this needs no library: see `Funcignore`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

__all__ = ["BadFuncignore", "Funcignore"]


class BadFuncignore(Exception):
    """.funcignore cannot be read, or can be read in two ways."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Funcignore:
    """The lines of a .funcignore, as patterns.

    A path is relative and has forward slashes; that of a folder ends with one.
    """

    git: tuple[re.Pattern[str], ...]
    core_tools: tuple[re.Pattern[str], ...]

    @classmethod
    def read(cls, file: Path) -> Funcignore:
        """Raises `BadFuncignore` for a line with anything but letters, `/`, `*` and `**/`."""
        text = file.read_text(encoding="utf-8")
        lines = [line for line in text.splitlines() if line and not line.startswith("#")]
        for line in lines:
            if re.search(r"[!?\[\]\\\s]", line):
                raise BadFuncignore(f"{file.name}: {line!r} is not read alike by all tools")
        return cls(
            git=tuple(re.compile(_as_git_reads_it(line)) for line in lines),
            core_tools=tuple(re.compile(_as_core_tools_read_it(line)) for line in lines),
        )

    def git_leaves(self, path: str) -> bool:
        """Whether azd does not deploy it."""
        return any(pattern.match(path) for pattern in self.git)

    def core_tools_leave(self, path: str) -> bool:
        """Whether `func azure functionapp publish` does not deploy it."""
        return any(pattern.match(path) for pattern in self.core_tools)

    def leaves(self, path: str) -> bool:
        """Whether nobody deploys it. Raises `BadFuncignore` for a file that only some deploy."""
        git, core_tools = self.git_leaves(path), self.core_tools_leave(path)
        if git != core_tools and not path.endswith("/"):
            who = "azd deploys" if core_tools else "the Core Tools deploy"
            raise BadFuncignore(f"{path}: only {who} it; .funcignore must say the same to both")
        return git and core_tools


def _as_git_reads_it(line: str) -> str:
    """A slash before the end ties a line to the root; one at the end asks for a folder."""
    body = line.strip("/")
    tied = line.startswith("/") or "/" in body
    pattern = re.escape(body).replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*")
    return ("" if tied else "(?:.*/)?") + pattern + ("/" if line.endswith("/") else "(?:/|$)")


def _as_core_tools_read_it(line: str) -> str:
    return re.escape(line.lstrip("/")).replace(r"\*\*", ".+").replace(r"\*", "[^/]+")

"""What must not be published with the app, by its name and by what is in it."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

__all__ = ["unwanted"]

_TOP = {"function_app.py", "gate.toml", "host.json", "requirements.txt"}
_KINDS = {".py", ".kql", ".typed"}
_OWN = ("my_actions/", "my_checks/")  # their authors may keep beside them what they read
_FOR_TESTS = {"test", "testing", "tests"}
_FOR_PEOPLE = {"doc", "docs", "samples"}
_TEST_FILES = ("test_*.py", "*_test.py", "conftest.py")
_PAGES = ("*.md", "*.rst", "*.adoc", "license*")
_SECRET_FILES = (
    *(".env*", "local.settings*", ".netrc", ".npmrc", ".pypirc", "*.publishsettings"),
    *("*.pem", "*.key", "*.pfx", "*.p12", "*.jks", "id_rsa*", "id_ed25519*"),
)
_SECRETS = {
    "a private key": rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\r?\n",
    "the key of a storage account": rb"AccountKey=[A-Za-z0-9+/]{86}==",
    "a shared access signature": rb"[?&;]sig=[A-Za-z0-9%]{43,}",
    "a token of GitHub": rb"\bgh[pousr]_[A-Za-z0-9]{36}",
    "a bearer token": rb"\beyJ[\w-]{20,}\.eyJ[\w-]{20,}\.[\w-]{20,}",
    "a password of an app registration": rb"(?<![\w~.-])[\w~.-]{3}8Q~[\w~.-]{31,34}(?![\w~.-])",
}


def unwanted(root: Path, files: Iterable[str]) -> Iterator[str]:
    """A line for each file that must not be inside. A link is never followed."""
    for file in files:
        path = root / file
        why = "a link" if path.is_symlink() else _by_name(file) or _by_content(path)
        if why:
            yield f"{file} is {why}: name it in .funcignore, or take it away"


def _by_name(file: str) -> str | None:
    path = PurePosixPath(file)
    folders, name = set(path.parts[:-1]), path.name.lower()
    if _one_of(name, _SECRET_FILES):
        return "of a kind that holds secrets"
    if folders & _FOR_TESTS or _one_of(name, _TEST_FILES):
        return "for tests"
    if folders & _FOR_PEOPLE or _one_of(name, _PAGES):
        return "for people"
    known = path.suffix in _KINDS if folders else file in _TOP
    return None if known or file.startswith(_OWN) else "nothing that the app reads"


def _one_of(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def _by_content(path: Path) -> str | None:
    content = path.read_bytes()
    found = (what for what, pattern in _SECRETS.items() if re.search(pattern, content))
    first = next(found, None)
    return first and f"a file with {first}"

"""The compiled requirements are those of pyproject.toml."""

import re
import tomllib
from pathlib import Path

import pytest

from tools.lock import COMPILED, ROOT, digest_line

PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
PROJECT = tomllib.loads(PYPROJECT)["project"]
EXTRAS = {
    "requirements.txt": [],
    "requirements/dev.txt": ["cli", "test", "dev"],
    "requirements/proof.txt": ["cli", "test", "dev", "proof"],
    "requirements/runtime.txt": ["cli", "test", "runtime"],
}


def _name(requirement: str) -> str:
    match = re.match(r"[\w.-]+", requirement)
    assert match, requirement
    return re.sub(r"[-_.]+", "-", match[0]).lower()


@pytest.mark.parametrize("file", COMPILED)
def test_each_file_is_compiled_from_the_dependencies_of_today(file: str) -> None:
    first = (ROOT / file).read_text(encoding="utf-8").partition("\n")[0]

    assert first == digest_line(PYPROJECT), f"{file} is out of date: run make lock"


@pytest.mark.parametrize("file", COMPILED)
def test_each_dependency_is_pinned_with_hashes(file: str) -> None:
    wanted = list(PROJECT["dependencies"])
    for extra in EXTRAS[file]:
        wanted += PROJECT["optional-dependencies"][extra]
    pinned = dict(re.findall(r"^([\w.-]+)(?:\[\w+\])?==(.*)$", _text(file), re.MULTILINE))

    missing = {_name(requirement) for requirement in wanted} - {*map(_name, pinned), "patchgate"}
    assert missing == set(), f"{file} is out of date: run make lock"
    assert all(pin.endswith("\\") for pin in pinned.values()), "a package without hashes"


@pytest.mark.parametrize("file", COMPILED)
def test_no_file_tells_where_it_was_compiled(file: str) -> None:
    lines = [line for line in _text(file).splitlines() if "://" in line or " /" in line]

    assert lines == []


@pytest.mark.parametrize("file", [file for file in COMPILED if file != "requirements.txt"])
def test_what_is_tested_is_what_is_deployed(file: str) -> None:
    pin = re.compile(r"^([\w.-]+)==([^ ]+)", re.MULTILINE)
    deployed = set(pin.findall(_text("requirements.txt")))

    others = {(name, version) for name, version in pin.findall(_text(file))}
    names = {name for name, _ in deployed}
    assert {(name, version) for name, version in others if name in names} <= deployed


def _text(file: str) -> str:
    return Path(ROOT / file).read_text(encoding="utf-8")

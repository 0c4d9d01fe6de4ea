"""The pictures in docs/images show what the commands print today, and nothing of this machine."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools.report_schema import FILE, current
from tools.screens import FOLDER, SCREENS, Screen, drawn


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_a_picture_is_what_its_command_prints(screen: Screen) -> None:
    """If this fails, run: python -m tools.screens (in the virtual environment, from the root)."""
    assert (FOLDER / f"{screen.name}.svg").read_text(encoding="utf-8") == drawn(screen)


def test_no_picture_is_of_something_else() -> None:
    assert {path.stem for path in FOLDER.glob("*.svg")} == {screen.name for screen in SCREENS}


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.svg")), ids=lambda path: path.stem)
def test_a_picture_fetches_nothing_and_tells_nothing_of_the_machine(path: Path) -> None:
    """No font comes from elsewhere; no port and no folder of ours is in it."""
    svg = path.read_text(encoding="utf-8").replace("&#160;", " ")
    assert set(re.findall(r"\w+://[^\s\"'<)]+", svg)) <= {
        "http://www.w3.org/2000/svg",
        "https://patchgate.azurewebsites.net",
    }
    for told in ("127.0.0.1", "/tmp", str(Path.home())):  # noqa: S108 - no file is made
        assert told not in svg


def test_the_schema_of_reports_is_what_their_code_says() -> None:
    """If this fails, run: python -m tools.report_schema (in the virtual environment)."""
    assert FILE.read_text(encoding="utf-8") == current()

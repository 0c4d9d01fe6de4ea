"""`make package` builds what is deployed, the same each time, or says why not."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest

from tools.lock import digest_line
from tools.package import Refused, build

ROOT = Path(__file__).resolve().parent.parent
LITTLE = {
    ".funcignore": (
        "/.funcignore\n/pyproject.toml\n/build/\n**/*.md\n/tests/\n"
        "/actions/testing/\n/checks/testing/\n/plugins/testing/\n"
    ),
    "pyproject.toml": "[project]\nrequires-python='>=3.11'\ndependencies=[]\n"
    "[project.optional-dependencies]\n",
    "function_app.py": "def later():\n    from core.ids import Id\n",
    "gate.toml": "",
    "host.json": "{}",
    "core/__init__.py": "",
    "core/ids.py": "import handlers.gate\nclass Id: ...\n",
    "core/ids.kql": "resources\n",
    "handlers/gate.py": "import json\n",
    "checks/testing/fakes.py": "",
    "my_checks/own.py": "",
    "my_checks/holidays.csv": "",
    "my_checks/README.md": "",
    "tests/test_gate.py": "",
}


@pytest.fixture
def little(tmp_path: Path) -> Path:
    """A little project of the same kind."""
    root = tmp_path / "project"
    for file, text in LITTLE.items():
        write(root, file, text)
    write(root, "requirements.txt", f"{digest_line(LITTLE['pyproject.toml'])}\n")
    return root


def write(root: Path, file: str, text: str) -> None:
    (root / file).parent.mkdir(parents=True, exist_ok=True)
    (root / file).write_text(text, encoding="utf-8")


def test_the_folder_and_the_archive_hold_what_is_deployed(little: Path) -> None:
    package = build(little, little / "build")
    held = {f.relative_to(package.folder).as_posix() for f in package.folder.rglob("*.*")}
    assert held == {
        *("function_app.py", "gate.toml", "host.json", "requirements.txt"),
        *("core/__init__.py", "core/ids.py", "core/ids.kql", "handlers/gate.py"),
        *("my_checks/own.py", "my_checks/holidays.csv"),
    }
    with zipfile.ZipFile(package.archive) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == sorted(held) == list(package.files)
        for name in archive.namelist():
            assert archive.read(name) == (package.folder / name).read_bytes()


def test_the_archive_is_the_same_wherever_it_is_made(little: Path, tmp_path: Path) -> None:
    """On another day, in another place, and with other rights on the files."""
    first = build(little, little / "build")
    other = tmp_path / "other"
    shutil.copytree(little, other, copy_function=shutil.copyfile)
    (other / "host.json").chmod(0o600)
    second = build(other, other / "build")
    assert first.archive.read_bytes() == second.archive.read_bytes()
    assert first.sha256 == second.sha256


def test_what_an_earlier_package_held_is_not_in_the_next(little: Path) -> None:
    build(little, little / "build")
    (little / "my_checks/own.py").unlink()
    assert not (build(little, little / "build").folder / "my_checks/own.py").exists()


@pytest.mark.parametrize("missing", ["function_app.py", "host.json", "requirements.txt"])
def test_an_app_without_what_the_host_needs_is_refused(missing: str, little: Path) -> None:
    (little / missing).unlink()
    with pytest.raises(Refused, match=f"{missing} is missing"):
        build(little, little / "build")
    assert not (little / "build").exists()


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("/gate.toml", "gate.toml is missing"),
        ("/handlers/", "handlers/gate.py is left behind, and core/ids.py imports it"),
        ("/core/ids.py", "core/ids.py is left behind, and function_app.py imports it"),
        ("/core/ids.kql", "core/ids.kql is left behind"),
        ("/my_checks/own.py", "my_checks/own.py is left behind"),
    ],
)
def test_a_funcignore_that_leaves_too_much_behind_is_refused(
    line: str, why: str, little: Path
) -> None:
    write(little, ".funcignore", f"{LITTLE['.funcignore']}{line}\n")
    with pytest.raises(Refused, match=why):
        build(little, little / "build")


def test_requirements_of_another_day_are_refused(little: Path) -> None:
    text = LITTLE["pyproject.toml"].replace("[]", "['requests']")
    write(little, "pyproject.toml", text)
    with pytest.raises(Refused, match="run make lock"):
        build(little, little / "build")


@pytest.mark.parametrize(
    ("file", "text", "why"),
    [
        ("handlers/test_gate.py", "", "for tests"),
        ("core/testing/fakes.py", "", "for tests"),
        ("my_checks/conftest.py", "", "for tests"),
        ("core/docs/ids.py", "", "for people"),
        ("LICENSE", "", "for people"),
        ("my_checks/notes.rst", "", "for people"),
        ("notes.txt", "", "nothing that the app reads"),
        ("core/ids.csv", "", "nothing that the app reads"),
        (".env.prod", "", "of a kind that holds secrets"),
        ("my_checks/client.pem", "", "of a kind that holds secrets"),
        ("local.settings.prod.json", "", "of a kind that holds secrets"),
        ("my_checks/k.py", "K = '''-----BEGIN PRIVATE KEY-----\n'''", "a private key"),
        ("host.json", f'"AccountKey={"A" * 86}=="', "the key of a storage account"),
        ("my_checks/u.py", f"U = 'https://x/?sv=1&sig={'a' * 43}%3D'", "a shared access signature"),
        ("my_checks/t.py", f"T = 'ghp_{'a1' * 18}'", "a token of GitHub"),
        ("my_checks/j.py", f"J = 'eyJ{'a' * 20}.eyJ{'b' * 20}.{'c' * 20}'", "a bearer token"),
        ("my_checks/p.py", f"P = 'abc8Q~{'d' * 34}'", "a password of an app registration"),
    ],
)
def test_what_nobody_should_publish_is_refused(
    file: str, text: str, why: str, little: Path
) -> None:
    write(little, file, text)
    with pytest.raises(Refused) as refused:
        build(little, little / "build")
    (reason,) = str(refused.value).splitlines()
    assert reason.startswith(f"{file} is ")
    assert why in reason


def test_a_link_is_not_followed(little: Path, tmp_path: Path) -> None:
    """Not even one to a folder, whose files would look as if they were ours."""
    write(tmp_path, "elsewhere/secret.py", "")
    (little / "core" / "more").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Refused, match="core/more is a link"):
        build(little, little / "build")


def test_all_reasons_are_said_at_once(little: Path) -> None:
    (little / "host.json").unlink()
    write(little, "core/notes.txt", "")
    with pytest.raises(Refused) as refused:
        build(little, little / "build")
    assert len(str(refused.value).splitlines()) == 2


def test_a_folder_of_somebody_else_is_not_taken_away(little: Path) -> None:
    write(little, "build/package/thesis.txt", "years of work")
    with pytest.raises(Refused, match="holds something that is no package"):
        build(little, little / "build")
    assert (little / "build/package/thesis.txt").exists()


def test_this_project_can_be_packed(tmp_path: Path) -> None:
    package = build(ROOT, tmp_path)
    assert "handlers/gate.py" in package.files
    assert package.size < 5_000_000

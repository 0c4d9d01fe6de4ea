"""`pytest --patchgate-contract my_checks`: the tests that every check should pass.

Each check of that folder, or file, gets all of `CheckContract`; the option may be given again, and
beside other tests. A check's config is that of `[checks.NAME.config]` in the `gate.toml` beside the
folder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from plugins.definition import Broken, Definition

__all__ = ["pytest_addoption", "pytest_collect_file", "pytest_configure"]

_OPTION = "--patchgate-contract"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option that turns it on."""
    parser.getgroup("patchgate").addoption(
        _OPTION,
        action="append",
        default=[],
        metavar="FOLDER",
        help="Put the contract of Patchgate's checks to every check of this folder, or file.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """The folders are collected as if they were arguments; alone, if there are no others."""
    folders = config.getoption(_OPTION)
    if folders:
        given = config.args if config.args_source is pytest.Config.ArgsSource.ARGS else []
        config.args = [*given, *(one for one in folders if one not in given)]


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Files of checks are those that the gate would load."""
    here = parent.config.invocation_params.dir
    wanted = [(here / folder).resolve() for folder in parent.config.getoption(_OPTION)]
    is_one = file_path.suffix.lower() == ".py" and not file_path.name.startswith(("_", "."))
    if not is_one or not {file_path.resolve(), file_path.parent.resolve()} & {*wanted}:
        return None
    file: pytest.Collector = _File.from_parent(parent, path=file_path)
    return file


class _File(pytest.File):
    def collect(self) -> Iterator[pytest.Collector]:
        from checks.kind import CHECKS  # noqa: PLC0415 - plugins cost every start of pytest
        from plugins.loading import Homes, load_file  # noqa: PLC0415

        names = {f"{CHECKS.own}.{path.stem}" for path in self.path.parent.glob("*.py")}
        module = f"{CHECKS.own}.{self.path.stem}"
        for found in load_file(self.path, module, CHECKS.own, Homes(kind=CHECKS, modules=names)):
            yield _Check.of(self, found)


class _Check(pytest.Collector):
    found: Definition | Broken

    @classmethod
    def of(cls, file: _File, found: Definition | Broken) -> _Check:
        """The contract of one check."""
        made: _Check = cls.from_parent(file, name=found.name)
        made.found = found
        return made

    def collect(self) -> Iterator[pytest.Item]:
        from checks.testing.contract import CheckContract, contract_tests  # noqa: PLC0415
        from plugins.definition import Broken  # noqa: PLC0415

        found = self.found
        if isinstance(found, Broken):
            problem = f"{found.origin}: {found.problem}"
            yield _Test.of(self, "test_it_loads", lambda: pytest.fail(problem, pytrace=False))
            return
        kind = type(found.name, (CheckContract,), {"check": staticmethod(found.function)})
        kind.config = _config(self.path, found.name)  # type: ignore[attr-defined]
        for name in contract_tests():
            yield _Test.of(self, name, getattr(kind(), name))


class _Test(pytest.Item):
    work: Callable[[], object]

    @classmethod
    def of(cls, check: _Check, name: str, work: Callable[[], object]) -> _Test:
        """One promise."""
        made: _Test = cls.from_parent(check, name=name)
        made.work = work
        return made

    def runtest(self) -> None:
        self.work()

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        """The sentence: where in the contract it is said helps nobody."""
        return f"{self.path.name}, {self.parent.name if self.parent else ''}: {excinfo.value}"

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, None, f"{self.parent.name if self.parent else ''}.{self.name}"


def _config(path: Path, check: str) -> dict[str, Any]:
    """What the policy file beside the folder says, so that a check may need a config."""
    from core.errors import BadPolicy  # noqa: PLC0415
    from core.policy.reading import parse_policy_file  # noqa: PLC0415
    from core.settings import POLICY_FILE  # noqa: PLC0415

    file = path.parent.parent / POLICY_FILE
    try:
        return parse_policy_file(file.read_bytes(), file.name).each()[0].of(check).config
    except FileNotFoundError:
        return {}
    except (BadPolicy, OSError) as error:
        raise pytest.Collector.CollectError(f"{file}: {error}") from error

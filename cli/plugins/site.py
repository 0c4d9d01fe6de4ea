"""The checks, the actions and the policy of the project that the command line is in."""

from __future__ import annotations

import contextlib
import re
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from actions.kind import ACTIONS
from checks.kind import CHECKS
from cli.exit_codes import BAD_INPUT
from cli.output import refuse
from cli.project import project_root
from cli.render.words import count
from core.clock import Clock, SystemClock
from core.errors import BadId, BadPolicy, shorten
from core.ids import ConfigurationId
from core.policy import PluginTable, Policy
from core.policy.file import PolicyFile, hint, no_check
from core.policy.reading import CHECK_NAME
from core.policy.toml import read_toml
from core.settings import Settings
from handlers.services import Services
from plugins.definition import Broken, Definition
from plugins.kinds import Kind

__all__ = ["BAD_INPUT", "Found", "Site", "Wanted", "open_site", "services_for"]

Found = Definition | Broken
_LOADING = 20.0  # real seconds for all to be loaded


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the command line says about where to look, and for what.

    `folder` has the site's own, of the first of these kinds.
    """

    kinds: tuple[Kind, ...] = (CHECKS, ACTIONS)
    folder: Path | None = None
    policy: Path | None = None
    configuration: str | None = None
    tags: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """All that there are of the kinds that were wanted, by name, and the policy for them."""

    services: Services
    found: dict[PluginTable, dict[str, Found]]
    file: PolicyFile
    policy: Policy
    notes: tuple[str, ...] = field(default=())

    @property
    def checks(self) -> dict[str, Found]:
        """Every check."""
        return self.found["checks"]

    @property
    def actions(self) -> dict[str, Found]:
        """Every action."""
        return self.found["actions"]

    def one(self, kind: Kind, name: str) -> Found:
        """The check, or the action, of that name; leaves with a hint if there is none."""
        known = self.found[kind.table]
        if name not in known:
            near = hint(name, known)
            refuse(f"there is no {kind} named {shorten(name, 60)!r}; {near}", code=BAD_INPUT)
        return known[name]


def services_for(
    wanted: Wanted, settings: dict[str, str] | None = None, clock: Clock | None = None
) -> Services:
    """The app as it is in this project, with the folder and the policy that are asked for."""
    environment = dict(settings or {})
    if wanted.folder is not None:
        name = f"PATCHGATE_{wanted.kinds[0].table.upper()}_FOLDER"
        environment[name] = str(wanted.folder.resolve())
    if wanted.policy is not None:
        environment["PATCHGATE_POLICY_FILE"] = str(wanted.policy.resolve())
    return Services(
        settings=Settings.from_environment(environment),
        root=project_root(Path.cwd()),
        clock=clock or SystemClock(),
    )


def open_site(wanted: Wanted, services: Services | None = None) -> Site:
    """Load them and read the policy; leaves, and says why, if either cannot be done."""
    services = services or services_for(wanted)
    try:
        file = services.policy_file()
    except BadPolicy as error:
        slips = _unknown_in(services, wanted.kinds)
        refuse(str(BadPolicy((*error.problems, *slips)) if slips else error), code=BAD_INPUT)
    policy, notes = _policy(file, wanted)
    found = {kind.table: _loaded(services, kind) for kind in wanted.kinds}
    return Site(services=services, found=found, file=file, policy=policy, notes=notes)


def _unknown_in(services: Services, kinds: Sequence[Kind]) -> tuple[str, ...]:
    """The tables, in a policy file that is not legal, of checks and actions that there are not.

    They are told with what else is wrong, as far as the file is TOML at all.
    """
    path = services.root / services.settings.policy_file
    try:
        table, lines = read_toml(path.read_bytes(), path.name)
    except (OSError, BadPolicy):
        return ()  # which is told already
    return tuple(
        f"{path.name}:{lines.get(where, 1)}: {no_check(str(where[-1]), known, kind.table)}"
        for kind in kinds
        for known in (_loaded(services, kind),)
        for where in _tables_in(table, kind)
        if where[-1] not in known
    )


def _tables_in(table: dict[str, Any], kind: Kind) -> Iterator[tuple[str | int, ...]]:
    """Where each table of a check is that its name lets be one, at the top and in blocks."""
    blocks = table.get("for")
    blocks = list(enumerate(blocks)) if isinstance(blocks, list) else []
    for at, block in [((), table), *((("for", place), inner) for place, inner in blocks)]:
        named = block.get(kind.table) if isinstance(block, dict) else None
        for name in named if isinstance(named, dict) else ():
            if re.fullmatch(CHECK_NAME, name):
                yield (*at, kind.table, name)


def _loaded(services: Services, kind: Kind) -> dict[str, Found]:
    """Loading runs users' code, which may hang, and may print what is no part of our output."""
    done: Future[dict[str, Found]] = Future()

    def work() -> None:
        try:
            done.set_result(services.checks if kind is CHECKS else services.actions)
        except Exception as error:  # noqa: BLE001 - handed on to whoever waits
            done.set_exception(error)

    with contextlib.redirect_stdout(sys.stderr):
        threading.Thread(target=work, daemon=True, name="loading").start()
        try:
            return done.result(_LOADING)
        except TimeoutError:
            why = f"loading the {kind}s takes more than {_LOADING:g} seconds; what a file does on "
            refuse(f"{why}import must end", code=BAD_INPUT)
        except OSError as error:
            refuse(f"the {kind}s cannot be read: {error}", code=BAD_INPUT)


def _policy(file: PolicyFile, wanted: Wanted) -> tuple[Policy, tuple[str, ...]]:
    """The policy, and what it leaves open because of what was not said."""
    if wanted.configuration is None:
        blocks = count(len(file.blocks), "[[for]] block")
        note = f"{file.name} has {blocks}, to be seen with --configuration ID"
        return file.each()[0], (note,) if file.blocks else ()
    try:
        configuration = ConfigurationId.parse(wanted.configuration)
    except BadId as error:
        refuse(str(error), code=BAD_INPUT)
    tags = dict(_tag(one) for one in wanted.tags) or None
    if tags is None and file.wants_tags(configuration):
        note = f"{file.name} has blocks that go by the configuration's tags: see --tag NAME=VALUE"
        return file.of(configuration, tags), (note,)
    return file.of(configuration, tags), ()


def _tag(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator or not name:
        refuse(f"--tag {shorten(text, 60)!r}: must be NAME=VALUE", code=BAD_INPUT)
    return name, value

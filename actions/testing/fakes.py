"""Clients of Azure's SDKs as small objects of the author's own, watched.

An object that stands for a client has the operation groups and operations that the action uses:

    compute = SimpleNamespace(virtual_machines=MyMachines())
    FakeAzure(ComputeManagementClient=compute)
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from actions.context import Azure, Stage
from plugins.answers import CannotTell

__all__ = ["Called", "FakeAzure", "at_stage"]

C = TypeVar("C")
# Names of operations that only look, as Azure's SDKs have them: whatever is not one, changes.
_LOOKS = re.compile(r"(get|list|check|instance_view)(_.*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """An operation that was called, such as `virtual_machines.begin_start`, and with what."""

    operation: str
    subscription: str
    arguments: tuple[Any, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)


class FakeAzure:
    """Has these clients, by the names of their types; another one cannot be had.

    As the real one it raises `CannotTell` if something is to be changed before it has been
    remembered. `called` has the operations that were to change something so far.
    """

    def __init__(self, **clients: Any) -> None:
        self._clients = clients
        self.called: list[Called] = []

    def client(self, kind: Callable[..., C], subscription: str) -> C:
        return self.client_at("do", kind, subscription)

    def client_at(self, stage: Stage, kind: Callable[..., C], subscription: str) -> C:
        """That client, as it is at that stage of an action."""
        name = getattr(kind, "__name__", str(kind))
        if name not in self._clients:
            raise CannotTell(f"this Azure has no {name}: give it one")
        client: Any = _Watched(self._clients[name], _Watch(self, stage, subscription), ())
        watched: C = client
        return watched


@dataclass(frozen=True, slots=True)
class _Watch:
    azure: FakeAzure
    stage: Stage
    subscription: str

    def changes(self, path: tuple[str, ...], arguments: Any, options: Any) -> None:
        """Something is about to be changed."""
        if self.stage == "plan":
            raise CannotTell("would change something before ctx.remember")
        self.azure.called.append(
            Called(
                operation=".".join(path),
                subscription=self.subscription,
                arguments=tuple(arguments),
                options=dict(options),
            )
        )


class _Watched:
    """A client, a group of its operations, or one of them."""

    def __init__(self, real: Any, watch: _Watch, path: tuple[str, ...]) -> None:
        self._real, self._watch, self._path = real, watch, path

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._real, name)
        if callable(found) or not self._path:
            return _Watched(found, self._watch, (*self._path, name))
        return found

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        if not _LOOKS.fullmatch(self._path[-1]):
            self._watch.changes(self._path, arguments, options)
        return self._real(*arguments, **options)


@dataclass(frozen=True, slots=True)
class _AtStage:
    azure: FakeAzure
    stage: Stage

    def client(self, kind: Callable[..., C], subscription: str) -> C:
        return self.azure.client_at(self.stage, kind, subscription)


def at_stage(azure: Azure, stage: Stage) -> Azure:
    """The same, at that stage, if it is a fake; another one knows its stage itself."""
    return _AtStage(azure, stage) if isinstance(azure, FakeAzure) else azure

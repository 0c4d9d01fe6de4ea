"""What a check may ask, in a child: the app asks it as its own identity, and sends the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.kql import KqlValue
from plugins.isolation.line import Line
from plugins.reach import Page

__all__ = ["DistantArm", "DistantGraph", "DistantWeb"]


@dataclass(frozen=True, slots=True)
class DistantGraph:
    """A `plugins.reach.Graph`."""

    line: Line

    def ask(
        self,
        query: str | Path,
        /,
        *,
        subscriptions: Sequence[str] | None = None,
        **values: KqlValue,
    ) -> Sequence[Mapping[str, Any]]:
        rows: Sequence[Mapping[str, Any]] = self.line.errand(
            "graph.ask", query, subscriptions=subscriptions, **values
        )
        return rows


@dataclass(frozen=True, slots=True)
class DistantArm:
    """A `plugins.reach.Arm`."""

    line: Line

    def get(self, path: str, /, *, api_version: str, **query: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.line.errand(
            "arm.get", path, api_version=api_version, **query
        )
        return found

    def pages(self, path: str, /, *, api_version: str, **query: str) -> Sequence[Mapping[str, Any]]:
        found: Sequence[Mapping[str, Any]] = self.line.errand(
            "arm.pages", path, api_version=api_version, **query
        )
        return found


@dataclass(frozen=True, slots=True)
class DistantWeb:
    """A `plugins.reach.Web`."""

    line: Line

    def fetch(self, url: str, /, **options: Any) -> Page:
        page: Page = self.line.errand("web.fetch", url, **options)
        return page

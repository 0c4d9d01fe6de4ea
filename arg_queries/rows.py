"""What came of a question to Resource Graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Rows"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """What came. `problem` is None only when it is all there is."""

    rows: tuple[Mapping[str, Any], ...]
    problem: str | None = None

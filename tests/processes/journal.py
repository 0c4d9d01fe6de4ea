"""Records on disk, one a line, each written before anybody hears of what it says.

What a process has handed to the kernel outlives it, whatever kills it: no `fsync` is needed for a
kill, and a power cut is not what is tested here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["Journal"]

Record = dict[str, Any]


class Journal:
    """Appends records to a file; reads those of an earlier life."""

    def __init__(self, path: Path) -> None:
        self._path = path
        whole = path.read_bytes().rpartition(b"\n")[0] + b"\n" if path.exists() else b""
        self._file = path.open("wb", buffering=0)
        # The last line may have been cut off in the middle: nobody has heard of it.
        self._file.write(whole.lstrip(b"\n"))

    def read(self) -> Iterator[Record]:
        """Every record so far, oldest first."""
        with self._path.open(encoding="utf-8") as file:
            yield from map(json.loads, file)

    def write(self, record: Record) -> None:
        """Append one record."""
        self._file.write(json.dumps(record, separators=(",", ":")).encode() + b"\n")

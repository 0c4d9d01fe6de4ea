"""Measuring in a process of its own: what happened before leaves no trace in time or memory."""

from __future__ import annotations

import json
import logging
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from benchmarks.sample import ROOT

__all__ = ["AzureElsewhere", "answer_of", "azure_elsewhere", "environment", "quiet", "seconds_of"]


def environment() -> dict[str, str]:
    """Ours, without the settings of a Patchgate that somebody runs here."""
    return {name: text for name, text in os.environ.items() if not name.startswith("PATCHGATE_")}


def answer_of(module: str, *arguments: str) -> Any:
    """Run one of our modules, and read the JSON that it prints."""
    command = [sys.executable, "-m", f"benchmarks.{module}", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, check=True, text=True
    )
    return json.loads(done.stdout)


def seconds_of(code: str) -> tuple[float, float]:
    """How long Python takes to start, run the code and end: by the clock, and of a processor."""
    began, burnt = time.perf_counter(), _burnt_by_children()
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment(), check=True)
    return time.perf_counter() - began, _burnt_by_children() - burnt


def _burnt_by_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class AzureElsewhere:
    """A simulator in another process."""

    def __init__(self, told: IO[str], ask: IO[str]) -> None:
        self._told, self._ask = told, ask
        self.url = told.readline().strip()

    def pages(self) -> tuple[int, int]:
        """Pages of Resource Graph that were asked for so far, and how many were first ones."""
        self._ask.write("\n")
        self._ask.flush()
        pages, firsts = map(int, self._told.readline().split())
        return pages, firsts

    def queries(self) -> int:
        """How many requests have come to its Resource Graph so far."""
        return self.pages()[0]


@contextmanager
def azure_elsewhere(machines: int) -> Iterator[AzureElsewhere]:
    """An Azure with so many machines, gone when the block is left."""
    command = [sys.executable, "-m", "benchmarks.azure_process", str(machines)]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin and process.stdout  # noqa: S101, PT018 - they are pipes
        yield AzureElsewhere(process.stdout, process.stdin)
        process.stdin.close()  # which ends it


def quiet() -> None:
    """Patchgate's log is not for the reader of figures."""
    logging.getLogger("patchgate").addHandler(logging.NullHandler())

"""A process of the test's own: lines in, lines out, and SIGKILL."""

from __future__ import annotations

import queue
import subprocess
import sys
import threading
from pathlib import Path

__all__ = ["Process"]

ROOT = Path(__file__).parents[2]
_PATIENCE = 120.0  # real seconds for a line: a machine may be busy


class Process:
    """`python -m MODULE ARGUMENTS…`, in the project's folder. Its complaints go into `log`."""

    def __init__(self, module: str, *arguments: str, log: Path) -> None:
        self._log = log
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", f"tests.processes.{module}", *arguments],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                encoding="utf-8",
            )
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line.strip())
        self._lines.put("")  # it is over

    def say(self, line: str) -> None:
        """Write a line to its input."""
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def hear(self) -> str:
        """The next line of its output; a process that ends instead has failed the test."""
        line = self._lines.get(timeout=_PATIENCE)
        assert line, f"a process has ended:\n{self._log.read_text(encoding='utf-8')[-4000:]}"
        return line

    def kill(self) -> None:
        """SIGKILL: it gets no chance to tidy up."""
        self._process.kill()
        self._process.wait()
        self._reader.join()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

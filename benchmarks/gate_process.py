"""A process of its own for Patchgate, from an event to the cancel call, on the in-memory engine.

It answers the question of the tutorial by a check of six lines, beside those that are shipped and
on. Prints when it began (`time.monotonic`, after imports and loading), and what it took until the
cancel was confirmed: seconds of the processor, and megabytes at most.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.memory import peak_megabytes
from benchmarks.processes import quiet
from benchmarks.sample import ROOT, clock, envelope
from core.settings import POLICY_FILE, Settings
from handlers.accept import accept
from handlers.activities import steps
from handlers.app import STORIES
from handlers.engines import Json, Step
from handlers.engines.in_memory import running
from handlers.keeping import keeping_steps
from handlers.services import Services

_PATIENCE = 600.0  # seconds, after which something is broken
_CHECK = '''"""The tutorial's question, as a check."""

from checks import Machine, Verdict, blocked, check, passed


@check
def is_running(machine: Machine) -> Verdict:
    """Every machine is running."""
    return passed() if machine.power == "running" else blocked(f"is {machine.power}")
'''


def main(url: str) -> None:
    """Have the run of the sample event cancelled."""
    quiet()
    now = clock()
    settings = Settings.from_environment({"PATCHGATE_SIMULATOR": url})
    with _site() as root:
        services = Services(settings=settings, root=root, clock=now)
        services.warm()
        work, confirmed = _noting(steps(services))
        with running(STORIES, work, now, keeping=keeping_steps) as starter:
            began, burnt = time.monotonic(), time.process_time()
            asyncio.run(accept(envelope(), starter, services))
            if not confirmed.wait(_PATIENCE):
                raise SystemExit("no cancel call was confirmed")
            taken = {
                "began": began,
                "cpu": time.process_time() - burnt,
                "peak": peak_megabytes(),
            }
            print(json.dumps(taken), flush=True)


def _noting(work: Mapping[str, Step]) -> tuple[dict[str, Step], threading.Event]:
    """The same steps, and what is set once a cancel call is over that was confirmed."""
    confirmed = threading.Event()

    def cancel(request: Json) -> Json:
        answer: Json = work["cancel_run"](request)
        if answer["confirmed"]:
            confirmed.set()
        return answer

    return {**work, "cancel_run": cancel}, confirmed


@contextmanager
def _site() -> Iterator[Path]:
    """A folder with that one check, and the policy that is shipped."""
    with TemporaryDirectory(prefix="patchgate-bench-") as folder:
        root = Path(folder)
        (root / "my_checks").mkdir()
        (root / "my_checks" / "is_running.py").write_text(_CHECK, encoding="utf-8")
        shutil.copy(ROOT / POLICY_FILE, root)
        yield root


if __name__ == "__main__":
    main(*sys.argv[1:])

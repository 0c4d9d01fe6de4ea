"""`python -m tests.processes RUNS SPEED`: a storm of any size with real processes, by hand."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from tests.processes.judged import all_are_judged_once, what_came
from tests.processes.world import world

_PUBLISHED = "[graph]\nquota = 15\n[arm]\nwrites = 200\nreads = 250\n"


def _main(count: int, speed: float) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        world(Path(folder), speed=speed, rules=_PUBLISHED) as w,
    ):
        w.patience = 3600.0
        runs = w.plan([f"pinned-{n}" for n in range(count // 4)], blocked=True)
        runs += w.plan([f"fine-{n}" for n in range(count - len(runs))], blocked=False)
        w.employ()
        began = time.monotonic()
        w.deliver(runs)
        endings, spare = what_came(w, runs)
        took = time.monotonic() - began
        print(f"{count} runs in {took:.0f} s: {endings}")  # noqa: T201
        print(f"the last decision {spare:.0f} s before its cut-off; {w.truth()['answers']}")  # noqa: T201
        all_are_judged_once(w, runs)


if __name__ == "__main__":
    _main(int(sys.argv[1]), float(sys.argv[2]))

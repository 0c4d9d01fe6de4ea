"""`python -m tests.storm EVENTS MINUTES WORKERS`: how a storm of any size ends."""

from __future__ import annotations

import sys
from collections import Counter

from core.timeline import LATEST_CANCEL
from tests.storm.storm import Storm


def _main(events: int, minutes: float, workers: int) -> None:
    storm = Storm(events=events, minutes=minutes, workers=workers)
    storm.rage()
    ends = Counter((one.blocked, one.report.ending) for one in storm.judged)
    for (blocked, ending), count in sorted(ends.items()):
        print(f"{count:6} {'blocked' if blocked else 'fine'} runs {ending}")  # noqa: T201
    spare = min(one.event.start - LATEST_CANCEL - one.report.decision.at for one in storm.judged)
    warned = sum(bool(one.report.warnings) for one in storm.judged)
    print(f"{storm.queries} queries, {storm.refused} of them refused; {warned} reports warn;")  # noqa: T201
    print(f"the last decision came {spare.total_seconds():.0f} s before the cut-off")  # noqa: T201


if __name__ == "__main__":
    _main(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))

"""Five hundred pre events in one second: all judged in time under the quotas of Azure."""

from __future__ import annotations

import pytest

from core.timeline import LATEST_CANCEL
from tests.storm.storm import Storm


@pytest.mark.parametrize(("minutes", "workers"), [(35, 1), (30, 4), (22, 1)])
def test_five_hundred_events_at_once_are_all_judged_in_time(minutes: int, workers: int) -> None:
    """However late Azure sends them, and on however many workers.

    Blocked runs are cancelled before the cut-off, and fine ones are left alone, with nothing in
    their reports to be in doubt about.
    """
    storm = Storm(events=500, minutes=minutes, workers=workers)
    storm.rage()
    assert len(storm.judged) == 500
    for judged in storm.judged:
        cut_off = judged.event.start - LATEST_CANCEL
        assert judged.report.decision.at < cut_off
        assert judged.report.ending == ("cancelled" if judged.blocked else "proceeded")
        assert (judged.cancelled_at is not None) == judged.blocked
        assert judged.cancelled_at is None or judged.cancelled_at < cut_off
        assert judged.report.gaps == ()
    assert workers > 1 or storm.refused == 0

"""A notice has one key for each state of a run."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from core.notice import NOTICE_STATES, Notice

RUN = "/subscriptions/x/applyUpdates/20261128"
NOTICE = Notice(
    state="blocked",
    run=RUN,
    configuration="/subscriptions/x",
    headline="no",
    start=datetime(2026, 11, 28, 3, tzinfo=UTC),
)


def test_the_key_is_that_of_run_and_state_and_of_nothing_else() -> None:
    """So that a notice which is sent again is known again, in whatever case Azure spells the id."""
    assert NOTICE.key == "patchgate-b401b8053fe716fc77eec4fc-blocked"
    assert replace(NOTICE, run=RUN.upper(), headline="other", machines=3).key == NOTICE.key
    others = {replace(NOTICE, state=state).key for state in NOTICE_STATES}
    assert len(others) == len(NOTICE_STATES)
    assert replace(NOTICE, run=f"{RUN}1").key not in others

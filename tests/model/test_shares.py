"""The stories of CI are not only such as nothing can be asked of: without playing them."""

from __future__ import annotations

from collections import Counter
from typing import ClassVar

from tests.model.machine import Stories
from tests.model.oracle import fate_of
from tests.model.shards import play


class _Counted(Stories):
    """Counts its stories instead of playing them."""

    counts: ClassVar[Counter[str]] = Counter()

    def teardown(self) -> None:
        policy = self.story.policy
        fate = fate_of(self.story)
        self.counts["all"] += 1
        self.counts[fate] += 1
        if fate == "proceed" and policy.mode == "enforce" and policy.observed_if is None:
            self.counts["really proceed"] += 1
            self.counts["with a check"] += bool(self.story.checks)


def test_enough_stories_have_an_ending_that_must_be() -> None:
    """A generator that drifts into chaos would leave the model without a word to say."""
    play(400, 1, _Counted, shrink=False)
    counts = _Counted.counts
    assert counts["cancel"] > 0.25 * counts["all"]
    assert counts["really proceed"] > 0.06 * counts["all"]
    assert counts["with a check"] > 0.3 * counts["really proceed"]

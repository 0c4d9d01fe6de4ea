"""Part 4 of the model test: see `shards`."""

from __future__ import annotations

from tests.model.shards import play_part


def test_no_story_breaks_an_invariant() -> None:
    play_part(4)

"""Azure Resource Manager takes so many requests at once, and so many a second."""

from __future__ import annotations

from tests.simulator.world import CANCEL, RUN, world

_LIMITS = "[arm]\nwrites = 3\nreads = 5\n"


def test_one_write_too_many_is_refused_until_time_has_passed() -> None:
    """With the seconds to wait; and it has no effect."""
    with world(_LIMITS) as w:
        answers = [w.send("PUT", f"{RUN}x", CANCEL).status_code for _ in range(3)]
        assert answers == [404, 404, 404]
        refused = w.cancel()
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
        assert w.azure.run_status == "Pending"
        w.clock.sleep(0.1)
        assert w.cancel().status_code == 200


def test_reads_have_a_bucket_of_their_own() -> None:
    """Ten reads cost no write, and the sixth is one too many."""
    with world(_LIMITS) as w:
        assert [w.read().status_code for _ in range(6)] == [200] * 5 + [429]
        assert w.cancel().status_code == 200
        w.clock.sleep(60)
        assert [w.read().status_code for _ in range(6)] == [200] * 5 + [429]


def test_without_limits_all_are_taken() -> None:
    """That is how a scenario begins."""
    with world() as w:
        assert {w.read().status_code for _ in range(20)} == {200}

"""The table of figures."""

from __future__ import annotations

import pytest

from benchmarks.figure import Figure, Series, alternate
from benchmarks.table import machine, render


@pytest.mark.parametrize("scale", [0.000_123_456, 0.123_456, 1.234_56, 123.456, 1234.56])
def test_the_table_fits_a_terminal(scale: float) -> None:
    """Whatever the figures are."""
    series = Series(tuple(scale * factor for factor in (1, 1.5, 0.9)))
    figure = Figure(
        name="a", title="x" * 33, unit="ms", ours=series, floor=series, target=1.15, of="ratio"
    )
    assert max(map(len, render([figure], machine()).splitlines())) <= 100


@pytest.mark.parametrize(("of", "met"), [("ours", False), ("beyond", True), ("ratio", True)])
def test_a_target_is_of_ours_of_the_difference_or_of_the_ratio(of: str, *, met: bool) -> None:
    """Judged by the median of the rounds."""
    figure = Figure(
        name="a",
        title="a",
        unit="s",
        ours=Series((9.0, 10.0, 90.0)),
        floor=Series((5.0, 6.0, 7.0)),
        target=5,
        of=of,  # type: ignore[arg-type]
    )
    assert figure.met is met


def test_works_take_turns() -> None:
    """Every other round goes backwards, and the first is not counted."""
    order: list[str] = []

    def work(name: str) -> int:
        order.append(name)
        return len(order)

    assert alternate(2, lambda: work("a"), lambda: work("b")) == ((3, 6), (4, 5))
    assert "".join(order) == "baabba"

"""What the checks that ask about a whole run have in common."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks import CannotTell, Machine, Verdict, passed
from checks.builtin._rows import Row, by_machine, each_machine, fresh, moment, said, text
from tests.builders import JSON, NOON
from tests.checks.builtin.saying import of_run, statuses, vm

HOUR = timedelta(hours=1)


def test_what_cannot_be_told_of_one_machine_is_that_machines_alone() -> None:
    """The others keep their verdicts."""

    def judge(machine: Machine) -> Verdict:
        if machine.name == "b":
            raise CannotTell("who knows")
        return passed()

    answers = each_machine(of_run(vm("a"), vm("b"), vm("c")), judge)
    assert statuses(answers) == {"a": "passed", "b": "who knows", "c": "passed"}


def test_rows_are_found_whatever_the_letter_case_of_their_id() -> None:
    """Azure writes one id in several ways."""
    rows: list[Row] = [{"machine": "/A/b", "n": 1}, {"machine": "/a/B", "n": 2}, {"machine": None}]
    found = by_machine(rows)
    assert [row["n"] for row in found["/a/b"]] == [1, 2]
    assert set(found) == {"/a/b", ""}


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-01T02:00:00.1234567Z",
        "2026-03-01T02:00:00.123456Z",
        "2026-03-01T03:00:00.1234567+01:00",
        "2026-03-01T02:00:00.1234567",
        " 2026-03-01T02:00:00.1234560Z ",
    ],
)
def test_times_are_read_as_azure_writes_them(written: str) -> None:
    """With seven digits of a second, and in UTC where no zone is given."""
    assert moment(written) == datetime(2026, 3, 1, 2, 0, 0, 123456, UTC)


@given(JSON)
def test_anything_else_is_no_time(value: object) -> None:
    """Nothing that Azure may write makes a check fall over."""
    found = moment(value)
    assert found is None or found.tzinfo is UTC


@given(JSON)
def test_a_column_is_text_or_empty(value: object) -> None:
    """Whatever Azure writes into it."""
    assert text({"a": value}, "a") == (value.strip() if isinstance(value, str) else "")


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("", "its health has no time that can be read"),
        (None, "its health has no time that can be read"),
        ("yesterday", "its health has no time that can be read"),
        ("2026-11-28T09:00:00Z", "its health is 3 h old, more than 60 min"),
        ("2026-11-18T12:00:00Z", "its health is 10 days old, more than 60 min"),
        ("2026-11-28T12:20:00Z", "its health is of the future: 2026-11-28 12:20 UTC"),
        ("0001-01-01T00:00:00+05:00", "its health has no time that can be read"),
    ],
)
def test_what_is_old_or_has_no_time_says_nothing(value: object, why: str) -> None:
    """And the sentence says how old it is."""
    with pytest.raises(CannotTell) as told:
        fresh(value, NOON, HOUR, "its health")
    assert str(told.value) == why


@given(st.timedeltas(min_value=timedelta(minutes=-15), max_value=HOUR))
def test_what_is_young_has_an_age(age: timedelta) -> None:
    """Which is none if Azure's clock is a little ahead of ours."""
    assert fresh((NOON - age).isoformat(), NOON, HOUR, "it") == max(age, timedelta(0))


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=4000)))
def test_a_length_of_time_is_said_in_one_unit(span: timedelta) -> None:
    """With a figure that is not far off."""
    figure, unit = said(span).split()
    size = {"min": 60, "h": 3600, "days": 86400}[unit]
    assert abs(int(figure) * size - span.total_seconds()) <= size / 2

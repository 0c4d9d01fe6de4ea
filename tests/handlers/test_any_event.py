"""Whatever comes in: an event or a refusal, and never anything else."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import BadEvent
from core.ids import ConfigurationId
from core.model import MaintenanceEvent
from handlers.events import POST, PRE, parse_event
from tests.builders import CONFIGURATION, JSON
from tests.handlers.event_fields import (
    DATA,
    IDS,
    event_grid,
    refusal_of,
    with_field,
)


def deep(times: int) -> Any:
    """A list in a list in a list, so many times."""
    value: Any = "x"
    for _ in range(times):
        value = [value]
    return value


@pytest.mark.parametrize("name", [*DATA, "eventTime", "topic", "data", "eventType"])
@pytest.mark.parametrize("times", [100, 50_000])
def test_a_field_nested_without_end_is_refused(name: str, times: int) -> None:
    """Also when somebody else has read the JSON."""
    if name in ("CancellationCutOffDateTime", "Status"):
        kind = PRE if name == "CancellationCutOffDateTime" else POST
        refusal_of(event_grid(kind, **{name: deep(times)}))
    else:
        refusal_of(with_field(name, deep(times)))


def test_two_fields_nested_without_end_that_differ_in_case_are_refused() -> None:
    """Comparing them is not worth the stack."""
    envelope = event_grid(x=deep(50_000), X=deep(50_000))
    assert refusal_of(envelope).field == "data.X"


envelope_fields = st.sampled_from(["id", "topic", "subject", "eventType", "eventTime", "data"])
data_fields = st.sampled_from(sorted(DATA))
anything = JSON | st.sampled_from([float("nan"), float("inf"), -1, 10**400])


def outcome_of(envelope: Any) -> MaintenanceEvent | BadEvent:
    """An event or a refusal: any other exception fails the test."""
    try:
        return parse_event(envelope)
    except BadEvent as error:
        return error


@settings(deadline=None, max_examples=400)
@given(
    kind=st.sampled_from([PRE, POST]),
    in_data=st.booleans(),
    envelope_field=envelope_fields,
    data_field=data_fields,
    value=anything,
)
def test_any_value_in_any_field_gives_an_event_or_a_refusal(
    kind: str, envelope_field: str, data_field: str, value: Any, *, in_data: bool
) -> None:
    """And never a run of another configuration than the one that the topic names."""
    envelope = event_grid(kind)
    if in_data:
        envelope["data"][data_field] = value
    else:
        envelope[envelope_field] = value
    result = outcome_of(envelope)
    if isinstance(result, MaintenanceEvent):
        assert str(result.run).startswith(CONFIGURATION)
        assert result.end > result.start


@settings(deadline=None, max_examples=200)
@given(text=st.text(max_size=12), at=st.integers(0, 300), name=st.sampled_from(IDS))
def test_text_put_into_an_id_never_leads_out_of_the_configuration(
    text: str, at: int, name: str
) -> None:
    """Only the run's own name may change."""
    good = DATA.get(name, CONFIGURATION)
    assert isinstance(good, str)
    at %= len(good) + 1
    result = outcome_of(with_field(name, good[:at] + text + good[at:]))
    if isinstance(result, MaintenanceEvent):
        assert result.configuration == ConfigurationId.parse(CONFIGURATION)
        assert str(result.run).count("/") == 12


@settings(deadline=None, max_examples=200)
@given(envelope=st.dictionaries(st.text(max_size=8) | envelope_fields, JSON, max_size=6))
def test_any_object_gives_an_event_or_a_refusal(envelope: dict[str, Any]) -> None:
    """And is left as it was."""
    before = copy.deepcopy(envelope)
    outcome_of(envelope)
    assert repr(envelope) == repr(before)

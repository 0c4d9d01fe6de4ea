"""Event Grid JSON in, a typed maintenance event out, or an error that names the culprit."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import BadEvent
from core.ids import ConfigurationId
from core.model import MaintenanceEvent, PostMaintenanceEvent, PreMaintenanceEvent
from handlers.events import POST, PRE, envelopes, event_type, parse_event
from tests.builders import CONFIGURATION, JSON, SUBSCRIPTION

EVENTS = Path(__file__).parents[2] / "samples" / "events"
OTHER = "9a8b7c6d-2222-4e5f-8a9b-0c1d2e3f4a5b"
DATA = {
    "CorrelationId": f"{CONFIGURATION}/providers/microsoft.maintenance/applyupdates/20261128030000",
    "MaintenanceConfigurationId": CONFIGURATION,
    "StartDateTime": "2026-11-28T03:00:00Z",
    "EndDateTime": "2026-11-28T05:00:00Z",
    "CancellationCutOffDateTime": "2026-11-28T02:59:00Z",
    "ResourceSubscriptionIds": [SUBSCRIPTION, OTHER],
    "Status": "Succeeded",
}
IDS = ["CorrelationId", "MaintenanceConfigurationId", "topic (source)"]
TIMES = ["StartDateTime", "EndDateTime", "CancellationCutOffDateTime", "eventTime"]


def event_grid(kind: str = PRE, **data: Any) -> dict[str, Any]:
    """An event in Event Grid's schema."""
    return {
        "id": "1",
        "topic": CONFIGURATION,
        "subject": "weekly-prod",
        "eventType": kind,
        "eventTime": "2026-11-28T02:22:00.1234567Z",
        "dataVersion": "1.0",
        "metadataVersion": "1",
        "data": {**DATA, **data},
    }


def cloud_event(kind: str = PRE, **data: Any) -> dict[str, Any]:
    """The same as a CloudEvent."""
    return {
        "specversion": "1.0",
        "id": "1",
        "source": CONFIGURATION,
        "subject": "weekly-prod",
        "type": kind,
        "time": "2026-11-28T02:22:00.1234567Z",
        "data": {name[0].lower() + name[1:]: value for name, value in {**DATA, **data}.items()},
    }


def with_field(name: str, value: Any) -> dict[str, Any]:
    """An event in which one field, called as errors call it, has that value."""
    envelope = event_grid()
    if name == "topic (source)":
        envelope["topic"] = value
    elif name in envelope:
        envelope[name] = value
    else:
        envelope["data"][name] = value
    return envelope


def refusal_of(envelope: Mapping[str, Any]) -> BadEvent:
    """Why it cannot be understood."""
    with pytest.raises(BadEvent) as refusal:
        parse_event(envelope)
    assert len(str(refusal.value)) < 800
    assert str(refusal.value).isprintable()
    return refusal.value


@pytest.mark.parametrize("make", [event_grid, cloud_event])
def test_a_pre_event_in_either_schema(make: Any) -> None:
    """Says when the run starts, until when it may be cancelled, and where its machines are."""
    event = parse_event(make())
    assert isinstance(event, PreMaintenanceEvent)
    assert event.configuration == ConfigurationId.parse(CONFIGURATION)
    assert event.run.name == "20261128030000"
    assert event.event_time == datetime(2026, 11, 28, 2, 22, 0, 123456, tzinfo=UTC)
    assert event.start == datetime(2026, 11, 28, 3, tzinfo=UTC)
    assert event.end == datetime(2026, 11, 28, 5, tzinfo=UTC)
    assert event.cancellation_cut_off == datetime(2026, 11, 28, 2, 59, tzinfo=UTC)
    assert event.subscriptions == (SUBSCRIPTION, OTHER)


@pytest.mark.parametrize("make", [event_grid, cloud_event])
def test_a_post_event_in_either_schema(make: Any) -> None:
    """Has a status, and needs no cut-off."""
    envelope = make(POST)
    envelope["data"] = {k: v for k, v in envelope["data"].items() if "utOff" not in k}
    event = parse_event(envelope)
    assert isinstance(event, PostMaintenanceEvent)
    assert event.status == "Succeeded"


def test_both_schemas_say_the_same() -> None:
    """Whichever the subscription is set to."""
    assert parse_event(event_grid()) == parse_event(cloud_event())
    assert parse_event(event_grid(POST)) == parse_event(cloud_event(POST))


@pytest.mark.parametrize("path", sorted(EVENTS.glob("*.json")), ids=lambda path: path.name)
def test_every_sample_file_parses(path: Path) -> None:
    """They are what a new user tries first."""
    (envelope,) = envelopes(path.read_bytes())
    event = parse_event(envelope)
    kind = PreMaintenanceEvent if path.name.startswith("pre") else PostMaintenanceEvent
    assert isinstance(event, kind)


def test_there_is_a_sample_of_each_kind_in_each_schema() -> None:
    """Two schemas, two types."""
    assert {path.name for path in EVENTS.glob("*.json")} >= {
        f"{kind}.{schema}.json" for kind in ("pre", "post") for schema in ("eventgrid", "cloudevents")
    }


@settings(deadline=None, max_examples=150)
@given(seed=st.integers(), kind=st.sampled_from([PRE, POST]))
def test_field_names_of_data_are_read_in_any_case(seed: int, kind: str) -> None:
    """Two spellings are published; a third would be read as well."""
    chance = random.Random(seed)  # noqa: S311 - letters of a field name
    envelope = event_grid(kind)
    envelope["data"] = {
        "".join(chance.choice((c.lower(), c.upper())) for c in name): value
        for name, value in DATA.items()
    }
    assert parse_event(envelope) == parse_event(event_grid(kind))


@pytest.mark.parametrize("digits", range(10))
@pytest.mark.parametrize("zone", ["Z", "z", "+00:00", "-00:00"])
def test_times_have_none_to_nine_digits_of_a_second(digits: int, zone: str) -> None:
    """Azure writes seven; Python keeps six."""
    fraction = "." + "123456789"[:digits] if digits else ""
    event = parse_event(event_grid(StartDateTime=f"2026-11-28T03:00:00{fraction}{zone}"))
    assert event.start.microsecond == int("123456789"[:digits].ljust(6, "0")[:6])
    assert event.start.replace(microsecond=0) == datetime(2026, 11, 28, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "hour", "minute"),
    [
        ("2026-11-28T04:00:00+01:00", 3, 0),
        ("2026-11-28T08:30:00+05:30", 3, 0),
        ("2026-11-27T19:15:00.5-08:00", 3, 15),
        ("2026-11-28t03:00:00z", 3, 0),
    ],
)
def test_times_come_out_in_utc(text: str, hour: int, minute: int) -> None:
    """Whatever their offset."""
    start = parse_event(event_grid(StartDateTime=text)).start
    assert (start.day, start.hour, start.minute) == (28, hour, minute)
    assert start.utcoffset() == timedelta()


@pytest.mark.parametrize("name", TIMES)
@pytest.mark.parametrize(
    "value",
    [
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.9999999Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "1999-12-31T23:59:59Z",
        "2200-01-01T00:00:00Z",
        "2026-02-30T03:00:00Z",
        "2026-11-28T25:00:00Z",
        "2026-11-28T03:00:60Z",
        "2026-11-28T03:00:00+99:99",
        "2026-11-28T03:00:00",
        "2026-11-28 03:00:00Z",
        "2026-11-28",
        "2026-11-28T03:00:00.1234567890Z",
        "2026-11-28T03:00:00Z\n",
        "２０２６-11-28T03:00:00Z",
        "2026-11-28T03:00:00.12345６7Z",
        "20261128T030000Z",
        "tomorrow",
        1795834800,
        None,
        ["2026-11-28T03:00:00Z"],
        {},
        True,
    ],
)
def test_what_is_no_time_is_named(name: str, value: Any) -> None:
    """Local times, impossible ones, the ends of the calendar, other types."""
    error = refusal_of(with_field(name, value))
    assert error.field in (name, "time")  # without eventTime, it is the time of a CloudEvent
    if value is not None and name != "eventTime":
        assert str(value)[:20].rstrip("\n") in error.value


@pytest.mark.parametrize("end", ["2026-11-28T03:00:00Z", "2026-11-27T05:00:00Z"])
def test_a_run_that_ends_before_it_starts_is_refused(end: str) -> None:
    """Or at the same moment."""
    error = refusal_of(event_grid(EndDateTime=end))
    assert (error.field, error.value) == ("EndDateTime", end)


def test_a_run_of_the_past_is_an_event_all_the_same() -> None:
    """Whether it is too late is the timeline's to say."""
    event = parse_event(
        event_grid(StartDateTime="2020-01-01T00:00:00Z", EndDateTime="2020-01-01T01:00:00Z")
    )
    assert event.start.year == 2020


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("rg-patching", ".."),
        ("rg-patching", "%2e%2e"),
        ("/providers", "//providers"),
        ("/subscriptions", "https://evil.example/subscriptions"),
        ("/subscriptions", "//evil.example/subscriptions"),
        ("/subscriptions", "@evil.example/subscriptions"),
        ("weekly-prod", "weekly?x=y"),
        ("weekly-prod", "weekly#prod"),
        ("weekly-prod", "week@prod"),
        ("weekly-prod", "weekly'prod"),
        ("weekly-prod", 'weekly"prod'),
        ("weekly-prod", "weekly%2fprod"),
        ("weekly-prod", "weekly\nprod"),
        ("weekly-prod", "weekly\0prod"),
        ("Microsoft.Maintenance", "Microsoft.Compute"),
        ("maintenanceConfigurations", "virtualMachines"),
        (SUBSCRIPTION, "production"),
    ],
)
def test_an_id_that_is_not_of_its_form_is_named(name: str, old: str, new: str) -> None:
    """Before any part of it is used anywhere."""
    good = DATA.get(name, CONFIGURATION)
    assert isinstance(good, str)
    bad = good.replace(old, new, 1)
    assert bad != good
    error = refusal_of(with_field(name, bad))
    assert error.field.startswith(name)


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize("around", ["{}\n", "\n{}", " {}", "{}\t", "{}/", "{}\0", "{}.", "{}?"])
def test_nothing_stands_around_an_id(name: str, around: str) -> None:
    """Not even a newline that a careless reader would strip."""
    good = DATA.get(name, CONFIGURATION)
    assert refusal_of(with_field(name, around.format(good))).field.startswith(name)


@pytest.mark.parametrize("run", ["default", "DEFAULT", "..", "", "x/y", "x" * 200])
def test_the_run_of_a_correlation_id_has_a_legal_name(run: str) -> None:
    """`default` would start host maintenance instead of cancelling anything."""
    bad = DATA["CorrelationId"]
    assert isinstance(bad, str)
    assert refusal_of(event_grid(CorrelationId=bad.replace("20261128030000", run))).field.startswith(
        "CorrelationId"
    )


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize(
    ("old", "new"),
    [("weekly-prod", "weekly-test"), ("rg-patching", "rg-other"), (SUBSCRIPTION, OTHER)],
)
def test_ids_that_disagree_are_refused(name: str, old: str, new: str) -> None:
    """An event cannot speak of one schedule and cancel a run of another."""
    good = DATA.get(name, CONFIGURATION)
    assert isinstance(good, str)
    error = refusal_of(with_field(name, good.replace(old, new)))
    assert error.field in ("CorrelationId", "topic (source)")
    assert new in str(error)


def test_ids_that_differ_in_case_agree() -> None:
    """Azure mixes cases inside one event."""
    event = parse_event(
        {**event_grid(MaintenanceConfigurationId=CONFIGURATION.upper()), "topic": CONFIGURATION.lower()}
    )
    assert event.run == parse_event(event_grid()).run


def test_subscriptions_are_counted_once() -> None:
    """In any case, in the order given."""
    ids = [OTHER.upper(), SUBSCRIPTION, OTHER]
    assert parse_event(event_grid(ResourceSubscriptionIds=ids)).subscriptions == (
        OTHER,
        SUBSCRIPTION,
    )


@pytest.mark.parametrize(
    "value",
    [
        None,
        SUBSCRIPTION,
        {},
        [None],
        [5],
        ["production"],
        [SUBSCRIPTION + "\n"],
        [SUBSCRIPTION, f"{SUBSCRIPTION}' or 1"],
        [[SUBSCRIPTION]],
        [SUBSCRIPTION] * 10_001,
    ],
)
def test_subscriptions_that_are_none_are_named(value: Any) -> None:
    """They must be a list of GUIDs, and not a flood of them."""
    error = refusal_of(event_grid(ResourceSubscriptionIds=value))
    assert error.field.startswith("ResourceSubscriptionIds")


@pytest.mark.parametrize("name", [name for name in DATA if name != "Status"])
def test_a_missing_field_is_named(name: str) -> None:
    """In the spelling of the documentation."""
    envelope = event_grid()
    del envelope["data"][name]
    assert refusal_of(envelope).field == name


def test_a_post_event_without_a_status_is_refused() -> None:
    """A pre event has none."""
    envelope = event_grid(POST)
    del envelope["data"]["Status"]
    assert refusal_of(envelope).field == "Status"
    envelope["eventType"] = PRE
    assert isinstance(parse_event(envelope), PreMaintenanceEvent)


@pytest.mark.parametrize("data", [None, "text", [], 5, True])
def test_data_must_be_an_object(data: Any) -> None:
    """And be there."""
    assert refusal_of({**event_grid(), "data": data}).field == "data"


def test_a_field_given_twice_must_say_the_same_twice() -> None:
    """Both published spellings in one event are harmless until they disagree."""
    both = event_grid(startDateTime=DATA["StartDateTime"])
    assert parse_event(both) == parse_event(event_grid())
    error = refusal_of(event_grid(startDateTime="2026-11-28T04:00:00Z"))
    assert error.field == "data.startDateTime"
    assert error.value == "2026-11-28T04:00:00Z"


def test_a_long_value_is_shortened() -> None:
    """A hostile one can neither flood the log nor begin a line of its own in it."""
    error = refusal_of(event_grid(CorrelationId="\nCRITICAL" + "x" * 100_000))
    assert error.field == "CorrelationId"
    assert len(error.value) <= 300


@pytest.mark.parametrize("kind", [PRE.lower(), PRE + " ", "Microsoft.Maintenance", "", None, 5, []])
def test_types_are_matched_exactly(kind: Any) -> None:
    """Anything else is not ours: the caller ignores it, and here it is refused."""
    envelope = {**event_grid(), "eventType": kind}
    assert event_type(envelope) not in (PRE, POST)
    assert refusal_of(envelope).field == "type"


def test_the_type_is_read_in_either_schema() -> None:
    """And is text, or nothing."""
    assert event_type(event_grid()) == event_type(cloud_event()) == PRE
    assert event_type(event_grid(POST)) == event_type(cloud_event(POST)) == POST
    assert event_type({}) == event_type({"type": 5}) == event_type({"eventType": ["x"]}) == ""


# One delivery


@pytest.mark.parametrize("wrap", [str, str.encode, json.loads])
def test_a_delivery_is_one_event_or_an_array(wrap: Any) -> None:
    """As text, bytes or read already."""
    one, two = event_grid(), cloud_event(POST)
    assert list(envelopes(wrap(json.dumps(one)))) == [one]
    assert list(envelopes(wrap(json.dumps([one, two])))) == [one, two]
    assert list(envelopes(wrap("[]"))) == []


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "nonsense",
        "{'a': 1}",
        b"\xff\xfe\xfd",
        b"\x00",
        "[" * 100_000,
        '{"data":' * 50_000,
        '{"n": ' + "9" * 10_000 + "}",
    ],
    ids=["empty", "torn", "text", "quotes", "no utf-8", "nul", "deep", "deep objects", "number"],
)
def test_what_is_not_json_is_named(body: str | bytes) -> None:
    """With its beginning."""
    with pytest.raises(BadEvent) as refusal:
        list(envelopes(body))
    assert refusal.value.field == "body"
    assert len(str(refusal.value)) < 800


@pytest.mark.parametrize("body", ["5", "null", '"text"', "[5]", "[[]]", "true"])
def test_json_that_is_no_event_is_named(body: str) -> None:
    """An event is an object."""
    with pytest.raises(BadEvent) as refusal:
        list(envelopes(body))
    assert refusal.value.field == "event"


@pytest.mark.parametrize("body", ["x" * 5_000_000, b"x" * 5_000_000, "ü" * 600_000])
def test_five_megabytes_are_not_even_read(body: str | bytes) -> None:
    """Event Grid sends one at most; bytes count, not letters."""
    with pytest.raises(BadEvent) as refusal:
        list(envelopes(body))
    assert refusal.value.field == "body"
    assert "bytes" in refusal.value.value


def deep(times: int) -> Any:
    """A list in a list in a list …"""
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


# Whatever comes

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


@settings(deadline=None, max_examples=200)
@given(body=st.binary(max_size=60) | st.text(max_size=60))
def test_any_body_gives_objects_or_a_refusal(body: str | bytes) -> None:
    """Whatever is posted to the endpoint."""
    try:
        assert all(isinstance(envelope, Mapping) for envelope in envelopes(body))
    except BadEvent as error:
        assert error.field in ("body", "event")

"""What happens about a run lies in one trace, from the delivery to the confirmed cancel."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan

from cli.embedded import embedded
from core import wire
from core.ids import RunId
from core.report import Cancellation
from core.settings import Settings
from handlers.activities import steps
from handlers.app import Patchgate
from handlers.orders import EndRequest
from handlers.services import Services
from handlers.telemetry import telling
from handlers.telemetry.fields import FIELDS, SPANS
from handlers.telemetry.recorder import Recorder
from handlers.telemetry.traces import trace_of
from simulator import load_scenario
from tests.builders import RUN
from tests.fakes import FakeClock
from tests.stories import at, pre_event, sample
from tests.telemetry.listening import Heard, listening

OFF = """
[[machines]]
count = 2
power = "deallocated"
"""


def _ids(span: ReadableSpan) -> tuple[int, int]:
    assert span.context is not None
    return span.context.trace_id, span.context.span_id


@pytest.fixture(scope="module")
def heard() -> Heard:
    """What was told of a run that is delivered twice and cancelled."""
    root = Path(__file__).parents[2]
    with (
        listening() as heard,
        embedded(sample(), load_scenario(OFF), root=root) as world,
    ):
        (receipt,) = world.deliver(sample())
        world.deliver(sample())
        report = world.report(receipt.key)
        assert report.kind == "gate"
        assert report.ending == "cancelled", report.headline
    return heard


def test_one_trace_holds_an_event_from_its_delivery_to_the_confirmed_cancel(heard: Heard) -> None:
    """Both deliveries, every step that is about the run, and the gate as a whole."""
    expected, _ = trace_of(pre_event().run)
    about = [span for span in heard.spans() if "patchgate.run" in (span.attributes or {})]
    assert {_ids(span)[0] for span in about} == {expected}
    assert [s.attributes["patchgate.outcome"] for s in heard.spans("patchgate.event")] == [  # type: ignore[index]
        "started",
        "known",
    ]
    names = {str((s.attributes or {}).get("patchgate.step")) for s in heard.spans("patchgate.step")}
    assert {"find_machines", "ask_check", "cancel_run", "announce"} <= names
    (gate,) = heard.spans("patchgate.story")
    assert (gate.attributes or {})["patchgate.ending"] == "cancelled"


def test_the_cancel_step_tells_each_call_and_what_came_of_it(heard: Heard) -> None:
    cancel = heard.spans("patchgate.step", step="cancel_run", confirmed=True)[-1]
    calls = [event for event in cancel.events if event.name == "call"]
    assert {"PUT", "GET"} <= {str((call.attributes or {})["method"]) for call in calls}
    assert cancel.status.is_ok


def test_every_span_and_field_has_a_name_that_is_documented(heard: Heard) -> None:
    """See `handlers.telemetry.fields`."""
    assert {span.name for span in heard.spans()} == set(SPANS)
    used = {name for span in heard.spans() for name in span.attributes or {}}
    used |= {name for _, fields in heard.lines() for name in fields}
    assert used <= set(FIELDS)


def test_a_log_line_says_what_it_is_about(heard: Heard) -> None:
    """Those of the trigger, of steps, and of the report, each with the key of the gate."""
    lines = heard.lines()
    about = {
        begins: next(fields for line, fields in lines if line.startswith(begins))
        for begins in ("started gate-", "cancelling run", "run cancelled and confirmed")
    }
    for fields in about.values():
        assert fields["patchgate.run"] == str(pre_event().run)
        assert str(fields["patchgate.gate"]).startswith("gate-")
    report = about["run cancelled and confirmed"]
    assert {"patchgate.key", "patchgate.ending", "patchgate.margin"} <= set(report)


def test_measurements_are_taken_once_for_a_story(heard: Heard) -> None:
    numbers = heard.numbers()
    assert [value for _, value in numbers["patchgate.stories"]] == [1]
    ((attributes, attempts),) = numbers["patchgate.cancel.attempts"]
    assert attempts >= 1
    assert attributes == {"patchgate.story": "gate", "patchgate.drill": False}
    assert numbers["patchgate.cancel.confirmations"][0][0]["patchgate.confirmed"] is True


def test_the_trace_is_the_same_for_every_spelling_of_a_run() -> None:
    """Azure's sources differ in letter case; other runs have other traces."""
    run = RunId.parse(RUN)
    assert trace_of(run) == trace_of(RunId.parse(RUN.lower()))
    assert trace_of(run)[0] != trace_of(RunId.parse(RUN[:-1] + "1"))[0]


def test_a_step_links_to_the_span_that_the_host_calls_it_from(tmp_path: Path) -> None:
    """And lies below it, when that is in the run's trace already."""
    run = pre_event().run
    with listening() as heard:
        tracer = heard.tracers.get_tracer("host")
        with tracer.start_as_current_span("invocation") as outside:
            asyncio.run(_read_ending(tmp_path))
        with (
            telling.event(run),
            tracer.start_as_current_span("invocation") as inside,
        ):
            asyncio.run(_read_ending(tmp_path))
    linked, below = heard.spans("patchgate.step")
    assert [link.context.span_id for link in linked.links] == [outside.get_span_context().span_id]
    assert linked.parent is not None
    assert (linked.parent.trace_id, linked.parent.span_id) == trace_of(run)
    assert below.parent is not None
    assert below.parent.span_id == inside.get_span_context().span_id
    assert not below.links


async def _read_ending(root: Path) -> None:
    """The step as the host calls it, when its time is over: nothing is asked."""
    settings = Settings.from_environment({"PATCHGATE_SIMULATOR": "http://127.0.0.1:9"})
    app = Patchgate(settings, root)
    request = EndRequest(
        run=pre_event().run, subscriptions=(), until=pre_event().start.replace(year=2020)
    )
    await app.step("read_ending", wire.dump(request))


def test_what_fails_in_telling_is_in_nobodys_way(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The cancel call goes out, whatever becomes of its span."""

    class Broken(trace.NoOpTracer):
        def start_span(self, *args: object, **options: object) -> trace.Span:
            raise RuntimeError("no span today")

    services = Services(settings=Settings(), root=tmp_path, clock=FakeClock(at("02:22")))
    confirmed = Cancellation(confirmed=True, state="cancelled", attempts=1)

    class Canceller:
        def cancel(self, run: RunId, until: object) -> Cancellation:
            return confirmed

    services.__dict__["canceller"] = Canceller()
    from opentelemetry.metrics import NoOpMeter  # noqa: PLC0415

    telling.use(Recorder(Broken(), NoOpMeter("none")))
    try:
        with caplog.at_level(logging.WARNING, logger="patchgate"):
            request = {"run": wire.dump(pre_event().run), "until": wire.dump(at("02:23"))}
            answer = steps(services)["cancel_run"]({**request, "because": "it is off"})
    finally:
        telling.use(None)
    assert wire.load(Cancellation, answer) == confirmed
    assert "telemetry failed: RuntimeError" in caplog.text

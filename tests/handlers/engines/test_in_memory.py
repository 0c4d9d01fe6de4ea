"""The same stories on the in-memory engine, over real HTTP, against the embedded Azure."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from cli.embedded import Embedded, embedded
from core.model import Status
from core.report import AftermathReport, GateReport, RestoreReport
from handlers.starting import Receipt
from simulator import Azure, EventGrid, load_scenario
from tests.stories import sample

# The event comes late, so that the whole story takes a second or two: check_by is at 02:47:30.
BEFORE = timedelta(minutes=17)
FOUR = "[[machines]]\nname = 'web-{n}'\ncount = 4\n"
PINNED = FOUR + "[[machines]]\nname = 'pinned'\ntags = { Patch = 'Never' }\n"


@dataclass(frozen=True, kw_only=True)
class Played:
    """A story that has been played to its end."""

    report: GateReport | AftermathReport
    azure: Azure
    receipts: tuple[Receipt, ...]

    @property
    def gate(self) -> GateReport:
        """The report of a gate."""
        assert isinstance(self.report, GateReport)
        return self.report

    def times(self, what: str) -> list[datetime]:
        """When Azure was asked that, each time."""
        return [seen.at for seen in self.azure.seen if seen.what == what]


Play = Callable[..., Played]


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Play an event in a scenario, with the user's own checks."""

    def played(
        scenario: str, *, checks: str = "", event: str = "pre.eventgrid", deliveries: int = 1
    ) -> Played:
        folder = tmp_path / "my_checks"
        folder.mkdir(exist_ok=True)
        if checks:
            (folder / "mine.py").write_text(textwrap.dedent(checks), encoding="utf-8")
        envelope = sample(event)
        scene = load_scenario(scenario)
        with embedded(envelope, scene, root=tmp_path, speed=60, before=BEFORE) as here:
            with ThreadPoolExecutor(max(1, deliveries)) as crowd:
                deliver = [crowd.submit(here.deliver, envelope) for _ in range(deliveries)]
                receipts = [one.result()[0] for one in deliver]
            report = here.report(receipts[0].key, 60)
            assert not isinstance(report, RestoreReport)
            receipts += here.deliver(envelope)
            again = here.report(receipts[0].key, 60)
            assert again == report
            return Played(report=report, azure=here.azure, receipts=tuple(receipts))

    return played


def test_a_run_that_is_fine_goes_ahead(play: Play) -> None:
    """Everything passes: Azure is only read, and the run is left alone."""
    story = play(FOUR)
    assert story.gate.ending == "proceeded"
    assert story.gate.machine_count == 4
    assert {seen.what for seen in story.azure.seen} == {"graph"}
    assert story.azure.run_status != "Cancelled"


def test_one_machine_says_no(play: Play) -> None:
    """The run is really cancelled, once it is known and long before the cut-off."""
    story = play(PINNED)
    assert story.gate.ending == "cancelled"
    assert story.azure.run_status == "Cancelled"
    assert story.azure.cancelled_at is not None
    assert story.azure.cancelled_at < story.gate.timeline.check_by
    assert story.gate.decision.because[0].about == "opt_out_tag"


def test_many_deliveries_of_one_event_are_one_gate(play: Play) -> None:
    """Eight deliveries at once, and one after the end: one gate, started once."""
    story = play(PINNED, deliveries=8)
    outcomes = [receipt.outcome for receipt in story.receipts]
    assert outcomes.count("started") == 1
    assert outcomes.count("known") == 8


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("threading.Event().wait()", "did not answer"),
        ("raise RuntimeError('no idea')", "RuntimeError: no idea"),
        ("sys.exit(3)", "SystemExit"),
        ("return True", "answered True"),
        ("return None", "answered None"),
    ],
)
def test_a_check_that_does_not_answer_cancels_in_time(play: Play, body: str, said: str) -> None:
    """Hanging, raising, exiting, nonsense: UNKNOWN, and the run is cancelled by the cut-off."""
    story = play(
        FOUR,
        checks=f"""
        import sys, threading
        from checks import Machine, Verdict, check

        @check
        def mine(machine: Machine) -> Verdict:
            {body}
        """,
    )
    assert story.gate.ending == "cancelled"
    assert story.azure.cancelled_at is not None
    assert story.azure.cancelled_at <= story.gate.timeline.cut_off
    mine = next(report for report in story.gate.checks if report.name == "mine")
    assert mine.tally.unknown == 4
    assert said in mine.outcomes[0].reason
    assert mine.outcomes[0].status is Status.UNKNOWN


def test_a_check_that_cannot_be_imported_cancels(play: Play) -> None:
    """A broken file is a check that cannot answer, named with its line."""
    story = play(FOUR, checks="import nothing_of_that_name\n")
    assert story.gate.ending == "cancelled"
    assert story.gate.decision.because[0].about == "file mine.py"
    assert "nothing_of_that_name" in story.gate.decision.because[0].text


def test_a_cancel_without_effect_is_repeated_until_it_has_one(play: Play) -> None:
    """A 200 proves nothing: the call is made again until the run is seen to be cancelled."""
    story = play(PINNED + "[[faults]]\non = 'cancel'\nfirst = 2\neffect = false\n")
    assert story.gate.ending == "cancelled"
    assert story.gate.cancellation is not None
    assert story.gate.cancellation.attempts >= 3
    assert story.azure.run_status == "Cancelled"


def test_a_run_check_may_answer_machine_by_machine(play: Play) -> None:
    """A mapping is a verdict per machine; async checks are asked like any other."""
    story = play(
        FOUR,
        checks="""
        from collections.abc import Mapping
        from checks import Run, Verdict, blocked, check, passed

        @check
        async def mine(run: Run) -> Mapping[str, Verdict]:
            \"\"\"The first machine must wait.\"\"\"
            first, *rest = run.machines
            return {first.id: blocked("not tonight"), **{m.id: passed() for m in rest}}
        """,
    )
    mine = next(report for report in story.gate.checks if report.name == "mine")
    assert (mine.tally.passed, mine.tally.blocked) == (3, 1)
    assert story.gate.ending == "cancelled"


def test_hidden_machines_are_no_green_light(play: Play) -> None:
    """A subscription that our identity cannot read is a gap that names it."""
    story = play(FOUR + "[graph]\nhidden_subscriptions = [2]\n")
    assert story.gate.ending == "cancelled"
    assert any(gap.subject.startswith("subscription") for gap in story.gate.gaps)


def test_the_aftermath_of_a_run(play: Play) -> None:
    """A post event is answered by how the run ended, from Resource Graph."""
    story = play(FOUR + "[run]\nends_after = 3600\n", event="post.eventgrid")
    assert isinstance(story.report, AftermathReport)
    assert story.report.ended == "installed"


def endpoint(here: Embedded) -> Callable[[object], None]:
    """Where Event Grid delivers to."""

    def deliver(event: object) -> None:
        assert isinstance(event, dict)
        here.deliver(event)

    return deliver


def test_event_grid_delivers_at_least_once_and_the_gate_judges_once(tmp_path: Path) -> None:
    """Three copies at once, each answered in time: nothing is repeated, nothing dead-lettered."""
    (tmp_path / "my_checks").mkdir()
    scene = load_scenario(PINNED)
    with embedded(sample(), scene, root=tmp_path, speed=60, before=BEFORE) as here:
        grid = EventGrid(endpoint(here), here.clock, copies=3)
        assert grid.send(sample())
        key = here.deliver(sample())[0].key
        report = here.report(key, 60)
        assert isinstance(report, GateReport)
        assert report.ending == "cancelled"
        assert [attempt.problem for attempt in grid.attempts] == [None, None, None]
        assert grid.dead_letters == ()


def test_event_grid_dead_letters_what_cannot_be_understood(tmp_path: Path) -> None:
    """The event is refused at every delivery, and kept in the end: never lost in silence."""
    (tmp_path / "my_checks").mkdir()
    bad = {**sample(), "topic": "/subscriptions/none"}
    with embedded(sample(), load_scenario(FOUR), root=tmp_path, speed=5000) as here:
        grid = EventGrid(endpoint(here), here.clock, max_attempts=3)
        assert not grid.send(bad)
        assert len(grid.attempts) == 3
        assert len(grid.dead_letters) == 1
        assert here.azure.seen == ()

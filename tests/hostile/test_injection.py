"""Words from outside stay words: in a log, on a terminal, in a header, in an id."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cancel_client.answers import meaning_of_cancel, meaning_of_read
from checks import blocked
from cli.render import render_gate
from core.errors import BadEvent, BadId, RefusedEvent, shorten
from core.ids import ConfigurationId, RunId
from core.masking import mask
from core.model import Machine, Tags
from core.report import Decision, Reason
from core.settings import Settings
from handlers.accept import accept
from handlers.services import Services
from handlers.steps.announce import announce
from plugins.outcomes import answered, raised
from tests.arg_queries.parts import ask
from tests.arm.parts import Tokens, cancel
from tests.builders import CONFIGURATION
from tests.builders import RUN as SAMPLE_RUN
from tests.cli.reports import at as at_night
from tests.cli.reports import gate, shown
from tests.fakes import FakeClock, FakeStarter
from tests.hostile.planted import everything
from tests.scripted_server import answer, scripted
from tests.simulator.world import RUN
from tests.stories import at, sample

# A second line, colours, a window title, backspaces, right-to-left, NUL, and markup of `rich`.
EVIL = (
    "a\r\n2026-11-28 CRITICAL all is well\x1b[2K\x1b]0;title\x07\x08\x08\u202eevil\u2066\x00"
    "\x85\u2028\ufeff[link=file:///etc/passwd]x[/link][/]"
)


def _is_one_line(text: str) -> None:
    assert text.isprintable(), text


def _accepted(envelope: Mapping[str, Any], root: Path, **settings: Any) -> list[str]:
    """What is logged, and raised, about a delivery."""
    services = Services(settings=Settings(**settings), root=root, clock=FakeClock(at("02:22")))
    with everything() as lines:
        try:
            asyncio.run(accept([envelope], FakeStarter(), services))
        except (BadEvent, RefusedEvent) as error:
            lines.append(str(error))
    return [line for line in lines if not line.startswith(("DEBUG asyncio", "msecs"))]


_FIELDS = ["topic", "eventType", "eventTime", "data", "correlationId", "startDateTime"]


@pytest.mark.parametrize("value", [EVIL, [EVIL], {EVIL: EVIL}, CONFIGURATION + EVIL], ids=range(4))
@pytest.mark.parametrize("field", _FIELDS)
def test_no_field_of_an_event_begins_a_line_of_the_log(
    field: str, value: object, tmp_path: Path
) -> None:
    """Whether the event is refused or ignored."""
    envelope = sample()
    (envelope if field in envelope else envelope["data"])[field] = value
    told = _accepted(envelope, tmp_path)
    assert any("not accepted" in line or "ignored" in line for line in told)
    for line in told:
        _is_one_line(line)


def test_names_of_fields_begin_no_line_of_the_log(tmp_path: Path) -> None:
    """A name that stands there twice is told."""
    envelope = sample()
    envelope["data"] |= {EVIL: 1, EVIL.upper(): 2}
    told = _accepted(envelope, tmp_path)
    assert any("there twice" in line for line in told)
    for line in told:
        _is_one_line(line)


def test_nothing_that_a_check_says_leaves_its_line() -> None:
    """Tags and names that it repeats, in a reason, in evidence and in an exception."""
    machine = Machine(id="/machines/a", name="a", tags=Tags({EVIL: EVIL}))
    seen = {EVIL: EVIL, "tags": str(dict(machine.tags))}
    for outcome in (
        *answered("c", machine, blocked(EVIL, **seen), 1.0),
        *raised("c", machine, ValueError(EVIL)),
        *answered("c", machine, EVIL, 1.0),
    ):
        _is_one_line(outcome.reason)
        for name, value in outcome.evidence.items():
            _is_one_line(f"{name}{value}")


@pytest.mark.parametrize("status", [200, 400, 403, 404, 409, 500])
def test_nothing_that_azure_says_leaves_its_line(status: int) -> None:
    """Its errors, and its words for a state."""
    body = {"error": {"code": EVIL, "message": EVIL}, "properties": {"status": EVIL}}
    with scripted(answer(status, body)) as server:
        told = cancel(server.url)
        problem = ask(server.url, seconds=5).problem
    for text in (meaning_of_cancel(told).say, meaning_of_read(told, RUN).say, problem or ""):
        _is_one_line(text)


def test_a_report_is_drawn_without_anything_that_a_terminal_obeys() -> None:
    """Nor is it read as markup, which could draw a link that leads elsewhere."""
    words = shorten(EVIL, 400)
    reason = Reason(about=words, text=words, remedy=words, machines=(f"/machines/{words}",))
    decision = Decision(action="cancel", because=(reason,), at=at_night("02:24:00"))
    report = gate("not confirmed", decision=decision, warnings=(words,))
    drawn = shown(render_gate(report), width=120)
    for line in drawn.split("\n"):
        _is_one_line(line)
    assert "[link=file:///" in drawn.replace("\n", "")
    with everything() as lines:
        announce(report)
    for line in lines:
        _is_one_line(line)


@pytest.mark.parametrize("token", ["t\r\nX-Evil: 1", "t\nX-Evil: 1", "t\x00", " t", "t\u2028"])
def test_a_token_with_the_end_of_a_line_in_it_is_not_sent(token: str) -> None:
    """Whoever gave it, no header follows from it, and it is not told."""

    class Evil(Tokens):
        def get_token(self, *scopes: str, **options: Any) -> Any:
            return super().get_token(*scopes, **options)._replace(token=token)

    with scripted(answer(200, {})) as server:
        told = cancel(server.url, credential=Evil())
        problem = ask(server.url, credential=Evil(), seconds=5).problem
        assert not any("x-evil" in request.headers for request in server.received)
    assert "Evil" not in told.problem + str(problem)


@pytest.mark.parametrize("name", ["ETag", "Retry-After", "x-ms-user-quota-remaining", "Set-Cookie"])
def test_nothing_of_an_answer_is_sent_back(name: str) -> None:
    """Neither a cookie nor any other header of it."""
    evil = answer(503, {}, headers={name: "evil=1; Path=/"})
    with scripted(evil, evil, answer(200, {})) as server:
        cancel(server.url)
        ask(server.url, seconds=5)
        assert len(server.received) > 1
        for request in server.received:
            assert "evil" not in json.dumps(dict(request.headers))


@pytest.mark.parametrize("disguise", ["\u212a", "\u212b", "\u2126"], ids=["K", "A", "Ohm"])
def test_a_letter_in_disguise_is_no_letter_of_a_group(disguise: str) -> None:
    """In lower case the Kelvin sign is a k: two groups of Azure would be one gate."""
    group = f"rg-{disguise}"
    with pytest.raises(BadId, match="not a legal resource group"):
        RunId.parse(SAMPLE_RUN.replace("rg-patching", group))
    plain = ConfigurationId.parse(CONFIGURATION.replace("rg-patching", f"rg-{disguise.lower()}"))
    assert plain.resource_group == f"rg-{disguise.lower()}"


@pytest.mark.parametrize("group", ["\u0130stanbul", "STRA\u1e9eE", "\u6771\u4eac", "\uff52g"])
def test_letters_of_other_alphabets_are_letters(group: str) -> None:
    """A run that is not understood would be patched unjudged."""
    run = RunId.parse(SAMPLE_RUN.replace("rg-patching", group))
    assert run.configuration.resource_group == group


@pytest.mark.parametrize("empty", ["secret=", "AccountKey =", "Authorization:"])
def test_the_name_of_a_secret_after_an_empty_one_does_not_unmask_it(empty: str) -> None:
    """At the end of a line, and JSON in the next: found by fuzzing."""
    assert "hunter22" not in mask(f'{empty}\n"client_secret": "hunter22"')
    assert "hunter22" not in mask(f'{empty}\n"hunter22"')

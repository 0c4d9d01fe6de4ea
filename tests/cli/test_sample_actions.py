"""The sample action is there to be copied: it loads, does what it says, and puts it back."""

from __future__ import annotations

from typing import Any

import pytest

from actions.discovery import discover
from actions.testing import FakeWeb, Page, Sent, Tried, a_machine, a_run, try_action, try_undo
from cli.project import SAMPLES
from plugins.definition import Definition

CONFIG = {"url": "https://deploy.example/holds"}
SHOP, OTHER, BARE = (
    a_machine("a", tags={"service": "Shop"}),
    a_machine("b", tags={"service": "shop"}),
    a_machine("c"),
)
RUN = a_run(SHOP, OTHER, BARE)


class Service:
    """The service that knows of holds; it refuses with `refusal` if that is set."""

    def __init__(self) -> None:
        self.holds: set[str] = set()
        self.refusal: int | None = None

    def __call__(self, sent: Sent) -> Page:
        if self.refusal is None and sent.method == "PUT":
            self.holds.add(sent.url)
        elif self.refusal is None:
            self.holds.discard(sent.url)
        return Page(url=sent.url, status=self.refusal or 204, body=b"")


@pytest.fixture(scope="module")
def hold() -> Any:
    """The action, found as the app finds it."""
    found = {one.name: one for one in discover(SAMPLES / "actions", plugins=())}
    one = found["hold_deployments"]
    assert isinstance(one, Definition), one
    return one.function


def tried(hold: Any, service: Service) -> Tried:
    return try_action(hold, RUN, config=CONFIG, web=FakeWeb(service))


def test_each_service_is_held_once_and_released(hold: Any) -> None:
    """A machine without a service is none of its business."""
    service = Service()
    held = tried(hold, service)
    assert [outcome.status for outcome in held.outcomes] == ["passed", "passed", "skipped"]
    assert service.holds == {f"{CONFIG['url']}/shop/{RUN.name}"}
    (undone,) = try_undo(hold, RUN, held.memories, config=CONFIG, web=FakeWeb(service))
    assert (undone.status, service.holds) == ("passed", set())


def test_what_cannot_be_released_is_not_put_back(hold: Any) -> None:
    """So the app tries it again."""
    service = Service()
    held = tried(hold, service)
    service.refusal = 503
    (undone,) = try_undo(hold, RUN, held.memories, config=CONFIG, web=FakeWeb(service))
    assert (undone.status, undone.reason) == ("blocked", "shop cannot be released")


def test_a_service_that_does_not_answer_is_unknown(hold: Any) -> None:
    """No answer is not a hold."""
    outcomes = try_action(hold, RUN, config=CONFIG, web=FakeWeb.failing()).outcomes
    assert [outcome.status for outcome in outcomes] == ["unknown", "unknown", "skipped"]

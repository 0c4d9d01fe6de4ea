"""What a check may ask in a process of its own: the app asks it. What it logs, the app writes."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from checks import CannotTell
from core.kql import KqlValue
from core.model import Status
from plugins.reach import Page
from tests.builders import NOON
from tests.checks.isolation.conftest import NASTY, Asker
from tests.checks.site import FOREVER


@dataclass
class World:
    """Answers whatever is asked, and remembers what that was."""

    asked: list[tuple[Any, ...]] = field(default_factory=list)

    def ask(
        self,
        query: str | Path,
        /,
        *,
        subscriptions: Sequence[str] | None = None,
        **values: KqlValue,
    ) -> Sequence[Mapping[str, Any]]:
        self.asked.append((query, subscriptions, values))
        return [{"n": 1}, {"n": 2}]

    def get(self, path: str, /, *, api_version: str, **query: str) -> Mapping[str, Any]:
        self.asked.append((path, api_version, query))
        return {"of": path}

    def pages(self, path: str, /, *, api_version: str, **query: str) -> Sequence[Mapping[str, Any]]:
        self.asked.append((path, api_version, query))
        return [{}, {}, {}]

    def fetch(self, url: str, /, **options: Any) -> Page:
        self.asked.append((url, options))
        body = options["body"] + b"\x00"
        return Page(url=url + "/", status=200, body=body, certificate_until=NOON)


class Refusing(World):
    """Meets something, for each query something else."""

    def ask(
        self,
        query: str | Path,
        /,
        *,
        subscriptions: Sequence[str] | None = None,
        **values: KqlValue,
    ) -> Sequence[Mapping[str, Any]]:
        if query == "nothing":
            raise CannotTell("throttled, sig=c2VjcmV0")
        if query == "value":
            raise ValueError("the query has {x}")
        if query == "odd":
            return [{"row": object()}]
        if query == "hang":
            FOREVER.wait()
        raise RuntimeError("a fault of ours")


def test_what_a_check_asks_comes_to_the_app_and_back(asker: Asker) -> None:
    """Graph, ARM and web, with every type of value that they take and give."""
    world = World()
    outcome = asker.only("curious", graph=world, arm=world, web=world)
    assert outcome.reason == rf"1 /one 3 b'\xff\x00' {NOON}"
    assert outcome.evidence == {"url": "https://example.com/"}
    (query, subscriptions, values), *others = world.asked
    assert (query, subscriptions) == ("q {start} {names}", None)
    assert values["names"] == ["a", "b"]
    assert values["start"].tzinfo is not None
    assert others == [
        ("/one", "1", {"expand": "all"}),
        ("/many", "1", {}),
        ("https://example.com", {"body": b"\xff", "headers": {"a": "b"}}),
    ]


def test_a_query_in_a_file_is_read_by_the_app(asker: Asker) -> None:
    """Its path is what is handed over."""
    world = World()
    assert asker.only("asks_a_file", graph=world).status is Status.PASSED
    assert world.asked[0][0] == NASTY / "nasty.kql"


@pytest.mark.parametrize(
    ("meets", "status", "reason"),
    [
        ("nothing", Status.UNKNOWN, "throttled, sig=(masked)"),
        ("value", Status.BLOCKED, "ValueError: the query has {x}"),
        ("odd", Status.UNKNOWN, "raised TypeError: a object cannot be handed from one process"),
        ("fault", Status.UNKNOWN, "RuntimeError: a fault of ours"),
    ],
)
def test_what_the_app_meets_the_check_meets(
    asker: Asker, meets: str, status: Status, reason: str
) -> None:
    """A check that does not think of it is unknown."""
    outcome = asker.only("unlucky", meets, graph=Refusing())
    assert outcome.status is status
    assert outcome.reason.startswith(reason)


def test_an_answer_that_never_comes_costs_the_question_only(asker: Asker) -> None:
    """Until its deadline."""
    began = time.monotonic()
    outcome = asker.only("unlucky", "hang", graph=Refusing(), seconds=0.3)
    assert outcome.status is Status.UNKNOWN
    assert time.monotonic() - began < 2


def test_several_machines_ask_at_once(asker: Asker) -> None:
    """Two that wait for each other get their answer only together."""
    together = threading.Barrier(2)

    class Both(World):
        def ask(self, query: str | Path, /, **given: Any) -> Sequence[Mapping[str, Any]]:
            together.wait(5)
            return []

    outcomes = asker("unlucky", "a", "b", graph=Both())
    assert {o.status for o in outcomes} == {Status.PASSED}


def test_an_errand_has_a_sane_size(asker: Asker) -> None:
    """A query is no place for megabytes."""
    outcome = asker.only("asks_too_much", graph=World())
    assert (outcome.status, outcome.reason) == (Status.UNKNOWN, "it asks with more than 1 MB")


def test_without_surroundings_nothing_answers(asker: Asker) -> None:
    """As for a check on a thread."""
    outcome = asker.only("curious")
    assert (outcome.status, outcome.reason) == (Status.UNKNOWN, "there is no Resource Graph here")


def test_what_a_check_logs_is_in_the_log_of_the_app(
    asker: Asker, log: tuple[logging.Logger, list[str]]
) -> None:
    """Masked, as far as anybody reads it, and within reason."""
    logger, lines = log
    assert asker.only("logs", log=logger).status is Status.PASSED
    assert lines[0] == "signed https://a.blob.core.windows.net/x?sig=(masked)"
    assert lines[1:3] == ["line 0", "line 1"]
    assert len(lines) == 200
    assert lines[-1] == "it logs more, which is not shown"


def test_the_config_is_validated_where_it_is_used(asker: Asker) -> None:
    """From the words of the policy file; what is wrong with it is said."""
    assert asker.only("configured", config={"limit": "5"}).evidence == {"limit": 5}
    outcome = asker.only("configured", config={"limit": "many"})
    assert outcome.status is Status.UNKNOWN
    assert outcome.reason.startswith("config: limit: ")

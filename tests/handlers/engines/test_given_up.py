"""A call that the Durable client gives up is not a story that was started.

The client of 1.x shares one session among all calls, and closes it when one of them cannot connect:
then those that wait for a connection end with `CancelledError`, which is no `Exception`.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from core.errors import CannotStart
from core.settings import Settings
from handlers.accept import accept
from handlers.engines import Json, Known
from handlers.engines.durable_functions import DurableStarter
from handlers.services import Services
from tests.stories import sample


class _GivesUp:
    """A Durable client that closes its session."""

    async def get_status(self, key: str, **options: Any) -> Any:
        raise asyncio.CancelledError

    async def start_new(self, story: str, key: str, order: Json) -> str:
        raise asyncio.CancelledError


class _Cancelled:
    """A starter that ends as if somebody had cancelled us."""

    async def look(self, key: str) -> Known | None:
        raise asyncio.CancelledError

    async def start(self, story: str, key: str, order: Json) -> None:
        raise asyncio.CancelledError


def test_an_event_whose_start_was_given_up_is_not_accepted() -> None:
    """Otherwise Event Grid would be told that all is well, and nobody would judge the run."""
    services = Services(settings=Settings(), root=Path(__file__).parent)
    with pytest.raises(CannotStart):
        asyncio.run(accept(sample(), _Cancelled(), services))


@pytest.mark.parametrize("call", ["look", "order", "start"])
def test_a_call_that_the_client_gave_up_cannot_start_a_story(call: str) -> None:
    """So that the trigger holds on to the event, and tries again."""
    starter = DurableStarter(_GivesUp())

    async def make() -> None:
        if call == "start":
            await starter.start("gate", "gate-x", {})
        else:
            await (starter.look if call == "look" else starter.order)("gate-x")

    with pytest.raises(CannotStart, match="given up"):
        asyncio.run(make())


def test_a_trigger_that_is_itself_cancelled_ends() -> None:
    """The host shuts down: that is nobody's failure to start."""

    class Waits(_GivesUp):
        async def get_status(self, key: str, **options: Any) -> Any:
            await asyncio.Event().wait()

    async def shut_down() -> None:
        looking = asyncio.create_task(DurableStarter(Waits()).look("gate-x"))
        await asyncio.sleep(0)
        looking.cancel()
        await looking

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(shut_down())

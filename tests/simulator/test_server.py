"""The server itself: up at once, down cleanly, whatever is under way."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import requests

from core.clock import ScaledClock
from simulator import Azure, load_scenario, serve
from tests.simulator.world import ALL, END, RUN, START, SUBSCRIPTIONS, world


def test_it_is_up_in_well_under_a_second_and_gone_afterwards() -> None:
    """Nothing listens any more when the block is left."""
    began = time.monotonic()
    with world() as w:
        assert w.read().status_code == 200
        assert time.monotonic() - began < 2
        url = w.url
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)


def test_it_stops_although_requests_hang() -> None:
    """A hanging client is cut off, and does not hold up the end."""
    failures: list[requests.ConnectionError] = []

    def hang() -> None:
        try:
            w.read()
        except requests.ConnectionError as error:
            failures.append(error)

    with world('[[faults]]\non = "read"\nalways = true\ndelay = 3600') as w:
        hanging = threading.Thread(target=hang)
        hanging.start()
        while not w.azure.seen:
            hanging.join(0.005)
        began = time.monotonic()
    assert time.monotonic() - began < 2
    hanging.join(5)
    assert len(failures) == 1


def test_many_clients_at_once_get_right_answers() -> None:
    """Requests from several threads do not get into each other's way."""
    with world('machines = [{ name = "web-{n}", count = 30 }]\ngraph.page_size = 10') as w:

        def ask(number: int) -> int:
            subscription = SUBSCRIPTIONS[number % 2]
            return len(w.rows(ALL, subscriptions=(subscription,)))

        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(ask, range(16))) == {15}


def test_two_simulators_do_not_meet() -> None:
    """Each has a port, tables and a run of its own."""
    with world() as one, world("machines = []") as other:
        one.cancel()
        assert (one.azure.run_status, other.azure.run_status) == ("Cancelled", "Pending")
        assert (len(one.rows(ALL)), len(other.rows(ALL))) == (5, 0)


def test_a_fast_clock_makes_a_delay_short() -> None:
    """Half an hour of the story passes in a few hundredths of a second."""
    clock = ScaledClock(start=START - timedelta(minutes=40), speed=36_000)
    scenario = load_scenario('[[faults]]\non = "read"\nfirst = 1\ndelay = 1800')
    azure = Azure(scenario, RUN, START + timedelta(days=1), END, SUBSCRIPTIONS, clock)
    with serve(azure) as url:
        began = clock.now()
        answer = requests.get(
            url + str(RUN),
            params={"api-version": "1"},
            headers={"Authorization": "Bearer token"},
            timeout=5,
        )
        assert answer.status_code == 200
        assert (clock.now() - began).total_seconds() >= 1800

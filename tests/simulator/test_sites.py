"""Web servers beside Azure, on the simulator's own port."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import requests

from core.errors import BadScenario
from simulator import load_scenario
from tests.simulator.world import ALL, World, world

_SHOP = """
    [[sites]]
    name = "shop"
    path = "/health"
    status = 503
    body = "closed"
    headers = { "Retry-After" = "5" }
    [[sites]]
    name = "hook"
    method = "POST"
    body = '{"verdict": "passed"}'
    headers = { "content-type" = "application/json" }
    [[sites]]
    name = "old"
    redirect = "http://shop.simulator/health"
"""


def _ask(w: World, host: str, path: str = "/", method: str = "GET", **given: Any) -> Any:
    headers = {"Host": host, **given.pop("headers", {})}
    return requests.request(
        method, w.url + path, headers=headers, allow_redirects=False, timeout=10, **given
    )


@pytest.mark.parametrize("host", ["shop.simulator", "SHOP.Simulator", "shop.simulator:8443"])
def test_a_site_answers_by_its_host_name(host: str) -> None:
    """Whatever the port in it and its letter case; no token is wanted."""
    with world(_SHOP) as w:
        answer = _ask(w, host, "/health?verbose=1")
        assert (answer.status_code, answer.text) == (503, "closed")
        assert answer.headers["Retry-After"] == "5"
        assert answer.headers["Content-Type"].startswith("text/plain")


def test_another_path_is_404_and_another_method_405() -> None:
    """As a web server answers."""
    with world(_SHOP) as w:
        assert _ask(w, "shop.simulator", "/other").status_code == 404
        refused = _ask(w, "hook.simulator")
        assert (refused.status_code, refused.headers["Allow"]) == (405, "POST")


def test_what_was_posted_is_remembered_as_it_came() -> None:
    """Understood, and byte for byte with its headers, so that a signature can be checked."""
    with world(_SHOP) as w:
        body = b'{"run":  "x"}'
        answer = _ask(
            w, "hook.simulator", method="POST", data=body, headers={"X-Signature": "sha256=1"}
        )
        assert answer.json() == {"verdict": "passed"}
        (seen,) = w.azure.seen
        assert (seen.what, seen.host, seen.status) == ("site", "hook.simulator", 200)
        assert (seen.body, seen.raw) == ({"run": "x"}, body)
        assert seen.headers["x-signature"] == "sha256=1"
        _ask(w, "hook.simulator", method="POST", data=b"plain")
        assert w.azure.seen[1].body == "plain"


def test_a_redirect_names_where_to_go() -> None:
    """A 302, unless the site has another status for it."""
    with world(_SHOP) as w:
        answer = _ask(w, "old.simulator")
        assert answer.status_code == 302
        assert answer.headers["Location"] == "http://shop.simulator/health"


def test_nobody_answers_for_a_name_that_is_not_there() -> None:
    """The connection ends, as if the name could not be found."""
    with world(_SHOP) as w, pytest.raises(requests.ConnectionError):
        _ask(w, "nobody.simulator")


def test_a_site_can_be_slow_in_the_story_s_time() -> None:
    """It is answered when the delay is over, and holds up nothing else."""
    with world('sites = [{ name = "slow", delay = 30 }]') as w:
        answers: list[int] = []
        asking = threading.Thread(
            target=lambda: answers.append(_ask(w, "slow.simulator").status_code)
        )
        asking.start()
        while not w.azure.seen:
            asking.join(0.005)
        assert w.rows(ALL)
        assert answers == []
        w.clock.sleep(30)
        asking.join(5)
        assert answers == [200]


def test_faults_of_azure_are_not_those_of_sites() -> None:
    """Not even a fault on `any` request."""
    with world(_SHOP + "[[faults]]\nalways = true\nstatus = 500") as w:
        assert _ask(w, "hook.simulator", method="POST").status_code == 200
        assert w.read().status_code == 500


def test_azure_does_not_answer_at_a_site() -> None:
    """The host decides, not the path."""
    with world(_SHOP) as w:
        path = "/providers/Microsoft.ResourceGraph/resources"
        assert _ask(w, "shop.simulator", path, method="POST").status_code == 404


@pytest.mark.parametrize(
    "site",
    ['name = "Shop"', 'name = "a.b"', 'name = "a"\npath = "x"', 'name = "a"\nmethod = "get"'],
)
def test_an_impossible_site_is_refused(site: str) -> None:
    """Names are one lower-case label, paths begin with /, methods are in capitals."""
    with pytest.raises(BadScenario) as caught:
        load_scenario(f"[[sites]]\n{site}")
    assert caught.value.problems[0].startswith("sites[1].")

"""Every URL that is configured, for the run or for each machine, gives a good answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from checks import CannotTell, Context, Machine, Run, Verdict
from checks.builtin._template import filled
from checks.builtin.http_probe import HttpProbe, http_probe
from checks.discovery import define
from core.clock import ScaledClock
from core.errors import BadPlugin
from core.model import Status, Tags
from plugins.config import config_of
from plugins.reach import Page
from plugins.web import Target
from simulator import Azure, load_scenario, serve
from tests.arm.certificates import certificate, server_side
from tests.checks.asking import EVENT
from tests.checks.builtin.played import played, words
from tests.checks.builtin.saying import of_run, statuses, told, vm
from tests.checks.webs import LOOPBACK, Names, named, web
from tests.scripted_server import Play, Received, answer, by, scripted, silence

OK = answer(200, b'{"state": "ok"}')


def asked(
    config: HttpProbe, run: Run | None = None, names: Names | None = None, **client: Any
) -> Verdict | Mapping[str, Verdict | CannotTell]:
    """What the check says, over real sockets."""
    run = run or of_run(vm("web-01"))
    context: Context[HttpProbe] = replace(told(run, config), web=web(names=names, **client))
    return http_probe(run, context)


def verdict(play: Play, **config: Any) -> Verdict:
    """What it says of one URL that answers so."""
    with scripted(play) as server:
        found = asked(
            HttpProbe(urls=(named(server.url) + "/health?key=secret",), allow=LOOPBACK, **config)
        )
    assert isinstance(found, Verdict)
    assert "secret" not in f"{found.reason} {found.evidence}"
    return found


# --- what a good answer is


def test_a_good_answer_passes_with_what_was_seen() -> None:
    """The query of the URL is not shown: it is where people put keys."""
    found = verdict(OK)
    assert found.status is Status.PASSED
    assert str(found.evidence["url"]).endswith("/health")
    assert found.evidence["status"] == 200


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ({"status": (204, 301)}, "answered 200, not 204 or 301"),
        ({"contains": "fine"}, "does not contain 'fine'"),
        ({"contains_not": "ok"}, "contains 'ok'"),
        ({"matches": r"state.*fine"}, "does not match"),
        ({"max_seconds": 0.0001}, "s, more than 0.0001"),
    ],
)
def test_what_is_off_blocks(config: dict[str, Any], why: str) -> None:
    found = verdict(OK, **config)
    assert found.status is Status.BLOCKED
    assert why in found.reason


@pytest.mark.parametrize(
    "config",
    [
        {"status": (200, 204)},
        {"contains": '"ok"'},
        {"contains_not": "fail"},
        {"matches": r'"state": *"(ok|idle)"'},
        {"max_seconds": 10.0},
    ],
)
def test_what_is_as_it_must_be_passes(config: dict[str, Any]) -> None:
    assert verdict(OK, **config).status is Status.PASSED


def test_all_that_is_off_is_said() -> None:
    found = verdict(answer(500, b"trouble"), contains="fine", contains_not="trouble")
    for why in ("answered 500, not 200", "does not contain 'fine'", "contains 'trouble'"):
        assert why in found.reason


def test_an_expression_takes_no_longer_than_the_body_is_long() -> None:
    """This one would keep Python's own busy, and all of the process, until long after the run."""
    began = time.monotonic()
    found = verdict(answer(200, b"a" * 500_000), matches="(a*)*b")
    assert found.status is Status.BLOCKED
    assert time.monotonic() - began < 1


def test_a_body_that_is_no_text_is_searched_all_the_same() -> None:
    assert verdict(answer(200, b"\xff\x00 fine \xfe"), contains="fine").status is Status.PASSED


@pytest.mark.parametrize(("days", "expected"), [(0.5, Status.PASSED), (2, Status.BLOCKED)])
def test_a_certificate_must_be_good_for_long_enough(
    tmp_path: Path, days: float, expected: Status
) -> None:
    """After the run has ended: this one is good for a day from now."""
    pem = certificate(tmp_path, x509.DNSName("shop.example.com"))
    with scripted(OK, tls=server_side(pem)) as server:
        config = HttpProbe(urls=(named(server.url),), allow=LOOPBACK, min_certificate_days=days)
        run = of_run(vm("a"))
        now = web().clock.now()  # noon of the story; the certificate is of today
        page = web(trust=pem).fetch(named(server.url), allow=LOOPBACK)
        assert page.certificate_until is not None
        run = replace(run, end=page.certificate_until - timedelta(days=1), start=now)
        found = asked(config, run, trust=pem)
    assert isinstance(found, Verdict)
    assert found.status is expected
    assert found.evidence["certificate until"] == f"{page.certificate_until:%Y-%m-%d}"
    if expected is Status.BLOCKED:
        assert "has a certificate for 1.0 days after the run, fewer than 2" in found.reason


def test_without_tls_there_is_no_certificate_to_judge() -> None:
    with pytest.raises(CannotTell, match="shows no certificate"):
        verdict(OK, min_certificate_days=1)


# --- URLs of the run


def test_each_url_of_the_run_is_asked() -> None:
    """What blocks goes before what nobody can tell, and all of it is said."""
    with scripted(by(lambda r: OK if r.path == "/good" else answer(500))) as server:
        good, bad = server.url + "/good", server.url + "/bad"
        gone = "http://gone.example.com/"
        assert of_urls(good).status is Status.PASSED
        assert of_urls(good, good + "?2").evidence == {"urls": 2}
        assert "/bad answered 500" in of_urls(gone, bad, good).reason
        with pytest.raises(CannotTell, match=r"^gone\.example\.com: its name cannot"):
            of_urls(gone, good)


def of_urls(*urls: str) -> Verdict:
    """The verdict on these."""
    found = asked(HttpProbe(urls=urls, allow=LOOPBACK))
    assert isinstance(found, Verdict)
    return found


def test_no_answer_is_unknown() -> None:
    with scripted(silence()) as server, pytest.raises(CannotTell, match="no whole answer in time"):
        asked(HttpProbe(urls=(server.url,), allow=LOOPBACK), seconds=0.1)


def test_an_address_inside_is_unknown() -> None:
    with scripted(OK) as server, pytest.raises(CannotTell, match="refused"):
        asked(HttpProbe(urls=(server.url,)))
    assert server.received == []


def test_redirects_are_followed_as_far_as_the_site_wants() -> None:
    to = answer(302, headers={"Location": "/there"})
    assert verdict(by(lambda r: OK if r.path == "/there" else to)).status is Status.PASSED
    assert verdict(to, redirects=0, status=(302,)).status is Status.PASSED


# --- URLs of machines


def pages(received: Received) -> Play:
    """A server for several machines, by their names."""
    return answer(500) if "sick" in received.headers["host"] else OK


def test_each_machine_is_asked_by_its_own_url() -> None:
    """And each has an answer of its own."""
    names = Names(**{name: [["127.0.0.1"]] for name in ("web-01", "sick")})
    run = of_run(vm("web-01"), vm("sick"), vm("gone"))
    with scripted(by(pages)) as server:
        url = named(server.url, "{name}.example.com") + "/health"
        found = asked(HttpProbe(machine_url=url, allow=LOOPBACK), run, names)
        hosts = {received.headers["host"].partition(":")[0] for received in server.received}
    assert isinstance(found, Mapping)
    assert statuses(found) == {
        "web-01": "passed",
        "sick": "blocked",
        "gone": "gone.example.com: its name cannot be looked up",
    }
    assert hosts == {"web-01.example.com", "sick.example.com"}


def test_machines_are_asked_after_the_urls_of_the_run() -> None:
    """If those are not well, there is nothing to ask the machines."""
    run = of_run(vm("shop"))
    with scripted(answer(500), OK) as server:
        url = named(server.url, "{name}.example.com")
        config = HttpProbe(urls=(server.url,), machine_url=url, allow=LOOPBACK)
        first = asked(config, run)
        assert isinstance(first, Verdict)
        assert first.status is Status.BLOCKED
        assert len(server.received) == 1
        second = asked(config, run)
        assert isinstance(second, Mapping)
        assert statuses(second) == {"shop": "passed"}


def test_a_url_that_machines_share_is_asked_once() -> None:
    run = of_run(*(vm(f"web-{n}") for n in range(50)))
    with scripted(OK) as server:
        found = asked(HttpProbe(machine_url=server.url, allow=LOOPBACK), run)
        assert len(server.received) == 1
    assert isinstance(found, Mapping)
    assert set(statuses(found).values()) == {"passed"}


def test_hundreds_of_machines_are_asked_at_once() -> None:
    """Thirty-two at a time."""
    run = of_run(*(vm(f"web-{n}") for n in range(200)))
    together, most, lock = 0, 0, threading.Lock()

    class Slow:
        def fetch(self, url: str, /, **given: Any) -> Page:
            nonlocal together, most
            with lock:
                together += 1
                most = max(most, together)
            time.sleep(0.01)
            with lock:
                together -= 1
            return Page(url=url, status=200, body=b"")

    config = HttpProbe(machine_url="https://{name}.example.com/")
    began = time.monotonic()
    found = http_probe(run, replace(told(run, config), web=Slow()))
    assert isinstance(found, Mapping)
    assert set(statuses(found).values()) == {"passed"}
    assert time.monotonic() - began < 1
    assert 8 < most <= 32


# --- what a URL is made of


def tagged(name: str = "web-01", location: str | None = "westeurope", **tags: str) -> Machine:
    """A machine with these tags."""
    return replace(vm(name), location=location, tags=Tags(tags))


@pytest.mark.parametrize(
    ("template", "url"),
    [
        ("https://{name}.example.com/health", "https://web-01.example.com/health"),
        ("https://{tag:FQDN}/", "https://web.corp.example/"),
        ("http://10.0.0.1:{tag:port}/", "http://10.0.0.1:8080/"),
        ("https://x.example/{location}/{name}", "https://x.example/westeurope/web-01"),
        ("https://x.example/{tag:path}?q={tag:path}", "https://x.example/a%2Fb%3Fc?q=a%2Fb%3Fc"),
        ("https://x.example/{tag:lines}", "https://x.example/a%0D%0AHost%3A%20evil"),
        ("https://x.example/{tag:umlaut}", "https://x.example/%C3%A4"),
    ],
)
def test_a_url_is_made_of_what_the_machine_says(template: str, url: str) -> None:
    machine = tagged(
        fqdn="web.corp.example", port="8080", path="a/b?c", lines="a\r\nHost: evil", umlaut="ä"
    )
    assert filled(template, machine) == url


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("https://{tag:gone}.example.com/", "it has no tag:gone"),
        ("https://{tag:empty}.example.com/", "it has no tag:empty"),
        ("https://x.example/{location}", "it has no location"),
        ("https://{tag:at}/", "cannot stand in a host's name"),
        ("https://{tag:lines}/", "cannot stand in a host's name"),
        ("https://{tag:slash}.example.com/", "cannot stand in a host's name"),
        ("https://{tag:dots}.example.com/", "cannot stand in a host's name"),
        ("https://x.example/a/{tag:dots}/b", "would lead elsewhere"),
        ("https://x.example/{tag:long}", "longer than 256 characters"),
    ],
)
def test_a_value_that_does_not_fit_is_unknown(template: str, why: str) -> None:
    """Of that machine alone; nothing is asked in its name."""
    machine = tagged(
        location=None,
        empty="",
        at="a@evil.example",
        lines="a\r\nb",
        slash="evil.example/",
        dots="..",
        long="x" * 257,
    )
    with pytest.raises(CannotTell, match=why):
        filled(template, machine)
    run = of_run(machine, vm("web-02"))
    found = asked(HttpProbe(machine_url=template, allow=LOOPBACK), run)
    assert isinstance(found, Mapping)
    assert why in statuses(found)["web-01"]


@given(st.text(max_size=40))
def test_no_tag_leads_to_another_host(value: str) -> None:
    """Wherever it stands, and whatever somebody wrote there."""
    for template in (
        "https://{tag:x}.example.com/",
        "https://shop.example.com/{tag:x}",
        "https://shop.example.com/a/{tag:x}/b?c={tag:x}#{tag:x}",
    ):
        try:
            target = Target.parse(filled(template, tagged(x=value)))
        except CannotTell:
            continue
        assert target.host.endswith(".example.com")
        assert target.scheme == "https"
        assert target.port == 443
        assert target.path.count("/") == template.replace("{tag:x}", "").count("/") - 2


# --- its config


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ({"urls": ["shop.example.com"]}, "urls: a URL begins neither"),
        ({"urls": ["https://{name}.example.com/"]}, "urls: a URL .* illegal"),
        ({"machine_url": "{name}.example.com"}, "begins neither with https"),
        ({"machine_url": "https://{nome}.example.com/"}, r"\{nome\} means nothing"),
        ({"machine_url": "https://{tag:}.example.com/"}, r"\{tag:\} means nothing"),
        ({"machine_url": "https://{name.example.com/"}, "a brace without its other half"),
        ({"status": []}, "status must be codes"),
        ({"status": [99]}, "status must be codes"),
        ({"max_seconds": 0}, "max_seconds must be"),
        ({"max_seconds": 21}, "max_seconds must be"),
        ({"redirects": -1}, "redirects must be"),
        ({"matches": "(a"}, "no regular expression: missing"),
        ({"matches": r"(a)\1"}, "no regular expression"),
        ({"matches": "a" * 1001}, "longer than 1000"),
        ({"allow": ["10.0.0.1/8"]}, "no network"),
        ({"status": [99], "redirects": 11}, "status must be .*; redirects must be"),
    ],
)
def test_a_slip_in_its_config_is_told(
    config: dict[str, Any], why: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """All of them at once, and nowhere else."""
    with pytest.raises(BadPlugin, match=why):
        config_of(define(http_probe), config)
    assert capfd.readouterr().err == ""


def test_nothing_configured_is_skipped() -> None:
    found = asked(HttpProbe())
    assert isinstance(found, Verdict)
    assert found.status is Status.SKIPPED


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("passed", {"web-01": "passed", "web-02": "passed"}),
        ("blocked", {"web-01": "passed", "web-02": "blocked"}),
        ("unknown", {"web-01": "passed", "web-02": "unknown", "web-03": "unknown"}),
    ],
)
def test_the_shipped_scenarios_end_as_they_are_called(name: str, expected: dict[str, str]) -> None:
    assert words(played("http_probe", name)) == expected


def test_an_answer_is_late_by_the_storys_own_clock() -> None:
    """A site of a scenario that takes 8 seconds of the story has taken 8 seconds."""
    clock = ScaledClock(start=EVENT.start, speed=100)
    azure = Azure(
        load_scenario('[[sites]]\nname = "shop"\ndelay = 8\n'),
        run=EVENT.run,
        start=EVENT.start,
        end=EVENT.end,
        subscriptions=EVENT.subscriptions,
        clock=clock,
    )
    with serve(azure) as simulator:
        config = HttpProbe(urls=("https://shop.simulator/",), max_seconds=5)
        found = asked(config, clock=clock, simulator=simulator)
    assert isinstance(found, Verdict)
    assert found.status is Status.BLOCKED
    assert float(str(found.evidence["seconds"])) >= 8

"""Pages over real sockets: whole, in time, and from nowhere that may not be asked."""

from __future__ import annotations

import gzip
import threading
import time
import zlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st

from checks import CannotTell
from tests.arm.certificates import LOOPBACK as LOOPBACK_NAME
from tests.arm.certificates import certificate, server_side
from tests.checks.webs import LOOPBACK, Names, fetch, hasty, named, web
from tests.scripted_server import Play, answer, hang_up, scripted, silence, trickle

OK = answer(200, b"fine", content_type="text/plain")
BEGUN = b"HTTP/1.1 200 OK\r\n"


def test_a_page_is_fetched_with_what_came_with_it() -> None:
    """Whatever its status."""
    with scripted(answer(503, b"busy", headers={"X-Note": "later"})) as server:
        page = fetch(named(server.url) + "/health?key=1")
        (received,) = server.received
    assert (page.status, page.body, page.headers["x-note"]) == (503, b"busy", "later")
    assert page.url == named(server.url) + "/health?key=1"
    assert page.certificate_until is None
    assert page.seconds > 0
    assert received.headers["host"] == named(server.url).removeprefix("http://")
    assert received.headers["accept-encoding"] == "identity"
    assert "authorization" not in received.headers


def test_a_body_and_headers_are_sent() -> None:
    with scripted(OK) as server:
        fetch(server.url, method="POST", body=b"{}", headers={"X-Key": "1"})
        (received,) = server.received
    assert (received.method, received.body, received.headers["x-key"]) == ("POST", b"{}", "1")


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Key": "a\r\nHost: evil"},
        {"X-Key": "a\nb"},
        {"X-Key\r\nX": "a"},
        {"X Key": "a"},
        {"": "a"},
        {"Host": "evil"},
        {"Content-Length": "0"},
        {"Transfer-Encoding": "chunked"},
        {"X-Key": "\x00secret"},
    ],
)
def test_headers_end_where_they_end(headers: dict[str, str]) -> None:
    """Nothing is sent, and their values are not repeated."""
    with scripted(OK) as server, pytest.raises(CannotTell) as caught:
        fetch(server.url, headers=headers)
    assert server.received == []
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("method", ["get", "CONNECT", "TRACE", "GET / HTTP/1.1\r\n"])
def test_methods_are_those_of_checks(method: str) -> None:
    with scripted(OK) as server, pytest.raises(CannotTell, match="no method"):
        fetch(server.url, method=method)
    assert server.received == []


def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """They would look the name up once more."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with scripted(OK) as server:
        assert fetch(named(server.url)).status == 200


# --- where requests may go


def test_this_machine_is_not_asked_unless_allowed() -> None:
    """By whatever name it goes."""
    with scripted(OK) as server:
        for url in (server.url, named(server.url)):
            with pytest.raises(CannotTell, match=r"127\.0\.0\.1 is a loopback address"):
                fetch(url, allow=())
        with pytest.raises(CannotTell, match="loopback"):
            fetch(server.url, allow=["10.0.0.0/8"])
        assert server.received == []
        assert fetch(server.url, allow=["127.0.0.1/32"]).status == 200


def test_a_network_to_allow_must_be_one() -> None:
    with pytest.raises(CannotTell, match="'the office' is no network"):
        fetch("https://shop.example.com/", allow=["the office"])


def test_the_metadata_service_is_refused_whatever_is_allowed() -> None:
    with pytest.raises(CannotTell, match="metadata service, which no check may ask"):
        fetch("http://169.254.169.254/metadata/instance", allow=["0.0.0.0/0"])


def test_a_name_is_looked_up_once() -> None:
    """A name server that gives a second answer, for the connection, is not asked for it."""
    names = Names(shop=[["127.0.0.1"], ["169.254.169.254"], ["10.0.0.4"]])
    with scripted(OK) as server:
        assert fetch(named(server.url), names=names).status == 200
    assert names.asked == ["shop.example.com"]


def test_a_name_with_one_bad_address_is_refused() -> None:
    names = Names(shop=[["127.0.0.1", "169.254.169.254"]])
    with scripted(OK) as server, pytest.raises(CannotTell, match=r"shop\.example\.com: refused"):
        fetch(named(server.url), names=names)
    assert server.received == []


def test_the_next_address_is_tried_when_one_takes_no_connection() -> None:
    """As on hosts without IPv6."""
    names = Names(shop=[["127.0.0.9", "127.0.0.1"]])  # the server listens at the second
    with scripted(OK) as server:
        assert fetch(named(server.url), names=names).status == 200


def test_a_name_that_is_not_there_is_told() -> None:
    with pytest.raises(CannotTell, match=r"^gone\.example\.com: its name cannot be looked up$"):
        fetch("https://gone.example.com/?sig=secret")


def test_a_name_server_that_hangs_is_not_waited_for() -> None:
    """The deadline bounds the look-up, too."""
    release = threading.Event()

    def hang(host: str, port: int) -> tuple[str, ...]:
        release.wait()
        return ("127.0.0.1",)

    client = web(clock=hasty())
    with pytest.raises(CannotTell, match="no whole answer in time"):
        type(client)(clock=client.clock, until=client.until, resolve=hang).fetch(
            "http://shop.example.com"
        )
    release.set()


@settings(max_examples=50)
@given(st.text(max_size=40), st.dictionaries(st.text(max_size=9), st.text(max_size=9), max_size=2))
def test_no_page_is_a_reason_and_nothing_else(text: str, headers: dict[str, str]) -> None:
    """Whatever a check asks for, nothing but `CannotTell` is raised."""
    for url in (text, f"https://{text}", f"https://gone.example.com/{text}"):
        with pytest.raises(CannotTell):
            fetch(url, headers=headers)


# --- redirects


def to(location: str, status: int = 302) -> Play:
    """A redirect."""
    return answer(status, headers={"Location": location})


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed(status: int) -> None:
    """The page says where it came from in the end."""
    with scripted(to("/b", status), to("c"), OK) as server:
        page = fetch(named(server.url) + "/a")
    assert (page.status, page.url) == (200, named(server.url) + "/c")


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("http://169.254.169.254/metadata/identity", "metadata service"),
        ("http://[::ffff:a9fe:a9fe]/", "metadata service"),
        ("http://168.63.129.16/", "platform address"),
        ("http://10.0.0.4/", "private"),
        ("http://inside.example.com/", "private"),
        ("http://[::1]/", "loopback"),
        ("gopher://shop.example.com/", "neither"),
        ("//user:secret@shop.example.com/", "password"),
    ],
)
def test_each_hop_is_checked_anew(location: str, why: str) -> None:
    """A public server must not lead us to where we may not go."""
    names = Names(shop=[["127.0.0.1"]], inside=[["10.0.0.4"]])
    with scripted(to(location), OK) as server, pytest.raises(CannotTell, match=why) as caught:
        fetch(named(server.url), names=names)
    assert len(server.received) == 1
    assert "secret" not in str(caught.value)


def test_too_many_redirects_are_no_answer() -> None:
    with scripted(to("/again")) as server:
        with pytest.raises(CannotTell, match="redirects more than 3 times"):
            fetch(server.url)
        assert len(server.received) == 4


def test_a_redirect_is_an_answer_for_who_wants_none_followed() -> None:
    with scripted(to("/b")) as server:
        assert fetch(server.url, redirects=0).status == 302


@pytest.mark.parametrize("redirects", [0, 3])
def test_a_post_is_not_sent_again(redirects: int) -> None:
    """It may have had its effect."""
    with scripted(to("/b", 307)) as server:
        with pytest.raises(CannotTell, match="redirects a POST"):
            fetch(server.url, method="POST", body=b"x", redirects=redirects)
        assert len(server.received) == 1


def test_what_may_change_something_is_not_sent_in_the_clear() -> None:
    """Whoever is on the way could read it, and answer it. Within allowed networks it is sent."""
    names = Names(shop=[["127.0.0.1", "2606:4700::1111"]], other=[["::ffff:127.0.0.1"]])
    with scripted(OK) as server:
        for url in ("http://93.184.215.14/", named(server.url)):
            with pytest.raises(CannotTell, match="refused: a POST without TLS is for networks"):
                fetch(url, method="POST", body=b"x", names=names)
        assert server.received == []
        at_other = named(server.url, "other.example.com")
        assert fetch(at_other, method="POST", body=b"x", names=names).status == 200
        assert fetch(server.url, method="PUT").status == 200


def test_a_body_goes_to_the_host_that_it_is_meant_for() -> None:
    """As headers do."""
    with (
        scripted(OK) as other,
        scripted(to("/b"), to(named(other.url, "other.example.com"))) as server,
    ):
        fetch(named(server.url), body=b"secret")
        assert [r.body for r in server.received] == [b"secret", b"secret"]
        assert other.received[0].body == b""


def test_headers_go_to_the_host_that_they_are_meant_for() -> None:
    """And to no other one that it names."""
    with (
        scripted(OK) as other,
        scripted(to("/b"), to(named(other.url, "other.example.com"))) as server,
    ):
        fetch(named(server.url), headers={"Authorization": "secret"})
        assert [r.headers.get("authorization") for r in server.received] == ["secret", "secret"]
        assert "authorization" not in other.received[0].headers


# --- whole answers, in time


@pytest.mark.parametrize(
    ("play", "why"),
    [
        (hang_up(), "RemoteDisconnected"),
        (hang_up(b"SSH-2.0-OpenSSH_9.6\r\n"), "BadStatusLine"),
        (hang_up(BEGUN + b"Content-Length: 10\r\n\r\nhalf"), "before its end"),
        (
            hang_up(BEGUN + b"Transfer-Encoding: chunked\r\n\r\n9\r\nhalf"),
            "IncompleteRead",
        ),
        (hang_up(BEGUN + b"X: y\r\n" * 200 + b"\r\n"), "HTTPException"),
        (hang_up(BEGUN + b"X: " + b"y" * 70_000 + b"\r\n\r\n"), "LineTooLong"),
    ],
)
def test_what_is_no_whole_answer_is_none(play: Play, why: str) -> None:
    """The sentence says the kind of trouble, and nothing of the URL but the host."""
    with scripted(play) as server, pytest.raises(CannotTell, match=why) as caught:
        fetch(named(server.url) + "/path?sig=secret")
    assert str(caught.value).startswith("shop.example.com: ")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "play",
    [
        silence(),
        trickle(b"", b"H", 0.02),
        trickle(BEGUN, b"X: y\r\n", 0.02),
        trickle(BEGUN + b"\r\n", b".", 0.02),
        trickle(BEGUN + b"Content-Length: 999999\r\n\r\n", b".", 0.02),
        trickle(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.02),
    ],
)
def test_an_answer_that_does_not_end_is_ended(play: Play) -> None:
    """By the deadline, and whoever was waiting for it is gone soon after."""
    began = time.monotonic()
    with scripted(play) as server, pytest.raises(CannotTell, match="in time"):
        fetch(server.url, clock=hasty(), seconds=60)
    assert time.monotonic() - began < 1
    for thread in [t for t in threading.enumerate() if t.name == "patchgate call"]:
        thread.join(1)
        assert not thread.is_alive()


def test_without_time_nothing_is_asked() -> None:
    with scripted(OK) as server, pytest.raises(CannotTell, match="no time left"):
        fetch(server.url, seconds=-1)
    assert server.received == []


@pytest.mark.parametrize(
    "play",
    [
        answer(200, b"x" * 1_000_001),
        hang_up(BEGUN + b"\r\n" + b"x" * 1_000_001),
        hang_up(BEGUN + b"Content-Length: 999999999999\r\n\r\n" + b"x" * 1_000_001),
    ],
)
def test_a_huge_answer_is_not_read_to_its_end(play: Play) -> None:
    with scripted(play) as server, pytest.raises(CannotTell, match="longer than 1 MB"):
        fetch(server.url)


def test_an_answer_of_a_megabyte_is_read() -> None:
    with scripted(answer(200, b"x" * 1_000_000)) as server:
        assert len(fetch(server.url).body) == 1_000_000


def packed(body: bytes, encoding: str = "gzip") -> Play:
    """An answer that is packed, although nobody asked for it."""
    return answer(200, body, headers={"Content-Encoding": encoding})


@pytest.mark.parametrize(
    ("body", "encoding"),
    [(gzip.compress(b"fine", mtime=0), "gzip"), (zlib.compress(b"fine"), "deflate")],
)
def test_a_packed_answer_is_unpacked(body: bytes, encoding: str) -> None:
    """Some servers do not listen."""
    with scripted(packed(body, encoding)) as server:
        assert fetch(server.url).body == b"fine"


@pytest.mark.parametrize(
    ("play", "why"),
    [
        (packed(gzip.compress(b"0" * 50_000_000, mtime=0)), "longer than 1 MB when unpacked"),
        (packed(gzip.compress(b"fine", mtime=0)[:-4]), "broke off"),
        (packed(gzip.compress(b"fine", mtime=0) * 2), "broke off"),
        (packed(b"fine"), "cannot be unpacked"),
        (packed(b"fine", "br"), "not asked for: br"),
        (packed(gzip.compress(gzip.compress(b"fine", mtime=0)), "gzip, gzip"), "not asked for"),
    ],
)
def test_a_bomb_does_not_go_off(play: Play, why: str) -> None:
    """Nor is half of an answer taken for the whole."""
    with scripted(play) as server, pytest.raises(CannotTell, match=why):
        fetch(server.url)


# --- TLS


def test_a_host_that_proves_who_it_is_is_asked(tmp_path: Path) -> None:
    """By the name of the URL, though the connection goes to an address; and until when it can."""
    pem = certificate(tmp_path, x509.DNSName("shop.example.com"))
    with scripted(OK, tls=server_side(pem)) as server:
        page = fetch(named(server.url), trust=pem)
    assert page.status == 200
    assert page.certificate_until is not None
    assert 0 < (page.certificate_until - datetime.now(UTC)).total_seconds() <= 86_400


def test_an_address_can_prove_who_it_is(tmp_path: Path) -> None:
    pem = certificate(tmp_path, LOOPBACK_NAME)
    with scripted(OK, tls=server_side(pem)) as server:
        assert fetch(server.url, trust=pem).status == 200


def test_a_certificate_of_another_name_is_not_accepted(tmp_path: Path) -> None:
    """Although its authority is, and although it is the address that we connect to."""
    pem = certificate(tmp_path, LOOPBACK_NAME)
    with scripted(OK, tls=server_side(pem)) as server:
        with pytest.raises(CannotTell, match="its certificate is not accepted: Hostname mismatch"):
            fetch(named(server.url), trust=pem)
        assert server.received == []


def test_a_self_signed_certificate_is_not_accepted(tmp_path: Path) -> None:
    pem = certificate(tmp_path, LOOPBACK_NAME)
    with scripted(OK, tls=server_side(pem)) as server:
        with pytest.raises(CannotTell, match="certificate is not accepted: self"):
            fetch(server.url)
        assert server.received == []


def test_the_sites_own_authorities_come_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As for all of Python."""
    pem = certificate(tmp_path, LOOPBACK_NAME)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(pem))
    with scripted(OK, tls=server_side(pem)) as server:
        assert fetch(server.url).status == 200


@pytest.mark.parametrize("trust", ["gone.pem", "empty.pem"])
def test_authorities_that_cannot_be_read_are_told(tmp_path: Path, trust: str) -> None:
    """It is the app's own fault, and no server's."""
    (tmp_path / "empty.pem").write_bytes(b"")
    pem = certificate(tmp_path, LOOPBACK_NAME)
    with scripted(OK, tls=server_side(pem)) as server:
        with pytest.raises(CannotTell, match="the authorities of this app cannot be read"):
            fetch(server.url, trust=tmp_path / trust)
        assert server.received == []


@pytest.mark.parametrize(("length", "whole"), [(b"", False), (b"Content-Length: 4\r\n", True)])
def test_an_answer_that_ends_with_the_connection_can_have_been_cut(
    tmp_path: Path, length: bytes, *, whole: bool
) -> None:
    """Within TLS a server says that it has come to the end; anybody can cut the connection."""
    pem = certificate(tmp_path, LOOPBACK_NAME)
    cut = hang_up(BEGUN + length + b"\r\nhalf")
    with scripted(cut, tls=server_side(pem)) as server:
        if whole:
            assert fetch(server.url, trust=pem).body == b"half"
        else:
            with pytest.raises(CannotTell, match="its answer broke off"):
                fetch(server.url, trust=pem)


def test_a_server_without_tls_is_no_https(tmp_path: Path) -> None:
    with scripted(OK) as server, pytest.raises(CannotTell, match="no TLS"):
        fetch(server.url.replace("http:", "https:"))


def test_a_redirect_out_of_tls_is_refused(tmp_path: Path) -> None:
    pem = certificate(tmp_path, LOOPBACK_NAME)
    with scripted(OK) as plain, scripted(to(plain.url), tls=server_side(pem)) as server:
        with pytest.raises(CannotTell, match="redirects from https to http"):
            fetch(server.url, trust=pem)
        assert plain.received == []


# --- the simulated world


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_simulated_host_is_at_the_simulators_port(scheme: str) -> None:
    """By its own name, and without a name server."""
    names = Names()
    with scripted(OK) as server:
        page = fetch(
            f"{scheme}://shop.simulator/health", allow=(), simulator=server.url, names=names
        )
        (received,) = server.received
    assert (page.status, received.headers["host"], names.asked) == (200, "shop.simulator", [])


def test_a_simulated_world_has_no_other_hosts() -> None:
    """Whatever is allowed, and also after a redirect."""
    with scripted(to("http://shop.example.com/"), OK) as server:
        for url in ("https://shop.example.com/", server.url, "http://shop.simulator/"):
            with pytest.raises(CannotTell, match="a simulated world has no hosts but"):
                fetch(url, allow=LOOPBACK, simulator=server.url)
        assert len(server.received) == 1

"""What is a URL, and what only looks like one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks import CannotTell
from plugins.web import Target


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("https://Shop.Example.COM", "https://shop.example.com/"),
        ("https://shop.example.com.:443/a?b=c#d", "https://shop.example.com/a?b=c"),
        ("http://shop.example.com:8080/a%20b", "http://shop.example.com:8080/a%20b"),
        ("HTTP://10.0.0.4/", "http://10.0.0.4/"),
        ("https://[2001:DB8:0::1]:8443/x", "https://[2001:db8::1]:8443/x"),
    ],
)
def test_a_url_is_taken_apart_and_put_together(url: str, same: str) -> None:
    assert Target.parse(url).url == same


@pytest.mark.parametrize(
    "url",
    [
        "",
        "shop.example.com",
        "ftp://shop.example.com/",
        "file:///etc/passwd",
        "https:///path",
        "https://user:secret@shop.example.com/",
        "https://shop.example.com@evil.example/",
        "https://shop.example.com:0/",
        "https://shop.example.com:/",
        "https://shop.example.com:99999/",
        "https://shop.example.com:80a/",
        "https://shop..example.com/",
        "https://-shop.example.com/",
        "https://shop.example.com\\@evil.example/",
        "https://shop.example.com/\r\nHost: evil",
        "https://shop.example.com/a b",
        "https://shop.example.com\t/",
        "https://shöp.example.com/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://127.1/",
        "https://0177.0.0.1/",
        "https://1.2.3.4.5/",
        "https://shop.0x7f/",
        "https://[fe80::1%25eth0]/",
        "https://[::1/",
        "https://[shop]/",
        "https://shop.example.com/" + "a" * 2048,
    ],
)
def test_what_only_looks_like_a_web_address_is_none(url: str) -> None:
    """And what it is is not repeated: a password may be in it."""
    with pytest.raises(CannotTell) as caught:
        Target.parse(url)
    assert "secret" not in str(caught.value)


@given(st.text(max_size=60))
def test_any_text_is_a_url_or_is_refused(text: str) -> None:
    """Nothing else is raised, and what is taken apart stays the same when done again."""
    for url in (text, "https://" + text, "https://shop.example.com/" + text):
        try:
            target = Target.parse(url)
        except CannotTell:
            continue
        assert Target.parse(target.url) == target
        assert not set("\r\n\t \\") & set(target.url)


def test_the_query_is_not_shown() -> None:
    """It is where people put keys."""
    target = Target.parse("https://shop.example.com:8443/health?sig=secret")
    assert target.shown == "https://shop.example.com:8443/health"


@pytest.mark.parametrize(
    ("location", "leads"),
    [
        ("/b", "https://shop.example.com/b"),
        ("c?d", "https://shop.example.com/a/c?d"),
        ("//other.example.com/", "https://other.example.com/"),
        ("https://other.example.com/x y", "https://other.example.com/x%20y"),
        ("/\xe4", "https://shop.example.com/%E4"),
    ],
)
def test_a_redirect_leads_as_browsers_understand_it(location: str, leads: str) -> None:
    assert Target.parse("https://shop.example.com/a/b").redirected(location).url == leads


@pytest.mark.parametrize("location", ["http://shop.example.com/", "ftp://x/", "https://a:b@x/"])
def test_a_redirect_does_not_lead_out_of_tls(location: str) -> None:
    """Nor to what is no web address."""
    with pytest.raises(CannotTell):
        Target.parse("https://shop.example.com/").redirected(location)


@pytest.mark.parametrize(
    ("one", "other", "trusted"),
    [
        ("https://a.example/", "https://a.example/other", True),
        ("http://a.example/", "https://a.example/", True),
        ("https://a.example/", "https://b.example/", False),
        ("https://a.example/", "https://a.example:8443/", False),
        ("http://a.example:81/", "https://a.example:443/", False),
    ],
)
def test_what_is_meant_for_one_host_is_not_for_another(
    one: str, other: str, *, trusted: bool
) -> None:
    """Another port is another server."""
    assert Target.parse(one).trusts(Target.parse(other)) is trusted

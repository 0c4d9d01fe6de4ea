"""A path of Azure that is only read goes into a URL with our token: every part is looked at."""

from __future__ import annotations

from urllib.parse import quote, unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import BadId, shorten
from core.ids import ArmPath
from tests.builders import RUN, SUBSCRIPTION

LONGEST = "must be text of at most 2048 characters from /"


@pytest.mark.parametrize(
    "text",
    [
        "/subscriptions",
        f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Compute/virtualMachines",
        RUN,
        "/a/b.c/d,e/f:g/h@i/j$k/l~m/n(o)/p q/r_s-t",
        "/subscriptions/x/resourceGroups/K\u00f6ln",
        "/...a/.b/c.",
        "/" + "p" * 260,
        "/" + "/".join(["p" * 255] * 8),
    ],
)
def test_a_path_goes_through_unchanged(text: str) -> None:
    """Also as the text of an URL, whose segments are those of the path."""
    path = ArmPath.parse(text)
    assert (path.text, str(path)) == (text, text)


@pytest.mark.parametrize("text", [None, 5, b"/x", "", "subscriptions", "x/y", "/" + "/x" * 1024])
def test_what_is_no_path_at_all_is_refused(text: object) -> None:
    """No text, one that does not begin with /, or too long a one."""
    with pytest.raises(BadId) as refusal:
        ArmPath.parse(text)
    assert (refusal.value.what, refusal.value.value) == ("path", shorten(text, 300))
    assert refusal.value.why == LONGEST


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("/", ""),
        ("//evil.example/x", ""),
        ("/x/", ""),
        ("/x//y", ""),
        ("/.", "."),
        ("/./y", "."),
        ("/x/../y", ".."),
        ("/x/y/..", ".."),
        ("/x/...", "..."),
        ("/x/%2e%2e/y", "%2e%2e"),
        ("/x?y=1", "x?y=1"),
        ("/x#y", "x#y"),
        ("/x/y\\z", "y\\z"),
        ("/x/y;z", "y;z"),
        ("/x/y\n", "y\\n"),
        ("/x/y\uff0fz", "y\uff0fz"),
        ("/" + "p" * 261, "p" * 59 + "\u2026"),
    ],
)
def test_a_part_that_could_lead_elsewhere_is_refused_and_named(text: str, part: str) -> None:
    """Out of its place, to another host, or into a query."""
    with pytest.raises(BadId) as refusal:
        ArmPath.parse(text, "next page")
    assert refusal.value.what == "next page"
    assert refusal.value.value == shorten(text, 300)
    assert refusal.value.why == f"{part!r} is not a legal part of it"


@settings(deadline=None, max_examples=200)
@given(st.text(st.sampled_from("ab/.\\%?#@: \n\u2024\uff0f"), max_size=12))
def test_whatever_is_accepted_stays_one_path_of_one_host(text: str) -> None:
    """Quoted after a host, it has the segments that were looked at, and nothing more."""
    try:
        path = ArmPath.parse(text)
    except BadId:
        return
    url = urlsplit("https://management.azure.com" + quote(str(path)))
    assert (url.netloc, url.query, url.fragment) == ("management.azure.com", "", "")
    assert unquote(url.path) == text
    assert not {"", ".", ".."} & set(text.split("/")[1:])

"""Azure ids: what is legal goes through unchanged, and nothing else goes through."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote, unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import wire
from core.errors import BadId
from core.ids import ConfigurationId, MachineId, RunId, subscription_id
from tests.builders import CONFIGURATION, RUN, SUBSCRIPTION, through_json

VM = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-web"
    "/providers/Microsoft.Compute/virtualMachines/web-1"
)
ARC = VM.replace("Microsoft.Compute/virtualMachines", "Microsoft.HybridCompute/machines")

guids = st.uuids().map(str)
groups = st.from_regex(r"[A-Za-z0-9_()-]([A-Za-z0-9_.()-]{0,20}[A-Za-z0-9_()-])?", fullmatch=True)
groups = groups | st.sampled_from(["Köln", "生产", "été_(1)"])
names = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,20}[A-Za-z0-9_-])?", fullmatch=True)
run_names = names.filter(lambda name: name.lower() != "default")


def free_of_dots(strategy: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Legal names hold no `..`."""
    return strategy.filter(lambda text: ".." not in text)


runs = st.builds(
    lambda s, g, n, r: (
        f"/subscriptions/{s}/resourceGroups/{g}/providers/Microsoft.Maintenance"
        f"/maintenanceConfigurations/{n}/providers/Microsoft.Maintenance/applyUpdates/{r}"
    ),
    guids,
    free_of_dots(groups),
    free_of_dots(names),
    free_of_dots(run_names),
)


def in_any_case(text: str, upper: list[bool]) -> str:
    """The same id as another of Azure's sources may write it."""
    return "".join(
        c.upper() if c.isascii() and upper[i % len(upper)] else c for i, c in enumerate(text)
    )


@settings(deadline=None, max_examples=150)
@given(text=runs)
def test_every_legal_run_id_comes_back_as_it_was(text: str) -> None:
    """Parsed and written, also through JSON, it is the same text."""
    run = RunId.parse(text)
    assert str(run) == text
    assert str(wire.load(RunId, through_json(wire.dump(run)))) == text


@settings(deadline=None, max_examples=150)
@given(text=runs, upper=st.lists(st.booleans(), min_size=1, max_size=7))
def test_ids_compare_without_case(text: str, upper: list[bool]) -> None:
    """Two spellings of one id are equal, hash alike and have one key."""
    one, other = RunId.parse(text), RunId.parse(in_any_case(text, upper))
    assert one == other
    assert hash(one) == hash(other)
    assert one.key == other.key
    assert one.configuration == other.configuration


@settings(deadline=None, max_examples=150)
@given(text=runs)
def test_an_accepted_id_has_exactly_its_segments_in_a_url(text: str) -> None:
    """Quoted into a URL after a host, it can name no other host, path, query or fragment."""
    url = urlsplit("https://management.azure.com" + quote(str(RunId.parse(text))))
    assert url.netloc == "management.azure.com"
    assert (url.query, url.fragment) == ("", "")
    segments = unquote(url.path).split("/")
    assert segments == text.split("/")
    assert len(segments) == 13
    assert not {"", ".", ".."} & set(segments[1:])


HOSTILE = {
    "dot-dot as the group": RUN.replace("rg-patching", ".."),
    "dot-dot as the run": RUN.replace("20261128030000", ".."),
    "dot as the configuration": RUN.replace("weekly-prod", "."),
    "dot-dot inside": RUN.replace("weekly-prod", "weekly..prod"),
    "dot-dot inside the group": RUN.replace("rg-patching", "rg..patching"),
    "an extra segment": RUN + "/../default",
    "a trailing slash": RUN + "/",
    "an empty segment": RUN.replace("/providers", "//providers", 1),
    "no leading slash": RUN[1:],
    "another host": "https://evil.example" + RUN,
    "another host, short": "//evil.example" + RUN,
    "a user": RUN.replace("/subscriptions", "@evil.example/subscriptions", 1),
    "a query": RUN + "?api-version=1",
    "a fragment": RUN + "#x",
    "an at sign": RUN.replace("weekly", "week@ly"),
    "a single quote": RUN.replace("weekly", "week'ly"),
    "a double quote": RUN.replace("weekly", 'week"ly'),
    "a back quote": RUN.replace("weekly", "week`ly"),
    "a backslash": RUN.replace("weekly", "week\\ly"),
    "a percent-encoded slash": RUN.replace("weekly", "week%2Fly"),
    "a percent-encoded dot": RUN.replace("rg-patching", "%2e%2e"),
    "a semicolon": RUN.replace("weekly", "week;ly"),
    "a pipe": RUN.replace("weekly", "week|ly"),
    "a blank": RUN.replace("weekly", "week ly"),
    "a newline inside": RUN.replace("weekly", "week\nly"),
    "a newline at the end": RUN + "\n",
    "a newline after the group": RUN.replace("rg-patching", "rg-patching\n"),
    "a newline after the subscription": RUN.replace(SUBSCRIPTION, SUBSCRIPTION + "\n"),
    "a carriage return": RUN + "\r",
    "NUL": RUN + "\0",
    "a trailing dot": RUN + ".",
    "a trailing dot of the configuration": RUN.replace("weekly-prod", "weekly-prod."),
    "a trailing dot of the group": RUN.replace("rg-patching", "rg-patching."),
    "host maintenance": RUN.replace("20261128030000", "default"),
    "host maintenance in capitals": RUN.replace("20261128030000", "DEFAULT"),
    "host maintenance with a dot": RUN.replace("20261128030000", "default."),
    "a fullwidth slash": RUN.replace("weekly", "week\uff0fly"),
    "a fullwidth slash in the group": RUN.replace("rg-patching", "rg\uff0fpatching"),
    "a division slash in the group": RUN.replace("rg-patching", "rg\u2215patching"),
    "a one-dot leader": RUN.replace("rg-patching", "\u2024\u2024"),
    "a dotless i": RUN.replace("providers", "prov\u0131ders", 1),
    "a dotted capital I": RUN.replace("providers", "prov\u0130ders", 1),
    "fullwidth letters": RUN.replace("weekly", "\uff57eekly"),
    "fullwidth digits": RUN.replace("20261128030000", "\uff12\uff10"),
    "a right-to-left mark": RUN.replace("rg-patching", "rg\u200fpatching"),
    "a zero-width blank": RUN.replace("rg-patching", "rg\u200bpatching"),
    "a Kelvin sign in the group": RUN.replace("rg-patching", "rg-\u212a"),
    "an umlaut in two characters": RUN.replace("rg-patching", "Ko\u0308ln"),
    "half a surrogate pair": RUN.replace("rg-patching", "rg\ud800"),
    "another provider": RUN.replace("Microsoft.Maintenance", "Microsoft.Compute", 1),
    "another provider of the run": RUN.replace(
        "Microsoft.Maintenance/applyUpdates", "Microsoft.Compute/applyUpdates"
    ),
    "another type": RUN.replace("applyUpdates", "configurationAssignments"),
    "no GUID": RUN.replace(SUBSCRIPTION, "production"),
    "braces": RUN.replace(SUBSCRIPTION, f"{{{SUBSCRIPTION}}}"),
    "a configuration instead of a run": CONFIGURATION,
    "a group that is too long": RUN.replace("rg-patching", "g" * 91),
    "a name that is too long": RUN.replace("weekly-prod", "n" * 200),
    "far too long": RUN + "0" * 2000,
    "nothing": "",
    "a number": 5,
    "none": None,
    "a list": [RUN],
}


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
def test_nothing_else_is_a_run(value: object) -> None:
    """It is refused, and the refusal names the kind of id as the caller calls it."""
    with pytest.raises(BadId) as refusal:
        RunId.parse(value, "CorrelationId")
    assert refusal.value.what.startswith("CorrelationId")
    assert str(refusal.value).isprintable()


@pytest.mark.parametrize("place", ["rg-patching", "weekly-prod", "20261128030000"])
@settings(deadline=None, max_examples=150)
@given(text=st.text(max_size=8))
def test_no_text_in_any_place_breaks_out_of_it(place: str, text: str) -> None:
    """Put anything where a name stands: it is refused, or it is one segment and nothing more."""
    try:
        run = RunId.parse(RUN.replace(place, text))
    except BadId:
        return
    assert not set(text) & set("/?#@'\"%\\ \n\r\0;|&<>{}")
    assert ".." not in text
    assert not text.endswith(".")
    assert text.lower() != "default"
    assert len(unquote(quote(str(run))).split("/")) == 13


@settings(deadline=None, max_examples=100)
@given(text=runs, at=st.integers(0, 400), odd=st.sampled_from("?#@'\"%\\ \n\0;|&\u2044\uff0f"))
def test_one_odd_character_anywhere_spoils_an_id(text: str, at: int, odd: str) -> None:
    """There is no place in an id that is not looked at."""
    at %= len(text) + 1
    with pytest.raises(BadId):
        RunId.parse(text[:at] + odd + text[at:])


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "default"},
        {"name": "../x"},
        {"configuration": {"name": "a/b"}},
        {"configuration": {"resource_group": ".."}},
        {"configuration": {"subscription": "x"}},
    ],
)
def test_an_id_from_the_wire_is_held_against_the_same_rules(fields: dict[str, object]) -> None:
    """What another worker wrote is not believed either."""
    good = wire.dump(RunId.parse(RUN))
    inner = fields.get("configuration")
    bad = {**good, **fields}
    if isinstance(inner, dict):
        bad["configuration"] = {**good["configuration"], **inner}
    with pytest.raises(BadId):
        wire.load(RunId, bad)


@pytest.mark.parametrize(
    ("text", "kind"),
    [(VM, "Microsoft.Compute/virtualMachines"), (ARC, "Microsoft.HybridCompute/machines")],
)
def test_a_machine_is_a_virtual_machine_or_an_arc_server(text: str, kind: str) -> None:
    """In any letter case; the type comes out as Azure publishes it."""
    assert MachineId.parse(text.upper()).type == kind
    assert MachineId.parse(text.upper()) == MachineId.parse(text)
    assert str(MachineId.parse(text)) == text


@pytest.mark.parametrize(
    "value",
    [
        VM.replace("virtualMachines", "disks"),
        VM + "/extensions/x",
        VM.replace("web-1", ".."),
        VM + "\n",
        VM + ".",
        VM.replace("rg-web", "rg'web"),
        None,
    ],
)
def test_nothing_else_is_a_machine(value: object) -> None:
    """Disks, extensions and oddities are not."""
    with pytest.raises(BadId):
        MachineId.parse(value)


@pytest.mark.parametrize("part", [SUBSCRIPTION[:8], "rg-patching", "weekly-prod", "20261128030000"])
def test_ids_that_differ_in_one_part_are_not_equal(part: str) -> None:
    """Or one run would be cancelled for another. Their keys are the ids in lower case."""
    one, other = RunId.parse(RUN), RunId.parse(RUN.replace(part, "0" * 8))
    assert one != other
    assert (one.configuration == other.configuration) == part.isdecimal()
    assert (one.key, other.key) == (str(one).lower(), str(other).lower())


def test_ids_of_different_kinds_are_never_equal() -> None:
    """A configuration is not a run, nor is either a text."""
    run = RunId.parse(RUN)
    assert run != run.configuration
    assert run != RUN
    assert run.configuration == ConfigurationId.parse(CONFIGURATION.lower())


@pytest.mark.parametrize("parse", [subscription_id, ConfigurationId.parse, RunId.parse])
@pytest.mark.parametrize("place", ["subscriptions", "rg-patching", "weekly-prod", "2026112803"])
@pytest.mark.parametrize("times", [30, 1000])
def test_a_refusal_shows_the_value_shortened_and_on_one_line(
    parse: Callable[[object], object], place: str, times: int
) -> None:
    """A hostile value can neither flood the log nor begin a line of its own in it."""
    with pytest.raises(BadId) as refusal:
        parse(RUN.replace(place, "x\nCRITICAL all is well" * times))
    assert len(str(refusal.value)) < 600
    assert "\n" not in str(refusal.value)

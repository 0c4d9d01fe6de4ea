"""Reading gate.toml: all that is wrong is told at once, with lines; and nothing but that."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import wire
from core.errors import BadPolicy
from core.policy import CheckPolicy
from core.policy.reading import CHECK_KEYS, DEFAULT_KEYS, TOP_KEYS, parse_policy_file
from tests.builders import through_json
from tests.core.policy.files import BAD, BEYOND_SCHEMA, FULL, LEGAL, VALUES, configuration

# The words of a policy file, and what holds them together.
WORDS = [*TOP_KEYS, *CHECK_KEYS, "checks", "defaults", "for", "x", "tags", "__class__"]
SIGNS = [*"[]{}==.,\"'# \n\n\\\0\x1b\r", "[[", "]]", "\r\n", '"""', "'''"]
WHOLE = ["[for]\n", "[[for]]\n", "[checks.x]\n", '"cancel"\n', "1e400", "0x1", '"5%"', "2026-01-01"]
SOUP = st.lists(st.sampled_from([*WORDS, *SIGNS, *WHOLE]), max_size=30).map("".join)


def problems_of(text: str | bytes) -> tuple[str, ...]:
    """What is wrong with that file."""
    with pytest.raises(BadPolicy) as refusal:
        parse_policy_file(text)
    return refusal.value.problems


def test_everything_can_be_set() -> None:
    """At the top, for all checks, for one, and for some configurations."""
    file = parse_policy_file(FULL)
    policy = file.of(configuration("monthly", "rg-other"))
    assert (policy.mode, policy.on_unknown, policy.on_gap) == ("observe", "proceed", "proceed")
    assert policy.reserve == 300
    assert isinstance(policy.reserve, float)
    shared = CheckPolicy(
        advisory=False,
        timeout=60,
        patience=600,
        every=30,
        tolerance=2,
        isolation="thread",
        memory=256,
    )
    assert policy.defaults == policy.of("another") == shared
    assert policy.of("disk_space") == CheckPolicy(
        enabled=False,
        advisory=True,
        on_unknown="cancel",
        timeout=12.5,
        patience=120.5,
        every=20,
        tolerance="5%",
        isolation="process",
        memory=1024,
        config={"limit": 10, "paths": ["/", "/var"], "since": "2026-01-01", "a.b": {"c": 1.5}},
    )
    tags = {"ENV": "Production", "owner team": "DBA"}
    assert file.of(configuration("monthly", "rg-other"), tags).mode == "observe"
    assert file.of(configuration(), {"ENV": "Production"}).mode == "observe"
    block = file.of(configuration(), tags)
    assert (block.mode, block.reserve, block.on_gap) == ("enforce", 0, "proceed")
    assert block.of("disk_space").enabled is True
    assert (block.of("disk_space").timeout, block.of("another").timeout) == (12.5, 3600)


@pytest.mark.parametrize("text", BAD | BEYOND_SCHEMA)
def test_each_mistake_is_one_problem_that_names_its_line_and_key(text: str) -> None:
    """Unknown keys, wrong types and impossible values."""
    key = (BAD | BEYOND_SCHEMA)[text]
    (problem,) = problems_of(text)
    name, line, told = problem.split(":", 2)
    assert name == "gate.toml"
    assert key.split(".")[-1] in text.splitlines()[int(line) - 1]
    assert told.startswith(f" {key}: ")


DOZEN = """\
mode = "enforced"
problem = "x"
timeout = 5
tags.env = "prod"
[defaults]
patience = -1
on_unknown = "cancel"
[checks.opt_out_tag]
tolerence = 5
tag = "patch"
tolerance = "120%"
reserve = 1
config.since = [
    1,
    nan,
]
[[for]]
mode = "observe"
[[for]]
configurations = [
    "weekly-*",
    "a/b",
]
[for.checks.opt_out_tag]
enabled = "yes"
memory = 16
[checks."not so"]
timeout = 5
[checks.slow]
every = 1e9
"""
TOLD = """\
gate.toml:1: mode: must be "enforce" or "observe" (is "enforced")
gate.toml:2: problem: there is no such key; there are actions, checks, defaults, for, grace, \
mode, on_gap, on_unknown, reserve
gate.toml:3: timeout: there is no such key; it belongs in [defaults] or [checks.NAME]
gate.toml:4: tags: there is no such key; it belongs directly under [[for]]
gate.toml:6: defaults.patience: must be 0 to 3600 seconds (is -1)
gate.toml:7: defaults.on_unknown: there is no such key; it belongs at the top, or directly under \
[[for]]
gate.toml:9: checks.opt_out_tag.tolerence: there is no such key; did you mean tolerance?
gate.toml:10: checks.opt_out_tag.tag: there is no such key; what is the check's own belongs in \
[checks.opt_out_tag.config]
gate.toml:11: checks.opt_out_tag.tolerance: must be a number of machines from 0, or a share from \
"0%" to "100%" (is "120%")
gate.toml:12: checks.opt_out_tag.reserve: there is no such key; it belongs at the top, or directly \
under [[for]]
gate.toml:15: checks.opt_out_tag.config.since: must be finite (is nan)
gate.toml:17: for: needs configurations = ["weekly-*"], or tags = { env = "prod" }
gate.toml:22: for.configurations: is for a name, which holds no /: begin it with / (is "a/b")
gate.toml:25: for.checks.opt_out_tag.enabled: must be true or false (is "yes")
gate.toml:26: for.checks.opt_out_tag.memory: must be a whole number of megabytes from 64 to 8192 \
(is 16)
gate.toml:27: checks."not so": a check's name is a lower-case word of letters, digits and _
gate.toml:30: checks.slow.every: must be 1 to 3600 seconds (is 1000000000.0)
"""


def test_all_problems_are_told_together() -> None:
    """Each with its line, in the order of the file; none hides another."""
    assert "\n".join(problems_of(DOZEN)) == TOLD.rstrip("\n")


def test_a_file_of_nothing_but_problems_tells_a_hundred() -> None:
    """And how many more there are."""
    assert len(problems_of("".join(f"key{number} = 1\n" for number in range(100)))) == 100
    problems = problems_of("".join(f"key{number} = 1\n" for number in range(1000)))
    assert len(problems) == 101
    assert problems[-1] == "gate.toml: and 900 more"


def test_the_file_is_called_what_the_site_calls_it() -> None:
    """In sentences and in sources."""
    with pytest.raises(BadPolicy, match=r"site\.toml:1: mode: "):
        parse_policy_file("mode = 1", name="site.toml")
    file = parse_policy_file('mode = "observe"', name="site.toml")
    assert file.each()[0].sources == {"mode": "site.toml:1"}


NOT_TOML = {
    "mode = enforce": "gate.toml:1: not TOML: Invalid value (at column 8)",
    "\n\nmode =": "gate.toml:3: not TOML: Invalid value (at the end of the file)",
    "mode = 'a'\nmode = 'b'\n": "gate.toml:2: not TOML: Cannot overwrite a value (at column 11)",
    "[checks.x]\n[checks.x]\n": "gate.toml:2: not TOML: Cannot declare ('checks', 'x') twice ",
    b"# caf\xe9": "gate.toml:1: not UTF-8",
    b"\n\n\xff\xfe": "gate.toml:3: not UTF-8",
    "\n\ud800": "gate.toml:2: not UTF-8",
    "x = " + "[" * 5000: "gate.toml: not TOML: maximum recursion depth exceeded",
    "x = " + "9" * 5000: "gate.toml: not TOML: Exceeds the limit",
    "x = " + "[" * 33 + "]" * 33: "gate.toml: tables and arrays are nested more than 32 deep",
    "\n" + "a." * 40 + "a = 1": "gate.toml:2: more than 32 names joined by dots",
    "[" * 10_000_000: "gate.toml: is larger than 256 KiB",
}


@pytest.mark.parametrize("text", NOT_TOML, ids=lambda text: repr(text[:12]))
def test_a_file_that_is_not_toml_says_so(text: str | bytes) -> None:
    """With its line, where the TOML parser names it."""
    (problem,) = problems_of(text)
    assert problem.startswith(NOT_TOML[text])
    assert len(problem) < 300


@pytest.mark.parametrize("kind", [str, str.encode], ids=["text", "bytes"])
def test_a_large_and_deep_file_is_read_up_to_the_limits(kind: Callable[[str], str | bytes]) -> None:
    """256 KiB, 32 tables and arrays in one another, and as many names joined by dots."""
    assert parse_policy_file(kind("#" * (256 * 1024))) == parse_policy_file("")
    assert problems_of(kind("#" * (256 * 1024 + 1))) == ("gate.toml: is larger than 256 KiB",)
    (problem,) = problems_of(kind("x = " + "[" * 32 + "]" * 32))
    assert problem.startswith("gate.toml:1: x: there is no such key")
    (problem,) = problems_of(kind("x." * 31 + "x = 1"))
    assert problem.startswith("gate.toml:1: x: there is no such key")


def test_a_file_that_windows_wrote_is_read() -> None:
    """With a byte order mark, and with both characters at the end of a line."""
    text = '\ufeffmode = "observe"\r\n\r\n[checks.x]\r\n'.encode()
    (policy,) = parse_policy_file(text).each()
    assert policy.sources == {"mode": "gate.toml:1", "checks.x.enabled": "gate.toml:3"}


def usable(text: str | bytes) -> Iterator[str]:
    """Read it, and use it if it is legal, as a gate would; gives what it came to as JSON."""
    with suppress(BadPolicy):
        file = parse_policy_file(text)
        for policy in (*file.each(), file.of(configuration(), {"env": "prod"})):
            yield json.dumps(through_json(wire.dump(policy)))


@pytest.mark.parametrize("value", ["20", "'a'", "[1]", "{ every = 1 }"])
def test_a_checks_own_keys_may_be_called_like_ours(value: str) -> None:
    """What they mean is the check's affair."""
    config = f"{{ every = {value}, patience = {value}, timeout = {value} }}"
    file = parse_policy_file(f"defaults.patience = 10\nchecks.config.config = {config}")
    assert set(file.each()[0].of("config").config) == {"every", "patience", "timeout"}
    (problem,) = problems_of("defaults.patience = 10\nchecks.config.every = 20")
    assert "checks.config.every: every 20 seconds" in problem


@settings(deadline=None, max_examples=400)
@given(text=SOUP | st.text(max_size=60) | st.binary(max_size=60))
def test_any_text_is_a_policy_or_bad(text: str | bytes) -> None:
    """Nothing else comes out, and what is legal can be used."""
    assert all(usable(text))


@settings(deadline=None, max_examples=300)
@given(
    where=st.sampled_from(["", "defaults.", "checks.x.", "checks.x.config.", "checks.", "for."]),
    key=st.sampled_from([*TOP_KEYS, *CHECK_KEYS, "checks", "defaults", "for", '"a b"']),
    value=VALUES,
)
def test_any_value_at_any_key_is_a_policy_or_bad(where: str, key: str, value: str) -> None:
    """Whatever TOML can hold, wherever it stands."""
    assert all(usable(f"{where}{key} = {value}"))


@settings(deadline=None, max_examples=200)
@given(text=st.sampled_from(LEGAL), start=st.integers(0, 900), cut=st.integers(0, 60), put=SOUP)
def test_a_file_cut_anywhere_is_a_policy_or_bad(text: str, start: int, cut: int, put: str) -> None:
    """A slip of the editor is told, never a crash."""
    assert all(usable(text[:start] + put + text[start + cut :]))


def test_what_holds_for_all_checks_is_a_part_of_what_holds_for_one() -> None:
    """What is off, and who says no, must be said check by check."""
    assert set(CHECK_KEYS) - set(DEFAULT_KEYS) == {"enabled", "on_unknown"}


@pytest.mark.parametrize(
    ("value", "instead"), [("true", "advisory = false"), ("false", "advisory = true")]
)
def test_required_is_said_by_its_opposite(value: str, instead: str) -> None:
    """People write what they mean; the key is the other word."""
    with pytest.raises(BadPolicy, match=f"required: there is no such key; write {instead}"):
        parse_policy_file(f"[checks.quorum]\nrequired = {value}")

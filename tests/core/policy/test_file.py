"""The blocks of gate.toml: the most specific one wins value by value, and says so."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core import wire
from core.policy import CheckPolicy, Policy
from core.policy.file import Block, PolicyFile, Setting, unknown
from core.policy.match import Match
from core.policy.reading import parse_policy_file
from tests.builders import through_json
from tests.core.policy.files import FULL, LEGAL, configuration

WEEKLY = configuration("weekly-prod")
TAGS = {"env": "prod", "owner": "dba"}

RINGS = """\
mode = "observe"
[defaults]
timeout = 60
[checks.opt_out_tag.config]
tag = "patch"
value = "never"
[checks.noisy]
enabled = false

[[for]]
configurations = ["weekly-*"]
mode = "enforce"
[for.checks.opt_out_tag.config]
value = "no"
[for.checks.freeze]

[[for]]
configurations = ["weekly-prod"]
reserve = 300
[for.checks.opt_out_tag]
tolerance = "5%"
[for.checks.noisy]
timeout = 5

[[for]]
tags = { env = "prod" }
mode = "observe"
defaults.timeout = 90
"""


def test_the_most_specific_block_wins_value_by_value() -> None:
    """What it does not set comes from the next, and at last from the top."""
    policy = parse_policy_file(RINGS).of(WEEKLY, TAGS)
    assert (policy.mode, policy.reserve) == ("enforce", 300)
    assert policy.of("opt_out_tag") == CheckPolicy(
        enabled=True, timeout=90, tolerance="5%", config={"tag": "patch", "value": "no"}
    )
    assert policy.sources == {
        "mode": "gate.toml:12 [[for]] weekly-*",
        "reserve": "gate.toml:19 [[for]] weekly-prod",
        "defaults.timeout": "gate.toml:28 [[for]] env=prod",
        "checks.opt_out_tag.enabled": "gate.toml:20 [[for]] weekly-prod",
        "checks.opt_out_tag.tolerance": "gate.toml:21 [[for]] weekly-prod",
        "checks.opt_out_tag.config.tag": "gate.toml:5",
        "checks.opt_out_tag.config.value": "gate.toml:14 [[for]] weekly-*",
        "checks.freeze.enabled": "gate.toml:15 [[for]] weekly-*",
        "checks.noisy.enabled": "gate.toml:8",
        "checks.noisy.timeout": "gate.toml:23 [[for]] weekly-prod",
    }


def test_a_table_that_applies_turns_its_check_on() -> None:
    """Unless `enabled` is said anywhere that applies; without a table it is the author's choice."""
    file = parse_policy_file(RINGS)
    assert file.of(WEEKLY).of("freeze").enabled is True
    assert file.of(configuration("monthly")).of("freeze").enabled is None
    assert file.of(WEEKLY).of("noisy").enabled is False


def test_a_checks_own_value_goes_before_the_defaults_wherever_they_stand() -> None:
    """A default of the most specific block does not undo what is said of one check."""
    file = parse_policy_file(RINGS)
    assert file.of(WEEKLY, TAGS).of("noisy").timeout == 5
    assert file.of(WEEKLY, TAGS).of("another").timeout == 90
    zero = parse_policy_file('defaults.tolerance = "5%"\nchecks.x.tolerance = 0').each()[0]
    assert (zero.of("x").tolerance, zero.of("y").tolerance) == (0, "5%")


def test_a_source_names_its_block_in_a_sane_size() -> None:
    """Eighty characters of what the block asks for."""
    for globs, shown in (("*" * 80, "*" * 80), ("*" * 81, "*" * 79 + "…")):
        policy = parse_policy_file(f'[[for]]\nconfigurations = ["{globs}"]\nreserve = 1').of(WEEKLY)
        assert policy.sources == {"reserve": f"gate.toml:3 [[for]] {shown}"}


def test_each_key_of_a_config_is_one_value() -> None:
    """A table or a list in it is replaced as a whole, never mixed."""
    file = parse_policy_file("""
        checks.x.config = { rule = { column = "age", above = 3 }, list = [1, 2], kept = 1 }
        [[for]]
        configurations = ["weekly-*"]
        checks.x.config = { rule = { above = 5 }, list = [3] }
    """)
    config = {"rule": {"above": 5}, "list": [3], "kept": 1}
    assert file.of(WEEKLY).of("x").config == config


def test_of_two_blocks_as_specific_the_later_wins() -> None:
    """As in any file that is read from its top."""
    block = '[[for]]\nconfigurations = ["weekly-*"]\nreserve = '
    file = parse_policy_file(f"{block} 1\n{block} 2\n")
    assert file.of(WEEKLY).reserve == 2


def test_while_the_tags_are_not_known_their_blocks_do_not_apply() -> None:
    """And the file says that they are wanted, so that the gate can say what it does not know."""
    file = parse_policy_file(RINGS)
    assert file.wants_tags(WEEKLY)
    assert file.of(WEEKLY, None).of("another").timeout == 60
    assert file.of(WEEKLY, {}).of("another").timeout == 60
    assert not parse_policy_file(FULL).wants_tags(configuration("monthly", "rg-other"))
    assert not PolicyFile().wants_tags(WEEKLY)


def test_an_empty_file_is_the_default_policy() -> None:
    """As is a file that is not there."""
    assert PolicyFile() == parse_policy_file("")
    assert PolicyFile().of(WEEKLY) == Policy()


@pytest.mark.parametrize("text", [*LEGAL, RINGS])
def test_a_file_comes_back_from_the_wire_as_it_was(text: str) -> None:
    """A story may ask for the tags first, and go by the file of the moment when its event came."""
    file = parse_policy_file(text)
    assert wire.load(PolicyFile, through_json(wire.dump(file))) == file


def test_each_block_can_be_looked_at_alone() -> None:
    """To validate the configs of all of them before any event comes."""
    policies = parse_policy_file(RINGS).each()
    assert [policy.mode for policy in policies] == ["observe", "enforce", "observe", "observe"]
    assert [policy.of("x").timeout for policy in policies] == [60, 60, 60, 90]
    configs = [policy.of("opt_out_tag").config["value"] for policy in policies]
    assert configs == ["never", "no", "never", "never"]


def test_a_check_that_does_not_exist_is_told_with_its_line() -> None:
    """With what was probably meant, or else with all there are."""
    file = parse_policy_file("""
[checks.opt_out_tga]
[checks.opt_out_tag]
[[for]]
configurations = ["weekly-*"]
checks.zzz.enabled = false
""")
    known = ("opt_out_tag", "machines_running")
    near = "gate.toml:2: checks.opt_out_tga: there is no such check; did you mean opt_out_tag?"
    far = (
        "gate.toml:6 [[for]] weekly-*: checks.zzz: there is no such check; "
        "there are machines_running, opt_out_tag"
    )
    assert unknown(file, known) == (near, far)
    assert unknown(file.of(WEEKLY), known) == (near, far)
    assert unknown(file.of(configuration("monthly")), known) == (near,)
    assert unknown(Policy(checks={"zzz": CheckPolicy()}), known) == (
        "checks.zzz: there is no such check; there are machines_running, opt_out_tag",
    )


# What must hold of any blocks

KEYS = ("a", "b", "c")
MATCHES = st.builds(
    Match,
    configurations=st.lists(
        st.sampled_from(["*", "w*", "weekly-*", "Weekly-Prod", "monthly", str(WEEKLY), "/*", "?*"]),
        max_size=2,
    ).map(tuple),
    tags=st.dictionaries(
        st.sampled_from(["env", "Owner", "cost"]), st.sampled_from(["*", "p*", "prod", "dba", "x"])
    ),
)


@st.composite
def files(draw: st.DrawFn) -> PolicyFile:
    """Blocks that set some of three values, each to a value of its own: the block's place."""
    matches = draw(st.lists(MATCHES, max_size=6))
    keys = st.sets(st.sampled_from(KEYS))
    blocks = tuple(_block(place, match, draw(keys)) for place, match in enumerate(matches))
    return PolicyFile(top=_block(-1, Match(), draw(keys)), blocks=blocks)


def _block(place: int, match: Match, keys: set[str]) -> Block:
    settings = [
        Setting(path=("checks", "x", "config", key), value=place, line=place + 2)
        for key in sorted(keys)
    ]
    return Block(match=match, settings=tuple(settings))


def values(file: PolicyFile, tags: dict[str, str] | None = TAGS) -> dict[str, Any]:
    """What is in force for the weekly configuration."""
    return file.of(WEEKLY, tags).of("x").config


@settings(deadline=None, max_examples=60)
@given(file=files(), tags=st.sampled_from([TAGS, {}, None]))
def test_each_value_is_that_of_the_most_specific_block_that_sets_it(
    file: PolicyFile, tags: dict[str, str] | None
) -> None:
    """And its source names that block's line; what nothing sets is not there."""
    policy = file.of(WEEKLY, tags)
    for key in KEYS:
        path = ("checks", "x", "config", key)
        setting = [
            (rank, place)
            for place, block in enumerate(file.blocks)
            if (rank := block.match.rank(WEEKLY, tags)) is not None
            and any(one.path == path for one in block.settings)
        ]
        on_top = any(one.path == path for one in file.top.settings)
        wins = max(setting)[1] if setting else -1 if on_top else None
        assert policy.of("x").config.get(key) == wins
        source = policy.sources.get(f"checks.x.config.{key}")
        assert (source is None) is (wins is None)
        assert source is None or source.partition(" ")[0] == f"gate.toml:{(wins or 0) + 2}"


@settings(deadline=None, max_examples=50)
@given(file=files(), place=st.integers(0, 6), other=MATCHES)
def test_a_block_that_does_not_match_changes_nothing(
    file: PolicyFile, place: int, other: Match
) -> None:
    """Wherever it stands and whatever it sets."""
    assume(other.rank(WEEKLY, TAGS) is None)
    alien = _block(99, other, set(KEYS))
    blocks = (*file.blocks[:place], alien, *file.blocks[place:])
    assert file.of(WEEKLY, TAGS) == replace(file, blocks=blocks).of(WEEKLY, TAGS)


@settings(deadline=None, max_examples=50)
@given(file=files(), data=st.data())
def test_the_order_of_blocks_matters_only_among_equals(
    file: PolicyFile, data: st.DataObject
) -> None:
    """Blocks of different specificity can stand in any order."""
    ranks = [block.match.rank(WEEKLY, TAGS) for block in file.blocks]
    matching = [rank for rank in ranks if rank is not None]
    assume(len(set(matching)) == len(matching))
    blocks = tuple(data.draw(st.permutations(file.blocks)))
    assert values(file) == values(replace(file, blocks=blocks))


@settings(deadline=None, max_examples=60)
@given(file=files())
def test_the_same_file_gives_the_same_policy_on_either_side_of_a_border(file: PolicyFile) -> None:
    """A story that is replayed decides as it did."""
    again = wire.load(PolicyFile, through_json(wire.dump(file)))
    assert again.of(WEEKLY, TAGS) == file.of(WEEKLY, TAGS)

"""Which configurations a block is for, and which of two blocks is the more specific."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.policy.match import Match
from tests.core.policy.files import configuration

WEEKLY = configuration("weekly-prod", "rg-patching")
TAGS = {"env": "production", "owner": "dba"}


@pytest.mark.parametrize(
    ("pattern", "is_for"),
    [
        ("*", True),
        ("weekly-*", True),
        ("WEEKLY-P?od", True),
        ("weekly-[a-q]*", True),
        ("weekly", False),
        ("rg-patching", False),
        ("weekly-[!p]*", False),
        ("/subscriptions/*/resourcegroups/RG-patching/*", True),
        ("/*/weekly-prod", True),
        (str(WEEKLY), True),
        (str(WEEKLY).upper(), True),
        ("/subscriptions/*/resourceGroups/rg-other/*", False),
    ],
)
def test_a_glob_is_on_the_name_or_from_a_slash_on_the_id(pattern: str, *, is_for: bool) -> None:
    """All without case."""
    assert (Match(configurations=(pattern,)).rank(WEEKLY, None) is not None) is is_for


@pytest.mark.parametrize(
    ("tags", "is_for"),
    [
        ({"env": "prod*"}, True),
        ({"ENV": "PROD*", "owner": "dba"}, True),
        ({"env": "prod"}, False),
        ({"env": "prod*", "owner": "web"}, False),
        ({"cost": "*"}, False),
    ],
)
def test_every_tag_must_match(tags: dict[str, str], *, is_for: bool) -> None:
    """By name and value, both without case; a tag that is not there matches nothing."""
    assert (Match(tags=tags).rank(WEEKLY, TAGS) is not None) is is_for
    named = Match(configurations=("monthly", "weekly-*"), tags=tags)
    assert (named.rank(WEEKLY, TAGS) is not None) is is_for
    assert Match(configurations=("monthly",), tags=tags).rank(WEEKLY, TAGS) is None


def test_while_nobody_knows_the_tags_no_block_that_asks_for_them_is_for_it() -> None:
    """And it can be known that they are wanted: only where the name leaves it open."""
    match = Match(configurations=("weekly-*",), tags={"env": "*"})
    assert match.rank(WEEKLY, None) is None
    assert match.wants_tags(WEEKLY)
    assert not match.wants_tags(configuration("monthly"))
    assert not Match(configurations=("weekly-*",)).wants_tags(WEEKLY)
    assert Match(tags={"env": "*"}).wants_tags(configuration("monthly"))


# From the least to the most specific.
LADDER = [
    Match(),
    Match(tags={"env": "prod*"}),
    Match(tags={"env": "product*"}),
    Match(tags={"env": "production*"}),
    Match(tags={"env": "production"}),
    Match(tags={"env": "*", "owner": "*"}),
    Match(configurations=("?e*",)),
    Match(configurations=("weekly-*",)),
    Match(configurations=("weekly-*",), tags={"env": "*"}),
    Match(configurations=("weekly-pro*",)),
    Match(configurations=("/subscriptions/*/weekly-prod",)),
    Match(configurations=("weekly-prod",)),
    Match(configurations=("weekly-prod",), tags={"owner": "dba"}),
    Match(configurations=(str(WEEKLY),)),
    Match(configurations=(str(WEEKLY), "*"), tags={"owner": "dba"}),
]


@pytest.mark.parametrize(("less", "more"), list(pairwise(LADDER)), ids=str)
def test_specificity_is_a_ladder(less: Match, more: Match) -> None:
    """Id, name, glob by its literal characters; then tags by number, exactness and length."""
    low, high = less.rank(WEEKLY, TAGS), more.rank(WEEKLY, TAGS)
    assert low is not None
    assert high is not None
    assert low < high


def test_to_ask_for_nothing_is_to_ask_for_any_name() -> None:
    """A block with tags only is as specific as one for every name with those tags."""
    some = {"env": "prod*"}
    everyone = Match(configurations=("*",), tags=some)
    assert Match(tags=some).rank(WEEKLY, TAGS) == everyone.rank(WEEKLY, TAGS)


@settings(deadline=None, max_examples=200)
@given(
    patterns=st.lists(st.text("weklyprod-*?[]!/", min_size=1, max_size=12), max_size=3),
    glob=st.text("prod*?[]!", max_size=6),
)
def test_letter_case_never_matters(patterns: list[str], glob: str) -> None:
    """Not in the file, not in the ids and tags of Azure, however odd the glob."""
    lower = Match(configurations=tuple(patterns), tags={"env": glob})
    upper = Match(configurations=tuple(p.upper() for p in patterns), tags={"ENV": glob.upper()})
    shouted = configuration("WEEKLY-PROD", "RG-PATCHING")
    assert lower.rank(WEEKLY, TAGS) == upper.rank(WEEKLY, TAGS)
    assert lower.rank(WEEKLY, TAGS) == lower.rank(shouted, {"Env": "PRODUCTION"})


def test_a_match_is_shown_as_what_it_asks_for() -> None:
    """In one line, for reports."""
    match = Match(configurations=("weekly-*", "monthly"), tags={"env": "prod*"})
    assert str(match) == "weekly-*, monthly, env=prod*"

"""While nobody can say what tags a configuration has, nothing passes that they might stop."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.policy import Policy
from core.policy.file import Block, PolicyFile, Setting
from core.policy.match import Match
from core.policy.reading import parse_policy_file
from tests.core.policy.files import configuration

WEEKLY = configuration("weekly-prod")
TOP = 'mode = "observe"\non_unknown = "proceed"\non_gap = "proceed"\n[[for]]\n'
BY_TAGS = f'{TOP}tags = {{ env = "prod" }}\n'


def in_doubt(text: str) -> Policy:
    """What the file says of the weekly configuration, whose tags nobody could read."""
    return parse_policy_file(text).in_doubt(WEEKLY)


@pytest.mark.parametrize(
    ("key", "value"), [("mode", "enforce"), ("on_unknown", "cancel"), ("on_gap", "cancel")]
)
def test_what_a_block_by_tags_may_forbid_is_forbidden(key: str, value: str) -> None:
    """And the source is that block."""
    policy = in_doubt(f'{BY_TAGS}{key} = "{value}"')
    assert getattr(policy, key) == value
    assert policy.sources[key] == "gate.toml:6 [[for]] env=prod"


def test_what_a_block_by_tags_may_allow_is_not_allowed() -> None:
    policy = in_doubt("""
        [[for]]
        tags = { env = "test" }
        mode = "observe"
        on_unknown = "proceed"
        on_gap = "proceed"
    """)
    assert policy == Policy()


def test_the_word_of_one_check_counts_too() -> None:
    """A block may say "cancel" of the only check that its owner cares about."""
    assert in_doubt(f'{BY_TAGS}checks.quorum.on_unknown = "cancel"').on_unknown == "cancel"
    assert in_doubt(f"{BY_TAGS}checks.quorum.timeout = 5").on_unknown == "proceed"


def test_a_block_that_cannot_win_changes_nothing() -> None:
    """One for this very name says otherwise, whatever the tags are; and one for others says it."""
    exact = '[[for]]\nconfigurations = ["weekly-prod"]\nmode = "observe"\n'
    assert in_doubt(f'{BY_TAGS}mode = "enforce"\n{exact}').mode == "observe"
    assert in_doubt(f'{BY_TAGS}configurations = ["daily"]\nmode = "enforce"').mode == "observe"


CHOICES = {
    "mode": ("observe", "enforce"),
    "on_unknown": ("proceed", "cancel"),
    "on_gap": ("proceed", "cancel"),
}
SAID = st.fixed_dictionaries({}, optional={k: st.sampled_from(v) for k, v in CHOICES.items()})
NAMES = st.sampled_from([(), ("weekly-*",), ("weekly-prod",), ("daily",)])
TAGS = st.sampled_from([{}, {"env": "prod"}, {"env": "test"}, {"owner": "dba"}])


def block(match: Match, said: dict[str, str]) -> Block:
    """A block that says this."""
    settings = (Setting(path=(key,), value=value, line=1) for key, value in said.items())
    return Block(match=match, settings=tuple(settings))


BLOCKS = st.builds(
    block, st.builds(Match, configurations=NAMES, tags=TAGS), SAID.map(dict[str, str])
)


@settings(deadline=None, max_examples=100)
@given(top=SAID, blocks=st.lists(BLOCKS, max_size=5))
def test_it_is_as_strict_as_the_strictest_that_any_tags_give(
    top: dict[str, str], blocks: list[Block]
) -> None:
    """And where no block goes by tags, it is the policy itself."""
    file = PolicyFile(top=block(Match(), top), blocks=tuple(blocks))
    every = [
        file.of(WEEKLY, dict(tags))
        for tags in itertools.product(
            [("env", "prod"), ("env", "test"), ("x", "")], [("owner", "dba"), ("x", "")]
        )
    ]
    policy = file.in_doubt(WEEKLY)
    for key, (_, strict) in CHOICES.items():
        may = any((getattr(one, key) or "cancel") == strict for one in every)
        assert not may or (getattr(policy, key) or "cancel") == strict
    assert file.wants_tags(WEEKLY) or policy == file.of(WEEKLY)

"""The key of a story, which a second delivery finds."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.ids import RunId
from handlers.keys import KINDS, Kind, is_key, key_of
from tests.builders import RUN

names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,120}", fullmatch=True)
run_names = names.filter(lambda name: name.lower() != "default")
kinds = st.sampled_from(KINDS)


def run_of(configuration: str, name: str) -> RunId:
    """That run."""
    return RunId.parse(RUN.replace("weekly-prod", configuration).replace("20261128030000", name))


@settings(deadline=None, max_examples=200)
@given(kind=kinds, configuration=names, name=run_names)
def test_every_key_is_one_that_durable_takes(kind: Kind, configuration: str, name: str) -> None:
    """At most 100 characters, no slash, backslash, hash or question mark, and of the legal form."""
    key = key_of(kind, run_of(configuration, name))
    assert is_key(key)
    assert len(key) <= 100
    assert not set(key) & set("/\\#? \n")
    assert key.startswith(f"{kind}-")


@settings(deadline=None, max_examples=100)
@given(kind=kinds, configuration=names, name=run_names)
def test_a_key_does_not_depend_on_letter_case(kind: Kind, configuration: str, name: str) -> None:
    """Two deliveries may spell one run differently."""
    run = run_of(configuration, name)
    assert key_of(kind, RunId.parse(str(run).upper())) == key_of(kind, run)
    assert key_of(kind, RunId.parse(str(run).lower())) == key_of(kind, run)


@settings(deadline=None, max_examples=100)
@given(
    one=st.tuples(kinds, names, run_names),
    other=st.tuples(kinds, names, run_names),
)
def test_different_stories_have_different_keys(
    one: tuple[Kind, str, str], other: tuple[Kind, str, str]
) -> None:
    """Another kind, another schedule or another run is another story."""
    same = [str(part).lower() for part in one] == [str(part).lower() for part in other]
    keys = [key_of(kind, run_of(*rest)) for kind, *rest in (one, other)]
    assert (keys[0] == keys[1]) is same


def test_the_groups_and_subscriptions_of_a_run_count() -> None:
    """Two schedules of one name in two groups, and names that are alike for long."""
    texts = [
        RUN,
        RUN.replace("rg-patching", "rg-other"),
        RUN.replace("4f2c1f6e", "4f2c1f6f"),
        RUN.replace("weekly-prod", "w" * 60 + "a"),
        RUN.replace("weekly-prod", "w" * 60 + "b"),
    ]
    assert len({key_of("gate", RunId.parse(text)) for text in texts}) == len(texts)


def test_pre_and_post_of_one_run_have_two_keys() -> None:
    """Their events carry the same id."""
    run = RunId.parse(RUN)
    assert key_of("gate", run) != key_of("aftermath", run)


def test_a_key_can_be_read() -> None:
    """It names the schedule and the run to whoever looks through a list."""
    assert key_of("gate", RunId.parse(RUN)).startswith("gate-weekly-prod-20261128030000-")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "gate",
        "gate-",
        "other-weekly",
        "gate-x/../y",
        "gate-x?y",
        "gate-X",
        "gate-x\n",
        "gate-" + "x" * 71,
        "gate-é",
    ],
)
def test_what_is_no_key_is_not_looked_for(text: str) -> None:
    """It comes from a URL."""
    assert not is_key(text)

"""Every input that fuzzing found worth keeping, and a few others: see `tools/fuzz.py`."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.parts import CORPUS, TARGETS, corpus, target

_KEPT = [(name, path) for name in TARGETS for path in corpus(name)]


@pytest.mark.parametrize(
    ("name", "file"), [(name, path.name) for name, path in _KEPT], ids=lambda part: part[:20]
)
def test_what_was_found_once_is_held_against_its_promise(name: str, file: str) -> None:
    """Without atheris: the target itself is plain Python."""
    target(name)((CORPUS / name / file).read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_other_inputs_are_held_against_it_too(name: str) -> None:
    """Pieces of what is kept, put together in another way."""
    kept = [path.read_bytes() for path in corpus(name)]
    check = target(name)

    @settings(max_examples=60, deadline=None, derandomize=True)
    @given(
        st.sampled_from(kept),
        st.sampled_from(kept) | st.binary(max_size=12),
        st.integers(0, 4096),
        st.integers(0, 64),
    )
    def holds(one: bytes, other: bytes, at: int, gone: int) -> None:
        at %= len(one) + 1
        check(one[:at] + other + one[at + gone :])

    holds()


def test_the_corpus_stays_small() -> None:
    """It is replayed with every change, and every target has one."""
    assert {path.name for path in CORPUS.iterdir()} == set(TARGETS)
    assert len(_KEPT) <= 300
    assert sum(path.stat().st_size for _, path in _KEPT) <= 1_000_000

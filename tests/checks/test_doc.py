"""The paragraphs of a check's docstring."""

from __future__ import annotations

import pytest

from plugins.doc import paragraphs

DOC = """Every machine is running.

    Asks: Resource Graph's `resources`,
    afresh.

    Blocks when: a machine is off: for example
    deallocated.

    And more: of it. A plain paragraph.
    """


def test_a_paragraph_is_known_by_its_first_words() -> None:
    """Its lines are one."""
    first, asks, blocks, more = paragraphs(DOC)
    assert first == ("", "Every machine is running.")
    assert asks == ("Asks", "Resource Graph's `resources`, afresh.")
    assert blocks == ("Blocks when", "a machine is off: for example deallocated.")
    assert more == ("And more", "of it. A plain paragraph.")


@pytest.mark.parametrize(
    "text", ["see https://example.com", "a: b", "Too many words before it: x", "12:30 UTC", "X:y"]
)
def test_a_colon_in_a_sentence_is_no_head(text: str) -> None:
    """Only a few plain words, the first of them in upper case, and a blank after the colon."""
    assert paragraphs(text) == [("", text)]


def test_nothing_has_no_paragraphs() -> None:
    """A check without a docstring."""
    assert paragraphs("") == []
    assert paragraphs(" \n \n") == []

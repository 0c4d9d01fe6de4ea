"""What every shipped action promises: it is off until it is named, and says what it changes."""

from __future__ import annotations

import pytest

from actions.discovery import discover
from plugins.definition import Broken, Definition
from plugins.doc import KNOWN, paragraphs

_SHIPPED = discover(None, ())
_UNDONE = {"Changes", "Remembers", "Undo", "Fails when", "UNKNOWN when", "Rights"}


def _ids(found: Definition | Broken) -> str:
    return found.name


def test_there_are_some_and_all_of_them_load() -> None:
    assert {"start_machines", "tag_machines"} <= {one.name for one in _SHIPPED}
    assert [one for one in _SHIPPED if isinstance(one, Broken)] == []


@pytest.mark.parametrize("found", _SHIPPED, ids=_ids)
def test_it_is_off_until_the_policy_names_it(found: Definition) -> None:
    assert not found.options.enabled


@pytest.mark.parametrize("found", _SHIPPED, ids=_ids)
def test_its_docstring_says_what_the_docs_need(found: Definition) -> None:
    """And one that puts something back says what, and when it does not."""
    heads = {head for head, _ in paragraphs(found.doc)}
    assert heads <= {"", *KNOWN}
    assert found.undo is None or heads >= _UNDONE


@pytest.mark.parametrize("found", _SHIPPED, ids=_ids)
def test_it_says_which_rights_it_needs(found: Definition) -> None:
    """For `patchgate permissions`; who changes things in Azure needs more than to read."""
    needs = found.options.needs
    assert found.undo is None or any(not need.endswith("/read") for need in needs)

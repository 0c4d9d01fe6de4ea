"""An id in a query stays an id."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arg_queries.kql import query
from core.errors import BadId
from core.ids import ConfigurationId, RunId
from tests.simulator.world import END, RUN, START, SUBSCRIPTIONS

_QUERIES = sorted(path.stem for path in (Path(__file__).parents[2] / "arg_queries").glob("*.kql"))
_GROUPS = st.text(st.characters(categories=["L", "Nd"], include_characters="-_()."), min_size=1)
_NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,40}", fullmatch=True)
_SPECIAL = st.text(st.sampled_from("ab'\"\\/\n\r\t;|`%{}$\u2019\u0000 "), max_size=12)


@pytest.mark.parametrize("name", _QUERIES)
def test_every_query_is_complete(name: str) -> None:
    """No placeholder is left over, and no comment is sent."""
    text = query(
        name,
        RUN,
        run_ids=[str(RUN)],
        configuration_id=str(RUN.configuration),
        since=START,
        until=END,
    )
    assert "{" not in text
    assert "//" not in text
    assert text.strip()


@given(_GROUPS, _NAMES, _NAMES)
def test_no_legal_id_ends_the_literal_early(group: str, name: str, run: str) -> None:
    """Between the quotes is the id, and nothing in it is a quote, an escape or a line's end."""
    try:
        configuration = ConfigurationId(
            subscription=SUBSCRIPTIONS[0], resource_group=group, name=name
        )
        parsed = RunId(configuration=configuration, name=run)
    except BadId:
        return
    _stays_an_id(parsed)


@given(_SPECIAL, _SPECIAL, _SPECIAL)
def test_no_parsed_id_ends_the_literal_early(group: str, name: str, run: str) -> None:
    """Whatever an event has in these places is refused, or harmless."""
    text = (
        f"/subscriptions/{SUBSCRIPTIONS[0]}/resourceGroups/g{group}/providers"
        f"/Microsoft.Maintenance/maintenanceConfigurations/c{name}"
        f"/providers/Microsoft.Maintenance/applyUpdates/r{run}"
    )
    try:
        parsed = RunId.parse(text)
    except BadId:
        return
    _stays_an_id(parsed)


def _stays_an_id(run: RunId) -> None:
    before, literal, after = query("run_machines", run).partition(f"=~ '{run}'\n")
    assert literal
    assert not set(str(run)) & set("'\"\\\n\r\t;|`\u0000")
    template = query("run_machines")
    assert before + "=~ {run_id}\n" + after == template

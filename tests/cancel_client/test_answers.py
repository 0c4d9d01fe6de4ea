"""The table of what each answer means, row by row."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arm.answer import Answer, Fate
from cancel_client.answers import Meaning, meaning_of_cancel, meaning_of_read, says_cancelled
from tests.simulator.world import RUN

_CANCELLED = {"id": str(RUN), "properties": {"status": "Cancelled"}}
_ERROR = {"error": {"code": "Odd", "message": "so it is"}}


def _answered(status: int, body: Any = None) -> Answer:
    return Answer(fate=Fate.ANSWERED, status=status, body=body)


@pytest.mark.parametrize(
    ("status", "accepted", "say"),
    [
        (200, True, "accepted"),
        (201, True, "accepted"),
        (202, True, "accepted, still working"),
        (204, False, "unexpected answer 204: read back"),
        (299, False, "unexpected answer 299: read back"),
        (300, False, "redirected (300), not followed: the token is for one host only"),
        (301, False, "redirected (301), not followed: the token is for one host only"),
        (307, False, "redirected (307), not followed: the token is for one host only"),
        (399, False, "redirected (399), not followed: the token is for one host only"),
        (400, False, "refused as a bad request; perhaps too late, perhaps done: read back"),
        (401, False, "our token was refused"),
        (403, False, "not allowed: the role is missing, or was assigned minutes ago"),
        (404, False, "run not found; perhaps not there yet, perhaps gone: read back"),
        (409, False, "conflict with the run's state; perhaps done, perhaps started: read back"),
        (410, False, "the run is gone: read back"),
        (418, False, "unexpected answer 418: read back"),
        (429, False, "throttled"),
        (499, False, "unexpected answer 499: read back"),
        (500, False, "Azure failed"),
        (503, False, "Azure failed"),
        (599, False, "Azure failed"),
        (999, False, "Azure failed"),
    ],
)
def test_a_cancel_call_by_its_status(*, status: int, accepted: bool, say: str) -> None:
    """Taken or not, and never a confirmation: the body says `Cancelled` in every one of them."""
    assert meaning_of_cancel(_answered(status, _CANCELLED)) == Meaning(say=say, accepted=accepted)


@pytest.mark.parametrize("status", [200, 201, 202])
@pytest.mark.parametrize(
    ("body", "ending"),
    [
        (None, "but the body is no JSON object: read back"),
        ({}, "but the body says '': read back"),
        ({"properties": {}}, "but the body says '': read back"),
        ({"properties": {"status": "Pending"}}, "but the body says 'Pending': read back"),
        ({"properties": {"status": ["Cancelled"]}}, "but the body says '': read back"),
        ({"properties": "Cancelled"}, "but the body says '': read back"),
    ],
)
def test_an_accepted_call_with_another_body_says_so(
    status: int, body: dict[str, Any] | None, ending: str
) -> None:
    """It still counts as taken: only the read-back can tell."""
    meaning = meaning_of_cancel(_answered(status, body))
    assert meaning.accepted
    assert meaning.say.startswith("accepted")
    assert meaning.say.endswith(ending)


def test_a_word_for_a_state_is_cut_to_a_sane_size() -> None:
    """It comes from outside, and goes into the report."""
    body = {"id": str(RUN), "properties": {"status": "x" * 81}}
    shown = f"'{'x' * 79}…'"
    assert meaning_of_cancel(_answered(200, body)).say == (
        f"accepted, but the body says {shown}: read back"
    )
    assert meaning_of_read(_answered(200, body), RUN).say == f"the run is {shown}"


@pytest.mark.parametrize("status", [400, 403, 404, 409, 500])
def test_a_refusal_brings_azures_own_words(status: int) -> None:
    """What comes too late is published nowhere: whoever reads the report may see it first."""
    assert meaning_of_cancel(_answered(status, _ERROR)).say.endswith("(Odd: so it is)")


@pytest.mark.parametrize(
    "meaning", [meaning_of_cancel, lambda answer: meaning_of_read(answer, RUN)]
)
def test_what_was_not_sent_had_no_effect(meaning: Any) -> None:
    """So there is nothing to wait for."""
    answer = Answer(fate=Fate.NOT_SENT, problem="NewConnectionError")
    assert meaning(answer) == Meaning(say="not sent (NewConnectionError)")


@pytest.mark.parametrize(
    "meaning", [meaning_of_cancel, lambda answer: meaning_of_read(answer, RUN)]
)
def test_without_an_answer_it_may_have_had_its_effect(meaning: Any) -> None:
    """So it is verified before it is repeated."""
    answer = Answer(fate=Fate.NO_ANSWER, problem="ReadTimeout")
    assert meaning(answer) == Meaning(say="sent, no answer (ReadTimeout): read back", accepted=True)


@pytest.mark.parametrize("word", ["Cancelled", "Canceled", "cancelled", "CANCELED", " Cancelled "])
def test_both_spellings_mean_cancelled(word: str) -> None:
    """Published sources have both."""
    body = {"ID": str(RUN).upper(), "Properties": {"Status": word}}
    assert says_cancelled(word)
    assert meaning_of_read(_answered(200, body), RUN) == Meaning(
        say="the run is cancelled", confirmed=True
    )


@pytest.mark.parametrize(
    "word", ["Cancel", "Cancelling", "NotCancelled", "Pending", "", "Succeeded"]
)
def test_no_other_word_means_cancelled(word: str) -> None:
    """Above all not the one that we sent."""
    assert not says_cancelled(word)
    assert not meaning_of_read(
        _answered(200, {"id": str(RUN), "properties": {"status": word}}), RUN
    ).confirmed


@pytest.mark.parametrize(
    ("status", "body", "say"),
    [
        (200, None, "the body names no state"),
        (200, {}, "the body names no state"),
        (200, {"id": str(RUN), "properties": {"status": True}}, "the body names no state"),
        (200, {"id": str(RUN), "properties": {"status": "InProgress"}}, "the run is 'InProgress'"),
        (200, {**_CANCELLED, "id": f"{RUN}1"}, "a cancelled run, but not this one"),
        (200, {**_CANCELLED, "id": None}, "a cancelled run, but not this one"),
        (200, {"properties": {"status": "Cancelled"}}, "a cancelled run, but not this one"),
        (201, _CANCELLED, "no proof: 201"),
        (204, _CANCELLED, "no proof: 204"),
        (304, _CANCELLED, "no proof: 304"),
        (404, _CANCELLED, "no proof: 404"),
        (404, _ERROR, "no proof: 404 (Odd: so it is)"),
        (503, _CANCELLED, "no proof: 503"),
    ],
)
def test_a_read_back_that_proves_nothing(
    status: int, body: dict[str, Any] | None, say: str
) -> None:
    """Proof is a 200 that names this run and says that it is cancelled."""
    assert meaning_of_read(_answered(status, body), RUN) == Meaning(say=say)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
_BODIES = st.none() | st.fixed_dictionaries(
    {}, optional={"id": _JSON, "properties": _JSON, "error": _JSON}
)


@given(st.integers(100, 999), _BODIES)
def test_the_table_is_total(status: int, body: dict[str, Any] | None) -> None:
    """Every answer means something, and the cancel call's own is never a confirmation."""
    answer = _answered(status, body)
    assert not meaning_of_cancel(answer).confirmed
    assert meaning_of_cancel(answer).say
    assert meaning_of_read(answer, RUN).say

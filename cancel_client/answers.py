"""What each answer to the cancel call and to the read-back means. A pure table.

Published are 200 and 201, and that the body's status is then `Cancelled`. What comes too late,
twice or for an unknown run is published nowhere, so no refusal ends the attempt: only a read-back
that says `Cancelled` does.
Source: https://learn.microsoft.com/rest/api/maintenance/apply-updates/create-or-update-or-cancel
"""

from __future__ import annotations

from dataclasses import dataclass

from arm.answer import Answer, Fate
from core.errors import shorten
from core.ids import RunId

__all__ = ["Meaning", "meaning_of_cancel", "meaning_of_read", "says_cancelled"]

# Both spellings stand in published sources.
_CANCELLED = {"cancelled", "canceled"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What an answer means.

    `accepted`: the call was taken, so read back before asking again. `confirmed`: proof, which
    only a read-back can give.
    """

    say: str
    accepted: bool = False
    confirmed: bool = False


# status → (was it taken?, sentence)
_CANCEL: dict[int, tuple[bool, str]] = {
    200: (True, "accepted"),
    201: (True, "accepted"),
    202: (True, "accepted, still working"),
    400: (False, "refused as a bad request; perhaps too late, perhaps done: read back"),
    401: (False, "our token was refused"),
    403: (False, "not allowed: the role is missing, or was assigned minutes ago"),
    404: (False, "run not found; perhaps not there yet, perhaps gone: read back"),
    409: (False, "conflict with the run's state; perhaps done, perhaps started: read back"),
    410: (False, "the run is gone: read back"),
    429: (False, "throttled"),
}


def says_cancelled(status: str) -> bool:
    """Azure's word for a run's state means that it is cancelled."""
    return status.strip().lower() in _CANCELLED


def meaning_of_cancel(answer: Answer) -> Meaning:
    """What an answer to the PUT means. Never a confirmation: the status code proves nothing."""
    if answer.fate is not Fate.ANSWERED:
        return _unanswered(answer)
    status = answer.status or 0
    accepted, sentence = _CANCEL.get(status) or (False, _other(status))
    state = answer.text("properties", "status")
    if accepted and answer.body is None:
        return Meaning(say=f"{sentence}, but the body is no JSON object: read back", accepted=True)
    if accepted and not says_cancelled(state):
        but = f"but the body says {_quoted(state)}: read back"
        return Meaning(say=f"{sentence}, {but}", accepted=True)
    return Meaning(say=_with_error(sentence, answer), accepted=accepted)


def meaning_of_read(answer: Answer, run: RunId) -> Meaning:
    """What an answer to the GET means: proof if it is this run and says that it is cancelled."""
    if answer.fate is not Fate.ANSWERED:
        return _unanswered(answer)
    if answer.status != 200:
        return Meaning(say=_with_error(f"no proof: {answer.status}", answer))
    state = answer.text("properties", "status")
    if not says_cancelled(state):
        return Meaning(say=f"the run is {_quoted(state)}" if state else "the body names no state")
    if answer.text("id").lower() != run.key:
        return Meaning(say="a cancelled run, but not this one")
    return Meaning(say="the run is cancelled", confirmed=True)


def _unanswered(answer: Answer) -> Meaning:
    if answer.fate is Fate.NOT_SENT:
        return Meaning(say=f"not sent ({answer.problem})")
    # It may have had its effect: verified by the read-back that follows, before it is repeated.
    return Meaning(say=f"sent, no answer ({answer.problem}): read back", accepted=True)


def _quoted(state: str) -> str:
    """A word for a state that is none of those known, cut to a sane size."""
    return repr(shorten(state, 80))


def _other(status: int) -> str:
    if 300 <= status < 400:
        return f"redirected ({status}), not followed: the token is for one host only"
    if status >= 500:
        return "Azure failed"
    return f"unexpected answer {status}: read back"


def _with_error(sentence: str, answer: Answer) -> str:
    return f"{sentence} ({answer.error})" if answer.error else sentence

"""An action takes one stage, and a story waits for it: after a run, and to put things back."""

from __future__ import annotations

from datetime import timedelta

from pydantic import ValidationError

from core import wire
from core.errors import ActivityFailed, shorten
from handlers.engines import Engine, Story
from handlers.judging.answers import Answers
from handlers.orders import ActAnswer, ActRequest, CheckSpec
from handlers.waiting import within

__all__ = ["acted"]

_GRACE = timedelta(seconds=15)  # after a step's deadline, until it counts as lost


def acted(
    engine: Engine, request: ActRequest, spec: CheckSpec, answers: Answers, concerned: int
) -> Story[ActAnswer | None]:
    """What it answers, which `answers` have then heard; None if it gives no answer.

    That is UNKNOWN for the `concerned` machines, or for the run. Never raises for what a step does.
    """
    step = engine.activity("act", wire.dump(request))
    problem = "its step never came back"
    if (yield from within(engine, step, request.deadline + _GRACE)):
        try:
            answer = wire.load(ActAnswer, step.result())
        except (ActivityFailed, ValidationError) as error:
            problem = shorten(str(error), 300)
        else:
            answers.heard(spec, request.stage, answer.answer)
            return answer
    count = concerned if spec.scope == "machine" else 1
    answers.silent(spec, request.stage, count, problem)
    return None

"""People learn what becomes of a run, where they are anyhow."""

from __future__ import annotations

import os

from actions import CannotTell, Context, Result, Run, action, done, failed, nothing_to_do
from actions.notifying.config import NotifyConfig
from actions.notifying.sending import send

__all__ = ["NotifyConfig", "notify"]


@action(advisory=True, on_unknown="proceed")
def notify(run: Run, ctx: Context[NotifyConfig]) -> Result:
    """People are told in Teams, in Slack or by a webhook what becomes of the run.

    Changes: sends one POST of JSON to each of `channels` when the run comes to one of `states`:
    `start` (it is being judged), `blocked` (it is to be cancelled), `cancelled`, `unconfirmed` (it
    may go on although it was to be cancelled), `finished`, `undone` (what was done for it is put
    back). Once for each run and state: the header `Idempotency-Key`, and in the body the `id` (of
    the first block in Teams, as `block_id` in Slack), are the same if it has to be sent again.
    Nothing waits for it, and nothing that becomes of it changes the decision.

    Remembers: nothing.

    Undo: none: what has been told has been told.

    Fails when: a channel has no URL, answers with another status than 200 to 299, or redirects.

    UNKNOWN when: the notice is about another run. A channel that does not answer may have heard,
    and fails all the same.

    Rights: none in Azure.
    """
    from core import wire  # noqa: PLC0415 - pydantic
    from core.notice import Notice  # noqa: PLC0415

    given = ctx.memory.get("notice")
    if given is None:
        return nothing_to_do("there is nothing to tell yet")
    notice = wire.load(Notice, given)
    if notice.run.lower() != run.id.lower():
        raise CannotTell("the notice is about another run")
    told = send(notice, ctx.config, ctx.web, os.environ)
    if not told:
        return nothing_to_do("nobody is to be told of this")
    problems = [f"{one.channel}: {one.problem}" for one in told if one.problem]
    names = ", ".join(one.channel for one in told if not one.problem)
    if problems:
        return failed("; ".join(problems), told=names)
    return done(f"told {names}")

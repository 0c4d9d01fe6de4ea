"""Whether Azure can be reached at all, asked once before questions that would wait for it."""

from __future__ import annotations

from arm.answer import Fate
from cli.azure.connection import Connection
from cli.azure.problems import in_words, not_answered
from core.ids import ArmPath

__all__ = ["reach"]

_VERSION = "2022-12-01"  # of the list of subscriptions


def reach(azure: Connection, doing: str) -> None:
    """Leave at once, in words, if nobody is signed in or nothing answers: a query would wait."""
    with in_words(doing):
        azure.credential.get_token(azure.endpoint.scope)
    answer = azure.session.send(
        "GET", ArmPath.parse("/subscriptions"), api_version=_VERSION, until=azure.soon()
    )
    if answer.fate is not Fate.ANSWERED:
        why = "Azure cannot be reached: is this machine online, or behind a proxy?"
        not_answered(doing, f"{why} ({answer.problem})")
    if answer.status == 401:
        not_answered(doing, f"the login has expired: az login ({answer.error})")

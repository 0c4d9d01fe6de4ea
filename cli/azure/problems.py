"""Whatever goes wrong between us and Azure: one sentence with the next step, and an exit code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

from cli.exit_codes import NO_ANSWER
from cli.output import refuse
from core.errors import ArmProblem, shorten

if TYPE_CHECKING:
    from azure.core.exceptions import HttpResponseError

__all__ = ["in_words", "not_answered"]

_OFFLINE = "Azure cannot be reached: is this machine online, or behind a proxy?"


@contextmanager
def in_words(doing: str, *, right: str = "", scope: str = "") -> Iterator[None]:
    """Do something with Azure, and leave in words if it does not work.

    `doing` completes "cannot …"; `right` is the action that it needs, on `scope`: what somebody has
    to grant if it is refused.
    """
    from azure.core.exceptions import (  # noqa: PLC0415 - heavy: SDK
        AzureError,
        ClientAuthenticationError,
        HttpResponseError,
        ServiceRequestError,
    )

    grant = f"; it needs {right} on {scope}" if right else ""
    try:
        yield
    except ClientAuthenticationError as error:
        why = shorten(error.message, 200)
        not_answered(doing, f"nobody is signed in, or the login has expired ({why}): az login")
    except HttpResponseError as error:
        not_answered(doing, _of_sdk(error, grant))
    except ServiceRequestError:
        not_answered(doing, _OFFLINE)
    except AzureError as error:
        not_answered(doing, f"no whole answer came ({type(error).__name__}): try again")
    except ArmProblem as problem:
        not_answered(doing, _of_reader(problem, grant))


def not_answered(doing: str, why: str) -> NoReturn:
    """Leave, since Azure did not do what it was asked for."""
    refuse(f"cannot {doing}: {why}", code=NO_ANSWER)


def _of_sdk(error: HttpResponseError, grant: str) -> str:
    said = shorten(_message(error), 300)
    status = error.status_code or 0
    if status < 300:  # an operation was taken on, and came to nothing
        return f"Azure could not do it: {said}"
    after = str(getattr(error.response, "headers", {}).get("Retry-After", ""))
    return _refused(status, said, grant, after)


def _of_reader(problem: ArmProblem, grant: str) -> str:
    if problem.status is not None:
        return _refused(problem.status, problem.said, grant, "")
    return _OFFLINE if problem.why.startswith("no answer: Connect") else str(problem)


def _refused(status: int, said: str, grant: str, after: str) -> str:
    if status == 401:
        return f"the login has expired, or is for another Azure: az login. It said: 401 {said}"
    if status == 403:
        return f"you are not allowed to{grant}. Azure said: 403 {said}"
    if status == 404:
        return f"it is not there, or you cannot read it. Azure said: 404 {said}"
    if status == 429:
        wait = f"in {after} seconds" if after.isdecimal() else "in a minute"
        return f"Azure has had too many requests: try again {wait}"
    return f"Azure answered {status}: {said}"


def _message(error: HttpResponseError) -> str:
    code = getattr(error.error, "code", None)
    message = getattr(error.error, "message", None) or error.message
    return f"{code}: {message}" if code else str(message)

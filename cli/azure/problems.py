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

    try:
        yield
    except ClientAuthenticationError as error:
        why = shorten(error.message, 200)
        not_answered(doing, f"nobody is signed in, or the login has expired ({why}): az login")
    except HttpResponseError as error:
        not_answered(doing, _refused(error, right, scope))
    except ServiceRequestError:
        not_answered(doing, "Azure cannot be reached: is this machine online, or behind a proxy?")
    except AzureError as error:
        not_answered(doing, f"no whole answer came ({type(error).__name__}): try again")
    except ArmProblem as problem:
        not_answered(doing, str(problem))


def not_answered(doing: str, why: str) -> NoReturn:
    """Leave, since Azure did not do what it was asked for."""
    refuse(f"cannot {doing}: {why}", code=NO_ANSWER)


def _refused(error: HttpResponseError, right: str, scope: str) -> str:
    said = shorten(_message(error), 300)
    if error.status_code == 403:
        grant = f"; it needs {right} on {scope}" if right else ""
        return f"you are not allowed to{grant}. Azure said: {said}"
    if error.status_code == 404:
        return f"it is not there, or you cannot read it. Azure said: {said}"
    if error.status_code == 429:
        headers = getattr(error.response, "headers", {})
        after = str(headers.get("Retry-After", ""))
        wait = f"in {after} seconds" if after.isdecimal() else "in a minute"
        return f"Azure has had too many requests: try again {wait}"
    return f"Azure answered {error.status_code}: {said}"


def _message(error: HttpResponseError) -> str:
    code = getattr(error.error, "code", None)
    message = getattr(error.error, "message", None) or error.message
    return f"{code}: {message}" if code else str(message)

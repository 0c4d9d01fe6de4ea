"""How far this machine's clock is from Azure's, by the Date of an answer."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import requests

from arm.transport import plain_session
from cli.azure.connection import Connection
from core.errors import ArmProblem
from core.ids import ConfigurationId

__all__ = ["skew"]

_VERSION = "2022-12-01"
_SECONDS = 30
_HALF = timedelta(seconds=0.5)  # a Date has whole seconds


def skew(azure: Connection, id_: ConfigurationId) -> timedelta:
    """Azure's clock minus ours, to about a second. Raises `ArmProblem`.

    Whatever Azure answers has a Date, also a refusal.
    """
    url = f"{azure.endpoint.url}/subscriptions/{id_.subscription}"
    token = azure.credential.get_token(azure.endpoint.scope).token

    def signed(request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {token}"
        return request

    before = azure.clock.now()
    try:
        with plain_session(azure.endpoint).get(
            url,
            params={"api-version": _VERSION},
            auth=signed,  # a plain header could be overridden by a .netrc
            timeout=_SECONDS,
            allow_redirects=False,
            stream=True,
        ) as answer:
            told = answer.headers.get("Date", "")
    except requests.RequestException as error:
        raise ArmProblem("Azure's clock", f"no answer: {type(error).__name__}") from error
    after = azure.clock.now()
    return _moment(told) + _HALF - (before + (after - before) / 2)


def _moment(told: str) -> datetime:
    try:
        moment = parsedate_to_datetime(told)
    except (TypeError, ValueError) as error:
        raise ArmProblem("Azure's clock", "its answer has no Date that is one") from error
    if moment.tzinfo is None:
        raise ArmProblem("Azure's clock", "the Date of its answer has no zone")
    return moment

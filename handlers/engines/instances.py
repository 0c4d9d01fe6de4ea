"""List the orchestrations of the task hub, to the last page.

The extension gives a hundred at a time and a token for the next, which the client of 1.x ignores:
https://learn.microsoft.com/azure/azure-functions/durable/durable-functions-http-api#get-all-instances-status
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

__all__ = ["list_instances"]

_TOKEN = "x-ms-continuation-token"  # noqa: S105 - the name of a header
_SECONDS = 15.0  # for one page: the extension is on this machine
_MOST_PAGES = 1000


def list_instances(client: Any, since: datetime) -> list[Mapping[str, Any]]:
    """What the extension tells of every orchestration created since then, in its own words.

    `client` is the Durable client that the host has bound. Raises `ConnectionError` when the
    extension does not answer as it should, and `requests.RequestException` when it does not answer.
    """
    import requests  # noqa: PLC0415 - only when somebody asks

    # The client of 1.x has the address for calls on this machine, and no public way to it.
    url = f"{client._orchestration_bindings.rpc_base_url}instances/"  # noqa: SLF001
    found: list[Mapping[str, Any]] = []
    token = ""
    with requests.Session() as session:
        session.trust_env = False  # no proxy stands between us and this machine
        for _ in range(_MOST_PAGES):
            answer = session.get(
                url,
                params={
                    "createdTimeFrom": f"{since.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
                    "showInput": "false",  # unless told so, every order comes along
                },
                headers={_TOKEN: token} if token else {},
                timeout=_SECONDS,
                allow_redirects=False,
            )
            found += _page(answer)
            token = answer.headers.get(_TOKEN, "")
            if not token:
                return found
    raise ConnectionError("the pages of orchestrations do not come to an end")


def _page(answer: Any) -> list[Mapping[str, Any]]:
    if answer.status_code != 200:
        raise ConnectionError(f"the host answered {answer.status_code} to a list of orchestrations")
    page = answer.json()
    if not isinstance(page, list) or not all(isinstance(one, dict) for one in page):
        raise ConnectionError("the host's list of orchestrations is none")
    return page

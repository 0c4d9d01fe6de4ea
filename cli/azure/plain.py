"""Over plain HTTP, which the simulator speaks, Azure's SDK sends no token: this sends nobody's."""

from __future__ import annotations

from typing import Any

from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import SansIOHTTPPolicy

__all__ = ["nobodys_token"]


class _Nobody(SansIOHTTPPolicy[Any, Any]):
    def on_request(self, request: PipelineRequest[Any]) -> None:
        request.http_request.headers["Authorization"] = "Bearer simulator"


def nobodys_token() -> SansIOHTTPPolicy[Any, Any]:
    """A policy in place of the one that would send a real token."""
    return _Nobody()

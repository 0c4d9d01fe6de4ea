"""How often Azure's SDK asks again: so that a person who waits is told before long."""

from __future__ import annotations

from typing import Any

from azure.core.pipeline import PipelineResponse
from azure.core.pipeline.policies import RetryPolicy

__all__ = ["patient"]

_LONGEST_WAIT = 20.0  # seconds: whoever is told to wait longer does not wait here


class _Patient(RetryPolicy[Any, Any]):
    """The SDK's own policy would sleep for as long as a `Retry-After` says, whatever that is."""

    def is_retry(self, settings: dict[str, Any], response: PipelineResponse[Any, Any]) -> bool:
        after = self.get_retry_after(response)
        return (after or 0.0) <= _LONGEST_WAIT and super().is_retry(settings, response)


def patient() -> RetryPolicy[Any, Any]:
    """A policy for one client: three more attempts, within some seconds."""
    return _Patient(retry_total=3, retry_backoff_factor=0.5)

"""A check that never answers, as a service may do that it asks: the gate must not wait for it."""

import threading

from checks import Run, Verdict, check, passed


@check
def vendor_agrees(run: Run) -> Verdict:
    """The vendor's maintenance calendar is free."""
    threading.Event().wait()  # a request without a time-out, to a server that never answers
    return passed()

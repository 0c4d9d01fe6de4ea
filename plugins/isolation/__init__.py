"""Processes for checks that must not share ours: each question in one that can be killed.

    the app ── control ──> the nursery: has loaded the checks, and forks
       │                      │ leash: closed by the app, it kills; closed by death, it says how
       └───── talk ────────> a child: asks the check, sends each outcome, is killed at the deadline

The nursery is started once. A child never holds the app's identity: what its check wants to know of
Azure or of the web, the app asks for it. Nothing that a child sends is more than JSON.
"""

from plugins.isolation.nursery import Nursery

__all__ = ["Nursery"]

"""What a role gives, as Azure reads it."""

from __future__ import annotations

import pytest

from core.rights import ON_CONFIGURATIONS, ON_MACHINES, Permission, allowed, missing

CANCEL = "Microsoft.Maintenance/applyUpdates/write"
READER = Permission(actions=("*/read",))
CONTRIBUTOR = Permission(
    actions=("*",),
    not_actions=("Microsoft.Authorization/*/Write", "Microsoft.Authorization/*/Delete"),
)


@pytest.mark.parametrize(
    ("actions", "given"),
    [
        (("*",), True),
        ((CANCEL,), True),
        ((CANCEL.upper(),), True),
        (("Microsoft.Maintenance/*",), True),
        (("Microsoft.Maintenance/*/write",), True),
        (("*/write",), True),
        (("*/read",), False),
        (("Microsoft.Maintenance/applyUpdates",), False),
        (("Microsoft.Maintenance/applyUpdates/writ?",), False),
        (("Microsoft.Maintenance/applyUpdates/write/action",), False),
        ((), False),
    ],
)
def test_a_star_stands_for_anything_and_nothing_else_is_special(
    actions: tuple[str, ...],
    given: bool,  # noqa: FBT001
) -> None:
    assert Permission(actions=actions).allows(CANCEL) is given


def test_what_a_role_takes_out_another_may_still_give() -> None:
    """Roles add up; what one takes out it takes out of itself alone."""
    assign = "Microsoft.Authorization/roleAssignments/write"
    assert not allowed(assign, [CONTRIBUTOR])
    assert allowed(assign, [CONTRIBUTOR, Permission(actions=(assign,))])


def test_reader_is_enough_for_machines_and_not_for_cancelling() -> None:
    assert missing(ON_MACHINES, [READER]) == ()
    assert missing(ON_CONFIGURATIONS, [READER]) == (CANCEL,)
    assert missing(ON_CONFIGURATIONS, []) == ON_CONFIGURATIONS

"""Azure Resource Manager's view of machines: lists with instance views, and single ones."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.simulator.world import SUBSCRIPTIONS, World, world

_LIST = f"/subscriptions/{SUBSCRIPTIONS[0]}/providers/Microsoft.Compute/virtualMachines"
_STATUS_ONLY = {"api-version": "2024-07-01", "statusOnly": "true"}
_ONE = 'name = "web-01"\nsubscription = 1\n'


def _vm(name: str, provider: str = "Microsoft.Compute/virtualMachines") -> str:
    group = f"/subscriptions/{SUBSCRIPTIONS[0]}/resourceGroups/Estate"
    return f"{group}/providers/{provider}/{name}"


def _listed(w: World) -> list[dict[str, Any]]:
    answer = w.send("GET", _LIST, params=_STATUS_ONLY)
    assert answer.status_code == 200, answer.text
    page = answer.json()
    found = list(page["value"])
    while "nextLink" in page:
        answer = requests.get(
            page["nextLink"], headers={"Authorization": "Bearer token"}, timeout=10
        )
        page = answer.json()
        found += page["value"]
    return found


def _codes(statuses: list[dict[str, Any]]) -> list[str]:
    return [status["code"] for status in statuses]


def test_the_list_shows_agents_and_power_states() -> None:
    """With `statusOnly=true`, each VM has its instance view."""
    with world("[[machines]]\n" + _ONE) as w:
        (vm,) = _listed(w)
        view = vm["properties"]["instanceView"]
        assert _codes(view["statuses"]) == ["ProvisioningState/succeeded", "PowerState/running"]
        (agent,) = view["vmAgent"]["statuses"]
        assert (agent["displayStatus"], agent["code"]) == ("Ready", "ProvisioningState/succeeded")


def test_pages_of_the_list_lead_to_every_vm_once() -> None:
    """`nextLink` is a whole URL of the same server, and keeps the query."""
    with world('machines = [{ name = "web-{n:03}", count = 450, subscription = 1 }]') as w:
        found = _listed(w)
        assert len({vm["id"] for vm in found}) == 450
        assert all("instanceView" in vm["properties"] for vm in found)
        assert [seen.what for seen in w.azure.seen] == ["arm", "arm", "arm"]


def test_without_status_only_there_is_no_instance_view() -> None:
    """The model alone; Resource Graph's own addition to it is not in it."""
    with world("[[machines]]\n" + _ONE) as w:
        (vm,) = w.send("GET", _LIST).json()["value"]
        assert not {"instanceView", "extended"} & set(vm["properties"])


def test_the_list_has_the_vms_of_its_subscription_only() -> None:
    """Neither others nor Arc servers, nor one that the scenario leaves out."""
    scenario = """
        machines = [
            { name = "here", subscription = 1 },
            { name = "there", subscription = 2 },
            { name = "edge", kind = "arc", subscription = 1 },
            { name = "absent", subscription = 1, absent = ["instanceview"] },
            { name = "dark", subscription = 1, readable = false },
        ]
    """
    with world(scenario) as w:
        assert [vm["name"] for vm in _listed(w)] == ["here"]


def test_an_agent_that_is_not_ready_says_so() -> None:
    """In the words of the scenario, as a warning."""
    with world("[[machines]]\n" + _ONE + 'agent = "Not Ready"') as w:
        (agent,) = w.send("GET", _vm("web-01") + "/instanceView").json()["vmAgent"]["statuses"]
        assert (agent["displayStatus"], agent["level"]) == ("Not Ready", "Warning")
        assert agent["code"] == "ProvisioningState/Unavailable"


def test_a_machine_that_is_off_has_no_agent() -> None:
    """Nothing runs there that could report."""
    with world("[[machines]]\n" + _ONE + 'power = "deallocated"') as w:
        view = w.send("GET", _vm("web-01") + "/instanceView").json()
        assert "vmAgent" not in view
        assert "PowerState/deallocated" in _codes(view["statuses"])


def test_one_machine_can_be_read() -> None:
    """A VM, with its instance view if that is asked for, or an Arc server; in any letter case."""
    with world(
        f'[[machines]]\n{_ONE}[[machines]]\nname = "e"\nkind = "arc"\nsubscription = 1'
    ) as w:
        assert "instanceView" not in w.send("GET", _vm("WEB-01")).json()["properties"]
        expand = {"api-version": "1", "$expand": "instanceView"}
        both = w.send("GET", _vm("web-01"), params=expand).json()
        assert "instanceView" in both["properties"]
        arc = w.send("GET", _vm("e", "Microsoft.HybridCompute/machines")).json()
        assert arc["properties"]["status"] == "Connected"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (_vm("nobody"), 404),
        (_vm("nobody") + "/instanceView", 404),
        (_vm("e", "Microsoft.HybridCompute/machines") + "/instanceView", 404),
        (_vm("absent") + "/instanceView", 404),
        (_vm("dark"), 403),
        (_LIST.replace("1111", "0000"), 404),
        (_LIST.replace(SUBSCRIPTIONS[0], SUBSCRIPTIONS[1]), 403),
        (f"/subscriptions/{SUBSCRIPTIONS[0]}/anything", 404),
    ],
)
def test_what_is_not_there_or_not_ours_is_refused(path: str, status: int) -> None:
    """404 for what nobody has, 403 for what our identity may not read."""
    scenario = """
        graph.hidden_subscriptions = [2]
        machines = [
            { name = "e", kind = "arc", subscription = 1 },
            { name = "absent", subscription = 1, absent = ["instanceview"] },
            { name = "dark", subscription = 1, readable = false },
        ]
    """
    with world(scenario) as w:
        refused = w.send("GET", path)
        assert refused.status_code == status
        assert refused.json()["error"]["code"]


def test_reads_want_a_token_and_an_api_version() -> None:
    """Like everything of Azure Resource Manager."""
    with world() as w:
        assert w.send("GET", _LIST, headers={}).status_code == 401
        assert w.send("GET", _LIST, params={}).status_code == 400
        bad = {"api-version": "1", "$skiptoken": "x"}
        assert w.send("GET", _LIST, params=bad).status_code == 400


def test_a_fault_on_arm_hits_these_reads_and_no_others() -> None:
    """Neither the run's read-back nor a query."""
    with world('[[faults]]\non = "arm"\nfirst = 1\nstatus = 503') as w:
        assert w.read().status_code == 200
        assert w.send("GET", _LIST).status_code == 503
        assert w.send("GET", _LIST).status_code == 200

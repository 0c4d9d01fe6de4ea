"""A check of the whole run that answers for each machine: nodes of one cluster go one by one."""

from collections import Counter
from collections.abc import Mapping

from checks import Machine, Run, Verdict, blocked, check, passed, skipped


@check
def clusters_stay_up(run: Run) -> Mapping[str, Verdict]:
    """No two machines that are tagged with the same cluster are patched in one run."""
    nodes = Counter(_cluster(machine) for machine in run.machines)
    return {machine.id: _verdict(_cluster(machine), nodes) for machine in run.machines}


def _cluster(machine: Machine) -> str:
    return machine.tags.get("cluster", "").strip().casefold()


def _verdict(cluster: str, nodes: Counter[str]) -> Verdict:
    if not cluster:
        return skipped("has no tag cluster")
    if nodes[cluster] > 1:
        return blocked(f"{nodes[cluster]} nodes of {cluster} are in this run", cluster=cluster)
    return passed(cluster=cluster)

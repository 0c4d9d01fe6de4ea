"""What is said of an id that is refused: which kind, what was given, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from core.errors import BadId
from core.ids import ConfigurationId, MachineId, RunId, subscription_id
from tests.builders import CONFIGURATION, RUN, SUBSCRIPTION

GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"
VM = f"{GROUP}/providers/Microsoft.Compute/virtualMachines/web-1"
LONG = "x" * 58 + "yz-z"
CUT = "x" * 58 + "y…"
GUID = "must be a GUID, like 00000000-0000-0000-0000-000000000000"
CONFIGURATION_FORM = (
    "/subscriptions/{guid}/resourceGroups/{group}"
    "/providers/Microsoft.Maintenance/maintenanceConfigurations/{name}"
)
RUN_FORM = "{maintenance configuration id}/providers/microsoft.maintenance/applyupdates/{run}"
MACHINE_FORM = "/subscriptions/{guid}/resourceGroups/{group}/providers/{machine type}/{name}"


def refusal(parse: Callable[..., object], value: object, *what: str) -> tuple[str, str, str]:
    """Of which kind it is no id, what it was, and why."""
    with pytest.raises(BadId) as raised:
        parse(value, *what)
    error = raised.value
    assert str(error) == f"{error.what} {error.value!r}: {error.why}"
    return error.what, error.value, error.why


@pytest.mark.parametrize(
    ("parse", "what", "form", "size"),
    [
        (ConfigurationId.parse, "maintenance configuration id", CONFIGURATION_FORM, CONFIGURATION),
        (RunId.parse, "correlation id", RUN_FORM, RUN),
        (MachineId.parse, "machine id", MACHINE_FORM, VM),
    ],
    ids=["configuration", "run", "machine"],
)
def test_what_has_another_form_is_told_the_right_one(
    parse: Callable[[object], object], what: str, form: str, size: str
) -> None:
    """Whether it is no text at all, too long a one, or has more parts or fewer."""
    text = f"must be text of at most 1024 characters: {form}"
    longest = size + "x" * (1024 - len(size))
    assert refusal(parse, 5) == (what, "5", text)
    assert refusal(parse, longest + "x")[2] == text
    assert refusal(parse, longest)[2] != text
    for wrong in ("", size[1:], f"{size}/x", size.rpartition("/")[0], f"x{size}"):
        assert refusal(parse, wrong) == (what, wrong, f"must have the form {form}")


@pytest.mark.parametrize(
    ("parse", "good", "word"),
    [
        (RunId.parse, RUN, "applyUpdates"),
        (ConfigurationId.parse, CONFIGURATION, "subscriptions"),
        (ConfigurationId.parse, CONFIGURATION, "resourceGroups"),
        (ConfigurationId.parse, CONFIGURATION, "providers"),
        (ConfigurationId.parse, CONFIGURATION, "Microsoft.Maintenance"),
        (ConfigurationId.parse, CONFIGURATION, "maintenanceConfigurations"),
        (MachineId.parse, VM, "subscriptions"),
        (MachineId.parse, VM, "resourceGroups"),
        (MachineId.parse, VM, "providers"),
    ],
)
def test_a_word_that_must_stand_there_is_told(
    parse: Callable[[object], object], good: str, word: str
) -> None:
    """Beside what stands there instead, if that is not too long."""
    for given, shown in (("other", "other"), (LONG, CUT)):
        wrong = good.replace(f"/{word}/", f"/{given}/")
        what, value, why = refusal(parse, wrong)
        assert (what, value) == (refusal(parse, "")[0], wrong)
        assert why == f"has {shown!r} where {word.lower()!r} must stand"


@pytest.mark.parametrize(
    ("parse", "good", "part", "place"),
    [
        (RunId.parse, RUN, "20261128030000", "run name"),
        (ConfigurationId.parse, CONFIGURATION, "weekly-prod", "configuration name"),
        (ConfigurationId.parse, CONFIGURATION, "rg-patching", "resource group"),
        (MachineId.parse, VM, "web-1", "machine name"),
        (MachineId.parse, VM, "rg", "resource group"),
    ],
)
def test_a_part_that_is_not_legal_is_told(
    parse: Callable[[object], object], good: str, part: str, place: str
) -> None:
    """With what it would have to be."""
    for given, shown in (("a..b", "a..b"), (f"{LONG}..", CUT)):
        wrong = good.replace(f"/{part}", f"/{given}")
        what, value, why = refusal(parse, wrong)
        assert (what, value) == (refusal(parse, "")[0], wrong)
        assert why == f"{shown!r} is not a legal {place}"


def test_a_subscription_that_is_no_guid_is_told() -> None:
    """By itself, and as a part of another id."""
    assert refusal(subscription_id, 5) == ("subscription id", "5", GUID)
    assert refusal(subscription_id, "X") == ("subscription id", "X", GUID)
    for parse, good in (
        (ConfigurationId.parse, CONFIGURATION),
        (RunId.parse, RUN),
        (MachineId.parse, VM),
    ):
        what = f"{refusal(parse, '')[0]}: subscription"
        assert refusal(parse, good.replace(SUBSCRIPTION, "X")) == (what, "X", GUID)


@pytest.mark.parametrize(
    ("type_", "shown"),
    [
        ("Microsoft.Compute/disks", "Microsoft.Compute/disks"),
        ("Microsoft.HybridCompute/virtualMachines", "Microsoft.HybridCompute/virtualMachines"),
        ("x" * 58 + "/yz", "x" * 58 + "/…"),
    ],
)
def test_a_thing_that_is_no_machine_is_told(type_: str, shown: str) -> None:
    """As what it is."""
    wrong = VM.replace("Microsoft.Compute/virtualMachines", type_)
    why = f"{shown!r} is neither an Azure VM nor an Arc server"
    assert refusal(MachineId.parse, wrong) == ("machine id", wrong, why)


def test_host_maintenance_is_told() -> None:
    """The id is shown, and the name of the operation that it would have been."""
    wrong = RUN.replace("20261128030000", "Default")
    why = "'default' is never the name of a run"
    assert refusal(RunId.parse, wrong) == ("correlation id", wrong, why)
    run = RunId.parse(RUN)
    assert refusal(lambda name: replace(run, name=str(name)), "Default") == (
        "correlation id",
        "Default",
        why,
    )


def test_a_part_of_an_id_that_was_not_parsed_is_told() -> None:
    """What another worker wrote is held against the same rules, part by part."""
    run = RunId.parse(RUN)
    configuration = run.configuration
    what = "maintenance configuration id"
    assert refusal(lambda part: replace(run, name=str(part)), "a..b") == (
        "correlation id",
        "a..b",
        "'a..b' is not a legal run name",
    )
    assert refusal(lambda part: replace(configuration, name=str(part)), "a..b") == (
        what,
        "a..b",
        "'a..b' is not a legal configuration name",
    )
    assert refusal(lambda part: replace(configuration, resource_group=str(part)), "a..b") == (
        what,
        "a..b",
        "'a..b' is not a legal resource group",
    )
    assert refusal(lambda part: replace(configuration, subscription=str(part)), "x") == (
        "subscription id",
        "x",
        GUID,
    )


def test_the_caller_says_what_it_calls_the_id() -> None:
    """The field of an event, for example: all that is wrong is told of that."""
    for parse, good in (
        (ConfigurationId.parse, CONFIGURATION),
        (RunId.parse, RUN),
        (MachineId.parse, VM),
    ):
        for wrong in ("", f"{good}..", good.replace("providers", "other")):
            assert refusal(parse, wrong, "topic")[0] == "topic"
        wrong = good.replace(SUBSCRIPTION, "x")
        called = refusal(parse, wrong, "topic")[0]
        assert called == "topic: subscription"
    assert refusal(subscription_id, "x", "topic")[0] == "topic"

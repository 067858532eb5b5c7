"""The folder of systemd units that a configuration and its packages make."""

import os
from pathlib import Path
from typing import Any

import pytest
from link_units import PlanError, make_units


def plan(package: Path, **more: Any) -> dict[str, Any]:
    return {
        "type": "system",
        "folder": "system",
        "package": str(package),
        "packages": [],
        "upstreamUnits": [],
        "upstreamWants": [],
        "unwanted": [],
        "units": {},
        "extraLinks": {},
        **more,
    }


def unit(text: str | None, **more: Any) -> dict[str, Any]:
    return {"text": text, "enable": True, "override": "asDropinIfExists", **more}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "systemd/lib/systemd/system"
    folder.mkdir(parents=True)
    for name in ("a.service", "b.target"):
        (folder / name).write_text("[Unit]\n")
    os.symlink("a.service", folder / "alias.service")
    (folder / "b.target.wants").mkdir()
    os.symlink("../a.service", folder / "b.target.wants/a.service")
    os.symlink("../left-out.service", folder / "b.target.wants/left-out.service")
    return tmp_path / "systemd"


def test_units_of_packages_are_links_and_aliases_stay_aliases(
    package: Path, tmp_path: Path
) -> None:
    """A unit links to its file, an alias to its unit, and wants of units that are left out are left out."""
    out = tmp_path / "units"
    names = ["a.service", "alias.service", "b.target"]
    make_units(plan(package, upstreamUnits=names, upstreamWants=["b.target.wants"]), str(out))
    assert os.readlink(out / "a.service") == f"{package}/lib/systemd/system/a.service"
    assert os.readlink(out / "alias.service") == "a.service"
    assert os.listdir(out / "b.target.wants") == ["a.service"]


def test_definitions_of_existing_units_are_drop_ins(package: Path, tmp_path: Path) -> None:
    """What the configuration says of a packaged unit adds to it; of others it is the unit."""
    out = tmp_path / "units"
    units = {
        "a.service": unit("mine"),
        "new.service": unit("new", wantedBy=["b.target"], aliases=["other.service"]),
        "off.service": {**unit("x"), "enable": False, "wantedBy": ["b.target"]},
        "getty@tty1.service": {**unit("one"), "override": "asDropin"},
    }
    make_units(plan(package, upstreamUnits=["a.service"], units=units), str(out))
    assert (out / "a.service.d/overrides.conf").read_text() == "mine"
    assert (out / "new.service").read_text() == "new"
    assert os.readlink(out / "b.target.wants/new.service") == "../new.service"
    assert os.readlink(out / "other.service") == "new.service"
    assert os.readlink(out / "off.service") == "/dev/null"
    assert not os.path.lexists(out / "b.target.wants/off.service")
    assert (out / "getty@tty1.service.d/overrides.conf").read_text() == "one"


def test_a_missing_unit_of_the_package_is_named(package: Path, tmp_path: Path) -> None:
    """A unit that systemd's package does not have is an error."""
    with pytest.raises(PlanError, match=r"system/gone\.service"):
        make_units(plan(package, upstreamUnits=["gone.service"]), str(tmp_path / "units"))

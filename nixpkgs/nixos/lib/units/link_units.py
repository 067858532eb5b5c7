"""Make a folder of systemd units from a plan: `link_units.py`, run by a derivation.

The file that `$planPath` names is JSON with

- `type`: system, user, initrd or nspawn; `folder`: the folder of units in a package, such as `system`;
- `package`, `upstreamUnits`, `upstreamWants`: systemd's package, and which of its files and folders of links to
  take;
- `unwanted`: units that the folders of links do not start after all;
- `packages`: packages whose units are there too;
- `units`: for each unit its `text` or null, `enable`, `override`, `aliases`, `wantedBy`, `requiredBy`, `upheldBy`;
- `extraLinks`: further links, name → target.
"""

import json
import os
import sys
from typing import Any

_RELATIONS = {"wantedBy": "wants", "requiredBy": "requires", "upheldBy": "upholds"}
_DROP_IN = "overrides.conf"


class PlanError(Exception):
    """The plan cannot be carried out; the message says which unit is meant."""


def _link(target: str, link: str) -> None:
    """Make or replace a symbolic link, with the folder it is in."""
    os.makedirs(os.path.dirname(link), exist_ok=True)
    if os.path.lexists(link):
        os.unlink(link)
    os.symlink(target, link)


def _link_unit(file: str, out: str) -> None:
    """Take a unit's file from a package; an alias becomes a link to the unit that it stands for."""
    name = os.path.basename(file)
    place = file
    # Packages that are joined have links to the files of their parts, under the same name.
    while os.path.islink(place):
        target = os.readlink(place)
        if target == "/dev/null":
            place = target
            break
        if os.path.basename(target) != name:
            _link(os.path.basename(target), f"{out}/{name}")
            return
        place = os.path.join(os.path.dirname(place), target)
    _link(place, f"{out}/{name}")


def _take_upstream_units(plan: dict[str, Any], out: str) -> None:
    source = f"{plan['package']}/lib/systemd/{plan['folder']}"
    for name in plan["upstreamUnits"]:
        file = f"{source}/{name}"
        if not os.path.lexists(file):
            raise PlanError(f"{plan['package']} has no unit {plan['folder']}/{name}")
        _link_unit(file, out)
    for folder in plan["upstreamWants"]:
        for name in sorted(os.listdir(f"{source}/{folder}")):
            if os.path.lexists(f"{out}/{name}") and name not in plan["unwanted"]:
                _link(f"../{name}", f"{out}/{folder}/{name}")


def _take_packaged_units(plan: dict[str, Any], out: str) -> None:
    for package in plan["packages"]:
        for parent in ("etc", "lib"):
            folder = f"{package}/{parent}/systemd/{plan['folder']}"
            if not os.path.isdir(folder):
                continue
            for name in sorted(os.listdir(folder)):
                file = f"{folder}/{name}"
                if os.path.isdir(file):
                    # What a package wants by itself is for the configuration to say.
                    if name.endswith(".d"):
                        for part in sorted(os.listdir(file)):
                            _link(f"{file}/{part}", f"{out}/{name}/{part}")
                elif not os.path.lexists(f"{out}/{name}"):
                    _link_unit(file, out)


def _write(text: str, file: str) -> None:
    os.makedirs(os.path.dirname(file), exist_ok=True)
    if os.path.lexists(file):
        os.unlink(file)
    with open(file, "w", encoding="utf-8") as stream:
        stream.write(text)


def _write_unit(name: str, unit: dict[str, Any], out: str) -> None:
    file = f"{out}/{name}"
    if not unit["enable"]:
        _link("/dev/null", file)
        return
    text = unit["text"]
    if text is None:
        return
    if unit["override"] == "asDropin" or os.path.lexists(file):
        _write(text, f"{out}/{name}.d/{_DROP_IN}")
    else:
        _write(text, file)


def _relate(name: str, unit: dict[str, Any], out: str) -> None:
    for alias in unit.get("aliases", []):
        _link(name, f"{out}/{alias}")
    if not unit["enable"]:
        return
    for relation, suffix in _RELATIONS.items():
        for other in unit.get(relation, []):
            _link(f"../{name}", f"{out}/{other}.{suffix}/{name}")


def make_units(plan: dict[str, Any], out: str) -> None:
    """Make the folder `out` as `plan` says."""
    os.makedirs(out)
    _take_upstream_units(plan, out)
    _take_packaged_units(plan, out)
    units = plan["units"]
    for name in sorted(units):
        _write_unit(name, units[name], out)
    for name in sorted(units):
        _relate(name, units[name], out)
    for name, target in plan["extraLinks"].items():
        _link(target, f"{out}/{name}")


def main() -> int:
    """Carry out the plan of the derivation that runs this."""
    with open(os.environ["planPath"], encoding="utf-8") as stream:
        plan = json.load(stream)
    try:
        make_units(plan, os.environ["out"])
    except PlanError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

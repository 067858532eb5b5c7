"""User environments: what `nix-env` makes a profile's generations of, in C++ Nix's own format.

The list of packages is an expression, `manifest.nix`, in the environment itself; `builtin:buildenv` links to them.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from neve.builder.goals import Output, Path
from neve.errors import NeveError
from neve.lang.packages import find_packages
from neve.log import Level
from neve.store.profiles import Profile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neve.cli.building import BuildFlow
    from neve.lang.packages import Package
    from neve.lang.session import Session

_MANIFEST: Final = "env-manifest.nix"
_EXPRESSION: Final = """
packages: file:
let
  manifest = builtins.appendContext file { ${file}.path = true; };
  describe = package:
    [ (package.meta.active or "true") (package.meta.priority or 5) (builtins.length package.outputs) ]
    ++ map (output: package.${output}) package.outputs;
in derivation {
  name = "user-environment";
  system = "builtin";
  builder = "builtin:buildenv";
  inherit manifest;
  derivations = map describe packages;
  preferLocalBuild = true;
  allowSubstitutes = false;
}
"""


def installed_packages(session: Session, profile: str) -> list[Package]:
    """What is installed in a profile; raises `NeveError` for one that `nix profile` made."""
    if os.path.exists(f"{profile}/manifest.json"):
        raise NeveError(
            f"profile '{profile}' is incompatible with 'nix-env'; please use 'nix profile' instead"
        )
    manifest = f"{profile}/manifest.nix"
    if not os.path.exists(manifest):
        return []
    value = session.evaluator.import_file(os.path.realpath(manifest))
    return list(find_packages(value, {}, tolerant=False))


class UserEnvironments:
    """Makes generations of one profile."""

    def __init__(
        self, flow: BuildFlow, session: Session, link: str, *, keeps_derivations: bool = False
    ) -> None:
        self._flow: Final = flow
        self._session: Final = session
        self._keeps_derivations: Final = keeps_derivations
        self.profile: Final = Profile(link, flow.store.log)

    def flush(self) -> None:
        """Writes the derivations that evaluation has made so far."""
        self._session.evaluator.flush()

    def state(self) -> str:
        """What a change of the profile by others shows in."""
        try:
            return os.readlink(self.profile.link)
        except OSError:
            return ""

    def installed(self) -> list[Package]:
        """What is installed now."""
        return installed_packages(self._session, self.profile.link)

    def switch(self, packages: Sequence[Package], state: str) -> bool:
        """Makes packages the profile's contents; whether it was still as in `state`, else nothing is done."""
        path = self._build(packages)
        with self.profile.locked():
            if self.state() != state:
                self._flow.store.log.message(
                    Level.INFO,
                    f"profile '{self.profile.link}' changed while we were busy; restarting",
                )
                return False
            self.profile.switch_link(self.profile.create_generation(self._flow.store, path))
        return True

    def _build(self, packages: Sequence[Package]) -> str:
        self._reach_packages(packages)
        elements, references = [], set()
        for package in packages:
            element, used = self._describe(package)
            elements.append(element)
            references |= used
        value = self._session.evaluator.from_python(elements)
        text = value.show(strict=True).encode(errors="surrogateescape")
        file = self._flow.store.add_text(_MANIFEST, text, sorted(references))
        derivation = self._session.evaluate(_EXPRESSION).call(
            value, self._session.evaluator.from_python(file)
        )
        drv_path = derivation.attr("drvPath")
        assert drv_path is not None  # noqa: S101 - our own expression makes a derivation
        path = drv_path.coerce_to_string()
        self._session.evaluator.flush()
        self._flow.make_builder().build([Output(path, "out")])
        return self._flow.outputs.of(path)["out"]

    def _reach_packages(self, packages: Sequence[Package]) -> None:
        """Builds or fetches all outputs of packages whose derivation is known, and what is to be linked of others."""
        goals: list[Output | Path] = []
        for package in packages:
            drv_path = package.drv_path
            if drv_path is not None:
                self.flush()
                outputs = self._flow.store.read_derivation(drv_path).outputs
                goals += [Output(drv_path, name) for name in sorted(outputs)]
            else:
                names = package.output_names(only_installed=True)
                goals += [Path(package.output_path(name)) for name in names]
        missing = [
            goal
            for goal in goals
            if isinstance(goal, Output) or not self._flow.store.is_valid_path(goal.path)
        ]
        if missing:
            self._flow.make_builder().build(missing)

    def _describe(self, package: Package) -> tuple[dict[str, Any], set[str]]:
        """An element of the list, and the store paths in it."""
        names = package.output_names(only_installed=True)
        element: dict[str, Any] = {
            "type": "derivation",
            "name": package.name,
            "outPath": package.out_path,
            "outputs": names,
            "meta": _meta(package),
        }
        if package.system:
            element["system"] = package.system
        references = set()
        drv_path = package.drv_path if self._keeps_derivations else None
        if drv_path is not None:
            element["drvPath"] = drv_path
            references.add(drv_path)
        for name in names:
            path = package.output_path(name)
            element[name] = {"outPath": path}
            references.add(path)
        return element, references


def _meta(package: Package) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in package.meta_names():
        value = package.meta(name)
        if name in package.flags:
            values[name] = package.flags[name]
        elif value is not None:
            values[name] = value
    return values

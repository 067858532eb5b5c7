"""Which packages operands of `nix-env` mean."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from neve import terminal
from neve.cli.profiles import prepare_default_expression
from neve.cli.user_environment import installed_packages
from neve.errors import NeveError
from neve.lang.literals import string_literal
from neve.lang.package_names import Selector
from neve.lang.packages import Package, find_packages
from neve.lang.session import resolve_expression_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from neve._core import Value
    from neve.cli.nix_env_operations.arguments import EnvArguments
    from neve.lang.session import Session
    from neve.store import Store

_SUGGESTIONS: Final = 3


class Sources:
    """Packages for one command."""

    def __init__(self, session: Session, store: Store, arguments: EnvArguments) -> None:
        self._session: Final = session
        self._store: Final = store
        self._arguments: Final = arguments
        self._compare: Value | None = None

    def choose(self, operands: Sequence[str], *, only_newest: bool) -> list[Package]:
        """The packages that operands name, in the way that the flags say; raises `NeveError`."""
        source = self._arguments.source
        if source == "names" and operands and "/" in operands[0]:
            return [self._stored(operand) for operand in operands]
        if source == "attributes":
            root = self._load()
            found = (self._session.select(root, operand) for operand in operands)
            return [package for value in found for package in self._packages(value)]
        if source == "expressions":
            root = self._load()
            found = (self._session.evaluate(operand).call(root) for operand in operands)
            return [package for value in found for package in self._packages(value)]
        if source == "profile":
            profile = os.path.abspath(self._arguments.source_profile or "")
            packages: Iterable[Package] = installed_packages(self._session, profile)
        else:
            packages = self.available()
        return self.filter(list(packages), operands, only_newest=only_newest)

    def available(self, attr_path: str = "") -> list[Package]:
        """All packages of the expression, for the platforms that are wanted."""
        value = self._session.select(self._load(), attr_path)
        wanted = self._arguments.system_filter
        return [
            package
            for package in self._packages(value, attr_path)
            if wanted in {"*", package.system}
        ]

    def _packages(self, value: Value, attr_path: str = "") -> Iterable[Package]:
        return find_packages(value, self._session.auto_values(), attr_path)

    def _stored(self, operand: str) -> Package:
        path = self._store.follow_links(operand)
        name = path[len(self._store.store_dir) + 34 :]
        if not path.endswith(".drv"):
            return Package("", None, name=name, out_path=path)
        outputs = self._store.read_derivation(path).outputs
        out = outputs["out"].path if "out" in outputs else None
        return Package("", None, name=name.removesuffix(".drv"), drv_path=path, out_path=out or "")

    # -- expressions

    def _load(self) -> Value:
        file = self._arguments.file
        if file is not None:
            return self._load_path(self._session.resolve_argument(file))
        return self._load_path(prepare_default_expression(self._arguments.settings))

    def _load_path(self, path: str) -> Value:
        if os.path.isfile(path) or os.path.lexists(f"{path}/default.nix"):
            return self._session.evaluator.import_file(resolve_expression_path(path))
        if self._arguments.file is not None and not os.path.isdir(path):
            raise NeveError(f"path '{path}' is not a directory or a Nix expression")
        files: dict[str, str] = {}
        if os.path.isdir(path):
            _collect_expressions(path, files)
        entries = [
            f"{string_literal(name)} = import (/. + {string_literal(file)});"
            for name, file in files.items()
        ]
        provider = self._arguments.settings.text("nixpkgs-provider")
        if not files and self._arguments.file is None and provider == "embedded":
            # Without channels, the package set is the one that comes with Neve.
            entries.append("nixpkgs = import <nixpkgs>;")
        return self._session.evaluate(f"{{ _combineChannels = [ ]; {' '.join(entries)} }}")

    # -- selecting by names

    def filter(
        self, packages: Sequence[Package], operands: Sequence[str], *, only_newest: bool
    ) -> list[Package]:
        """The packages that selectors match, each once; raises `NeveError` for a selector that matches none."""
        chosen: dict[int, Package] = {}
        for selector in [Selector(operand) for operand in operands] or [Selector("*")]:
            matching = [package for package in packages if selector.matches(package.parts)]
            if not matching and not selector.means_all:
                raise _no_match(selector, packages)
            if only_newest:
                matching = self._pick_newest(matching)
            for package in matching:
                chosen.setdefault(id(package), package)
        return list(chosen.values())

    def _pick_newest(self, packages: Sequence[Package]) -> list[Package]:
        """One package of each name: of this platform, of the highest priority, of the newest version."""
        newest: dict[str, Package] = {}
        ambiguous: set[str] = set()
        for package in packages:
            name = package.parts.name
            other = newest.get(name)
            order = 1 if other is None else self._order(package, other)
            if order > 0:
                newest[name] = package
                ambiguous.discard(package.name)
            elif order == 0:
                ambiguous.add(package.name)
        for name in sorted(newest):
            if name in ambiguous:
                terminal.warn(f"there are multiple derivations named '{name}'; using the first one")
        return [newest[name] for name in sorted(newest)]

    def _order(self, one: Package, other: Package) -> int:
        here = self._arguments.settings.text("system")
        if one.system != other.system and here in {one.system, other.system}:
            return 1 if one.system == here else -1
        if one.priority != other.priority:
            return 1 if one.priority < other.priority else -1
        return self.compare_versions(one.parts.version, other.parts.version)

    def compare_versions(self, one: str, other: str) -> int:
        """-1, 0 or 1, as the builtin says."""
        if self._compare is None:
            self._compare = self._session.evaluate("builtins.compareVersions")
        make: Callable[[object], Value] = self._session.evaluator.from_python
        return int(self._compare.call(make(one), make(other)).as_python())  # type: ignore[arg-type]  # it is a number


def _no_match(selector: Selector, packages: Sequence[Package]) -> NeveError:
    message = f"selector '{selector.text}' matches no derivations"
    near: list[str] = []
    for package in packages:
        name = package.parts.name
        if name.startswith(selector.name) and name not in near:
            near.append(name)
        if len(near) == _SUGGESTIONS:
            break
    if near:
        message += ", maybe you meant:\n" + "\n".join(sorted(near))
    return NeveError(message)


def _collect_expressions(folder: str, files: dict[str, str]) -> None:
    """Adds attribute name → file for the expressions in a folder and those below it."""
    for name in sorted(os.listdir(os.path.realpath(folder))):
        if name == "manifest.nix":
            continue
        path = os.path.realpath(os.path.join(folder, name))
        is_expression = os.path.isfile(path) and path.endswith(".nix")
        if is_expression or os.path.lexists(f"{path}/default.nix"):
            attribute = name.removesuffix(".nix")
            if attribute in files:
                hint = ""
                if "channels" in path and "channels" in folder:
                    hint = f"\nsuggestion: remove '{attribute}' from either the root channels or the user channels"
                terminal.warn(f"name collision in input Nix expressions, skipping '{path}'{hint}")
            else:
                files[attribute] = path
        elif os.path.isdir(path):
            _collect_expressions(path, files)

"""From declared dependencies to a graph of store objects.

Each package's `Pre-Depends` and `Depends` are resolved to packages: the first alternative that the archive satisfies,
by a package of that name or else by one that provides it. Packages that need each other, or that the rules put
together, become one *unit*: a store object of several packages, named after one of them. Recommendations are followed
only to a language's modules, which programs import without asking whether they are there.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from neve.debian.control import Package
from neve.debian.errors import UnsatisfiableError
from neve.debian.graph import strongly_connected_components
from neve.debian.rules import Rules
from neve.debian.version import satisfies, version_key

_ALTERNATIVE: Final = re.compile(
    r"\s*([a-zA-Z0-9][a-zA-Z0-9+.\-]*)(?::[a-z0-9]+)?\s*(?:\(\s*(<<|<=|>=|>>|=|<|>)\s*([^)\s]+)\s*\))?\s*(?:\[[^]]*\]\s*)*"
)
_PRIORITIES: Final = ("required", "important", "standard", "optional", "extra")
_OLD_RELATIONS: Final = {"<": "<=", ">": ">="}

_MOST_BROUGHT: Final = 15
"""Units that a recommended module may bring with it."""

SEPARATOR: Final = "/"
"""Stands between the names of a package and of the separate suite that it comes from."""


@dataclass(slots=True)
class Unit:
    """What becomes one store object."""

    name: str
    members: list[str]
    """Packages, in the order in which they are unpacked."""
    depends: list[str]
    """Names of other units."""


@dataclass(frozen=True, slots=True)
class Assumed:
    """Units with modules that all who depend on a unit may import."""

    units: tuple[str, ...]
    without: frozenset[str]
    """Units that these need themselves, which therefore cannot have them."""


@dataclass(slots=True)
class Resolution:
    """The resolved archive; packages of separate suites are named `<package>/<suite>`."""

    packages: dict[str, Package]
    units: dict[str, Unit]
    unit_of: dict[str, str]
    """Package → unit."""
    core: frozenset[str]
    """Units that the interpreters themselves need."""
    unsatisfied: dict[str, list[str]] = field(default_factory=dict)
    """Packages with dependencies that nothing satisfies, which are left out of the graph."""
    assumed: dict[str, Assumed] = field(default_factory=dict)
    """Unit → what its dependents may import."""


def resolve(
    packages: Iterable[Package],
    rules: Rules,
    separate: Mapping[str, Iterable[Package]] | None = None,
) -> Resolution:
    """Resolves the whole archive; `separate` holds the packages of suites that stand beside it, by suite.

    A package of a separate suite depends on ordinary packages where they suffice. Of several versions the highest
    counts. Raises `UnsatisfiableError` when the rules name packages that do not exist.
    """
    ordinary = _Candidates(_newest(packages), rules)
    found = dict(ordinary.packages)
    direct, unsatisfied = _direct_dependencies(ordinary, rules)
    modules = _recommended_modules(ordinary, rules)
    for suite, others in (separate or {}).items():
        beside = _Candidates(_newest(others), rules, f"{SEPARATOR}{suite}", below=ordinary)
        found.update((name + beside.suffix, package) for name, package in beside.packages.items())
        more_direct, more_unsatisfied = _direct_dependencies(beside, rules)
        direct.update(more_direct)
        unsatisfied.update(more_unsatisfied)
        modules.update(_recommended_modules(beside, rules))
    _check_rules(rules, direct)
    units = _units(direct, rules)
    unit_of = {member: unit.name for unit in units.values() for member in unit.members}
    _add_modules(units, unit_of, modules)
    core = _closure(units, {unit_of[name] for name in rules.interpreters})
    return Resolution(found, units, unit_of, core, unsatisfied, _assumed(units, unit_of, rules))


class _Candidates:
    """What can satisfy a dependency; `below` answers first."""

    def __init__(
        self,
        packages: dict[str, Package],
        rules: Rules,
        suffix: str = "",
        below: "_Candidates | None" = None,
    ) -> None:
        self.packages: Final = packages
        self.suffix: Final = suffix
        self._below: Final = below
        self._rules: Final = rules
        self._provided: Final = _provided(packages)
        self._answers: Final[dict[str, str | None]] = {}

    def find(self, group: str) -> str | None:
        """The package that satisfies one group of alternatives, such as `a (>= 1) | b`."""
        try:
            return self._answers[group]
        except KeyError:
            answer = self._answers[group] = self._find(group)
            return answer

    def _find(self, group: str) -> str | None:
        for alternative in group.split("|"):
            match = _ALTERNATIVE.fullmatch(alternative)
            if match is None:
                continue
            name, relation, version = match.groups()
            relation = _OLD_RELATIONS.get(relation, relation)
            found = self.find_one(name, relation, version)
            if found is not None:
                return found
        return None

    def find_one(self, name: str, relation: str | None, version: str | None) -> str | None:
        """The package that satisfies one alternative."""
        if self._below is not None:
            found = self._below.find_one(name, relation, version)
            if found is not None:
                return found
        package = self.packages.get(name)
        if package is not None and (
            version is None or satisfies(package.version, relation or "=", version)
        ):
            return name + self.suffix
        providers = [
            provider
            for provider, provided in self._provided.get(name, ())
            if version is None
            or (provided is not None and satisfies(provided, relation or "=", version))
        ]
        return self._choose(name, providers) + self.suffix if providers else None

    def _choose(self, virtual: str, providers: list[str]) -> str:
        preferred = self._rules.provider.get(virtual)
        if preferred in providers:
            return preferred
        return min(providers, key=lambda name: (_priority(self.packages[name]), name))


def _newest(packages: Iterable[Package]) -> dict[str, Package]:
    newest: dict[str, Package] = {}
    for package in packages:
        other = newest.get(package.name)
        if other is None or version_key(package.version) > version_key(other.version):
            newest[package.name] = package
    return newest


def _priority(package: Package) -> int:
    return (
        _PRIORITIES.index(package.priority) if package.priority in _PRIORITIES else len(_PRIORITIES)
    )


def _provided(packages: Mapping[str, Package]) -> dict[str, list[tuple[str, str | None]]]:
    """Virtual package → (provider, version that it provides)."""
    provided: dict[str, list[tuple[str, str | None]]] = {}
    for package in packages.values():
        if not package.provides:
            continue
        for entry in package.provides.split(","):
            match = _ALTERNATIVE.fullmatch(entry)
            if match is not None:
                provided.setdefault(match[1], []).append((package.name, match[3]))
    return provided


def _direct_dependencies(
    candidates: _Candidates, rules: Rules
) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Package → packages it depends on, and package → groups that nothing satisfies."""
    direct: dict[str, list[str]] = {}
    unsatisfied: dict[str, list[str]] = {}
    for name, package in candidates.packages.items():
        found: dict[str, None] = {}
        for group in package.depends.split(",") if package.depends else ():
            answer = candidates.find(group)
            if answer is None:
                unsatisfied.setdefault(name + candidates.suffix, []).append(group.strip())
            else:
                found[answer] = None
        for added in rules.add.get(name, ()):
            answer = candidates.find(added)
            if answer is not None:
                found[answer] = None
        own = name + candidates.suffix
        direct[own] = [
            other for other in found if other != own and not _is_dropped(other, name, rules)
        ]
    return direct, unsatisfied


def _recommended_modules(candidates: _Candidates, rules: Rules) -> dict[str, list[str]]:
    """Package → the modules that it recommends."""
    is_module = re.compile("|".join(rules.modules) or r"(?!)").fullmatch
    recommended: dict[str, list[str]] = {}
    for name, package in candidates.packages.items():
        for group in package.recommends.split(",") if package.recommends else ():
            answer = candidates.find(group)
            if answer is not None and is_module(answer.partition(SEPARATOR)[0]):
                recommended.setdefault(name + candidates.suffix, []).append(answer)
    return recommended


def _is_dropped(dependency: str, dependent: str, rules: Rules) -> bool:
    return dependency in rules.drop and dependent not in rules.keep.get(dependency, ())


def _check_rules(rules: Rules, direct: Mapping[str, list[str]]) -> None:
    """Rules outlive the release that they were written for; those that make up units must still fit."""
    named = {
        *rules.interpreters,
        *rules.assumed,
        *(name for names in rules.assumed.values() for name in names),
        *(member for members in rules.groups.values() for member in members),
    }
    missing = sorted(named - direct.keys())
    if missing:
        raise UnsatisfiableError(
            f"the package set's rules name packages that the archive does not have: {', '.join(missing)}; "
            "is this the Debian release that this version of Neve is made for?"
        )


def _units(direct: Mapping[str, list[str]], rules: Rules) -> dict[str, Unit]:
    """Contracts the rules' groups, then every cycle."""
    group_of = {member: name for name, members in rules.groups.items() for member in members}
    contracted: dict[str, dict[str, None]] = {}
    for package, dependencies in direct.items():
        edges = contracted.setdefault(group_of.get(package, package), {})
        edges.update((group_of.get(dependency, dependency), None) for dependency in dependencies)
    graph = {node: list(edges) for node, edges in contracted.items()}
    components = strongly_connected_components(graph)
    unit_of = {node: _head(component, rules) for component in components for node in component}
    units = {}
    for component in components:
        name = unit_of[component[0]]
        depends = sorted({unit_of[other] for node in component for other in graph[node]} - {name})
        units[name] = Unit(name, _members(component, name, rules), depends)
    return units


def _add_modules(
    units: Mapping[str, Unit], unit_of: Mapping[str, str], modules: Mapping[str, list[str]]
) -> None:
    """Adds recommended modules to the dependencies, but none that would close a cycle or bring too much with it."""
    for package in sorted(modules):
        unit = units[unit_of[package]]
        closure = _closure(units, {unit.name})
        for module in sorted({unit_of[module] for module in modules[package]} - closure):
            reached = _closure(units, {module})
            brought = reached - closure
            if unit.name not in reached and 0 < len(brought) <= _MOST_BROUGHT:
                unit.depends = sorted([*unit.depends, module])
                closure |= brought


def _assumed(
    units: Mapping[str, Unit], unit_of: Mapping[str, str], rules: Rules
) -> dict[str, Assumed]:
    found = {}
    for owner, names in rules.assumed.items():
        assumed = {unit_of[name] for name in names}
        found[unit_of[owner]] = Assumed(tuple(sorted(assumed)), _closure(units, assumed))
    return found


def _head(component: list[str], rules: Rules) -> str:
    """Named groups lend their name, else the name that most others contain (`ruby` among `libruby3.3` and `rake`)."""

    def rank(node: str) -> tuple[bool, int, int, str]:
        mentions = sum(node in other for other in component)
        return (node not in rules.groups, -mentions, len(node), node)

    return min(component, key=rank)


def _members(component: list[str], head: str, rules: Rules) -> list[str]:
    members = sorted(
        member for node in component for member in rules.groups.get(node, (node,)) if member != head
    )
    is_package = head not in rules.groups or head in rules.groups[head]
    return [head, *members] if is_package else members


def _closure(units: Mapping[str, Unit], roots: set[str]) -> frozenset[str]:
    closure: set[str] = set()
    pending = list(roots)
    while pending:
        name = pending.pop()
        if name not in closure:
            closure.add(name)
            pending.extend(units[name].depends)
    return frozenset(closure)

"""`nix-env` operations that change what a profile holds."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from neve import terminal
from neve.builder.goals import Output, Path
from neve.cli import common
from neve.cli.building import BuildFlow, build_flow
from neve.cli.nix_env_operations.arguments import PRIORITY, SOURCES, EnvArguments, Operation
from neve.cli.nix_env_operations.sources import Sources
from neve.cli.options import Group, flag
from neve.cli.profiles import chosen_profile
from neve.cli.user_environment import UserEnvironments
from neve.errors import NeveError, UsageError
from neve.lang.package_names import PackageName, Selector

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from neve.builder.goals import Goal
    from neve.lang.packages import Package
    from neve.store.profiles import Profile


@dataclass(frozen=True)
class _Change:
    """What one change of a profile works with."""

    arguments: EnvArguments
    flow: BuildFlow
    sources: Sources
    environments: UserEnvironments

    def announce(self, packages: Sequence[Package]) -> None:
        """Says what has to be built and fetched."""
        goals = [goal for package in packages for goal in self.goals(package)]
        self.flow.announce(goals, is_only_wish=self.arguments.is_dry_run)

    def goals(self, package: Package) -> list[Goal]:
        """What makes a package exist."""
        drv_path = package.drv_path
        if drv_path is None:
            return [Path(package.out_path)]
        self.environments.flush()
        outputs = self.flow.store.read_derivation(drv_path).outputs
        return [Output(drv_path, name) for name in sorted(outputs)]

    def is_prebuilt(self, package: Package) -> bool:
        """Whether a package exists, or a cache has it."""
        if self.flow.store.is_valid_path(package.out_path):
            return True
        return not self.flow.find_missing([Path(package.out_path)]).unknown


@contextmanager
def _changing(arguments: EnvArguments) -> Iterator[_Change]:
    session = common.open_session(arguments)
    link = chosen_profile(arguments.settings, arguments.profile)
    with build_flow(arguments) as flow:
        yield _Change(
            arguments,
            flow,
            Sources(session, flow.store, arguments),
            UserEnvironments(
                flow,
                session,
                link,
                keeps_derivations=arguments.settings.flag("keep-env-derivations"),
            ),
        )
        session.evaluator.flush()


def _install(arguments: EnvArguments) -> None:
    with _changing(arguments) as change:
        chosen = change.sources.choose(arguments.operands, only_newest=True)
        if arguments.only_prebuilt:
            chosen = [package for package in chosen if change.is_prebuilt(package)]
        for package in chosen:
            if arguments.force_name is not None:
                package.name = arguments.force_name
            if arguments.priority is not None:
                package.flags["priority"] = str(arguments.priority)
        done = False
        while not done:
            done = _install_once(change, chosen)


def _install_once(change: _Change, chosen: Sequence[Package]) -> bool:
    arguments, environments = change.arguments, change.environments
    state = environments.state()
    names = {package.parts.name for package in chosen}
    everything = list(chosen)
    if not arguments.removes_all:
        for package in environments.installed():
            is_replaced = package.parts.name in names and not package.is_kept
            if is_replaced and not arguments.preserves_installed:
                terminal.say(f"replacing old '{package.name}'", level=3)
            else:
                everything.append(package)
        for package in chosen:
            terminal.say(f"installing '{package.name}'", level=3)
    change.announce(chosen)
    return arguments.is_dry_run or environments.switch(everything, state)


def _upgrade(arguments: EnvArguments) -> None:
    with _changing(arguments) as change:
        done = False
        while not done:
            state = change.environments.state()
            available = change.sources.choose(arguments.operands, only_newest=False)
            packages = [
                _find_upgrade(change, package, available)
                for package in change.environments.installed()
            ]
            change.announce(packages)
            done = arguments.is_dry_run or change.environments.switch(packages, state)


def _find_upgrade(change: _Change, package: Package, available: Sequence[Package]) -> Package:
    """The best package to replace an installed one; itself when there is none."""
    if package.is_kept:
        return package
    compare = change.sources.compare_versions
    best: Package | None = None
    for candidate in available:
        if candidate.parts.name != package.parts.name or candidate.priority > package.priority:
            continue
        order = compare(package.parts.version, candidate.parts.version)
        if not _is_wanted(change.arguments.upgrades, order):
            continue
        if best is not None:
            better = (candidate.priority < best.priority) or (
                candidate.priority == best.priority
                and compare(best.parts.version, candidate.parts.version) < 0
            )
            if not better:
                continue
        if not change.arguments.only_prebuilt or change.is_prebuilt(candidate):
            best = candidate
    if best is None or best.out_path == package.out_path:
        return package
    is_newer = compare(package.parts.version, best.parts.version) <= 0
    verb = "upgrading" if is_newer else "downgrading"
    terminal.say(f"{verb} '{package.name}' to '{best.name}'", level=3)
    return best


def _is_wanted(upgrades: str, order: int) -> bool:
    return {"lt": order < 0, "leq": order <= 0, "eq": order == 0, "always": True}[upgrades]


def _uninstall(arguments: EnvArguments) -> None:
    with _changing(arguments) as change:
        done = False
        while not done:
            state = change.environments.state()
            packages = change.environments.installed()
            for operand in arguments.operands:
                packages = _without(change, packages, operand)
            done = arguments.is_dry_run or change.environments.switch(packages, state)


def _without(change: _Change, packages: Sequence[Package], operand: str) -> list[Package]:
    if "/" in operand:
        path = change.flow.store.follow_links(operand)
        removed = [package for package in packages if package.out_path == path]
    else:
        selector = Selector(operand)
        removed = [package for package in packages if selector.matches(package.parts)]
    if not removed:
        terminal.warn(f"selector '{operand}' matched no installed derivations")
    for package in removed:
        terminal.say(f"uninstalling '{package.name}'", level=3)
    return [package for package in packages if package not in removed]


def _set(arguments: EnvArguments) -> None:
    with _changing(arguments) as change:
        chosen = change.sources.choose(arguments.operands, only_newest=True)
        if len(chosen) != 1:
            raise NeveError("--set requires exactly one derivation")
        [package] = chosen
        change.announce(chosen)
        if arguments.is_dry_run:
            return
        store = change.flow.store
        if package.drv_path is not None or not store.is_valid_path(package.out_path):
            change.flow.make_builder().build(change.goals(package))
        profile: Profile = change.environments.profile
        profile.switch_link(profile.create_generation(store, package.out_path))


def _set_flag(arguments: EnvArguments) -> None:
    if len(arguments.operands) < 2:
        raise UsageError("not enough arguments to '--set-flag'")
    name, text, *operands = arguments.operands
    selectors = [Selector(operand) for operand in operands]
    with _changing(arguments) as change:
        done = False
        while not done:
            state = change.environments.state()
            packages = change.environments.installed()
            used: set[str] = set()
            for package in packages:
                selector = _first_match(selectors, package.parts)
                if selector is not None:
                    used.add(selector.text)
                    terminal.say(f"setting flag on '{package.name}'", level=3)
                    package.flags[name] = text
            for selector in selectors:
                if selector.text not in used and not selector.means_all:
                    raise NeveError(f"selector '{selector.text}' matches no derivations")
            done = change.environments.switch(packages, state)


def _first_match(selectors: Sequence[Selector], name: PackageName) -> Selector | None:
    return next((selector for selector in selectors if selector.matches(name)), None)


OPERATIONS: Final = (
    Operation(
        "-i --install",
        "Install packages.",
        _install,
        (
            SOURCES,
            Group(
                "Installing",
                (
                    flag(
                        "-P --preserve-installed",
                        "preserves_installed",
                        "Keep other versions of what is installed.",
                    ),
                    flag("-r --remove-all", "removes_all", "Remove everything else."),
                    PRIORITY,
                ),
            ),
        ),
        "PACKAGE…",
    ),
    Operation(
        "-u --upgrade",
        "Replace packages by newer versions.",
        _upgrade,
        (
            SOURCES,
            Group(
                "Upgrading",
                (
                    flag("--lt", "upgrades", "To newer versions (the default).", to="lt"),
                    flag("--leq", "upgrades", "Also to the same version.", to="leq"),
                    flag("--eq", "upgrades", "To the same version only.", to="eq"),
                    flag("--always", "upgrades", "To whatever version there is.", to="always"),
                ),
            ),
        ),
        "[PACKAGE…]",
    ),
    Operation("-e --uninstall", "Remove packages.", _uninstall, (), "PACKAGE…"),
    Operation(
        "--set", "Make the profile a single package, as systems do.", _set, (SOURCES,), "PACKAGE"
    ),
    Operation(
        "--set-flag",
        "Set active, priority or keep of installed packages.",
        _set_flag,
        (),
        "NAME VALUE PACKAGE…",
    ),
)

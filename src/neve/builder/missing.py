"""What it would take to reach goals: what would be built, what fetched, and what nobody knows how to make."""

from __future__ import annotations

from neve.builder.goals import Goal, Output
from neve.log import Level
from neve.store.paths import content_address, name_part
from neve.store.sizes import render_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Final

    from neve.builder.realisations import KnownOutputs
    from neve.cache.substitution import Offer, Substituters
    from neve.log import Logger
    from neve.store import Store


class Missing:
    """What it takes."""

    def __init__(self) -> None:
        self.will_build: Final[set[str]] = set()
        """Derivations."""
        self.will_substitute: Final[dict[str, Offer]] = {}
        """Paths that caches have."""
        self.unknown: set[str] = set()
        """Paths that are neither there nor in a cache, and derivations that are not in the store."""

    @property
    def is_nothing(self) -> bool:
        """Whether all goals are reached."""
        return not (self.will_build or self.will_substitute or self.unknown)


def find_missing(
    store: Store,
    goals: Iterable[Goal],
    substituters: Substituters | None,
    outputs: KnownOutputs,
    *,
    always_substitutes: bool = False,
) -> Missing:
    """Looks without changing anything; `always_substitutes` overrules derivations that want to be built here."""
    search = _Search(store, substituters, outputs, always_substitutes=always_substitutes)
    return search.run(goals)


class _Search:
    """One walk, level by level, so that caches are asked about many paths at a time."""

    def __init__(
        self,
        store: Store,
        substituters: Substituters | None,
        outputs: KnownOutputs,
        *,
        always_substitutes: bool,
    ) -> None:
        self._store: Final = store
        self._substituters: Final = substituters
        self._outputs: Final = outputs
        self._always_substitutes: Final = always_substitutes
        self._missing: Final = Missing()
        self._seen_outputs: Final[set[Output]] = set()
        self._seen_paths: Final[set[str]] = set()

    def run(self, goals: Iterable[Goal]) -> Missing:
        listed = list(goals)
        outputs = {goal for goal in listed if isinstance(goal, Output)}
        paths = {goal.path for goal in listed if not isinstance(goal, Output)}
        self._follow(paths)
        while outputs:
            outputs = self._take_outputs(outputs)
        return self._missing

    def _take_paths(self, paths: set[str]) -> set[str]:
        """Notes paths that caches have, and those that nobody has; what the former refer to."""
        new = paths - self._seen_paths
        self._seen_paths.update(new)
        lacking = new - self._store.query_valid_paths(new)
        offers = self._ask(lacking, {})
        self._missing.will_substitute.update(offers)
        self._missing.unknown |= lacking - offers.keys()
        return {path for offer in offers.values() for path in offer.info.references}

    def _take_outputs(self, outputs: set[Output]) -> set[Output]:
        """Decides for each derivation whether its outputs are fetched or built; what the latter need."""
        by_derivation: dict[str, set[str]] = {}
        for output in outputs - self._seen_outputs:
            by_derivation.setdefault(output.derivation, set()).add(output.name)
        self._seen_outputs.update(outputs)
        present = self._store.query_valid_paths(by_derivation)
        self._missing.unknown |= by_derivation.keys() - present
        lacking = self._lacking_outputs({path: by_derivation[path] for path in present})
        fetchable, addresses = self._fetchable(lacking)
        offers = self._ask(fetchable, addresses)
        needed: set[Output] = set()
        for derivation, paths in lacking.items():
            if paths and paths <= offers.keys():
                found = {path: offers[path] for path in paths}
                self._seen_paths.update(paths)
                self._missing.will_substitute.update(found)
                self._follow({path for offer in found.values() for path in offer.info.references})
            else:
                self._missing.will_build.add(derivation)
                inputs = self._store.read_derivation(derivation).input_drvs
                needed |= {Output(drv, name) for drv, names in inputs.items() for name in names}
        return needed

    def _follow(self, paths: set[str]) -> None:
        while paths:
            paths = self._take_paths(paths)

    def _lacking_outputs(self, wanted: Mapping[str, set[str]]) -> dict[str, set[str]]:
        """Derivations whose wanted outputs are not all valid → those paths; none where a path is not known."""
        known = {path: self._outputs.of(path) for path in wanted}
        valid = self._store.query_valid_paths(
            path for outputs in known.values() for path in outputs.values()
        )
        lacking = {}
        for derivation, names in wanted.items():
            outputs = known[derivation]
            if not names <= outputs.keys():
                lacking[derivation] = set[str]()
                continue
            paths = {outputs[name] for name in names} - valid
            if paths:
                lacking[derivation] = paths
        return lacking

    def _fetchable(self, lacking: Mapping[str, set[str]]) -> tuple[set[str], dict[str, str]]:
        """The outputs that may come from caches, and the content addresses of fixed ones."""
        fetchable: set[str] = set()
        addresses: dict[str, str] = {}
        if self._substituters is None:
            return fetchable, addresses
        from neve.builder.options import read_options

        for path, paths in lacking.items():
            derivation = self._store.read_derivation(path)
            options = read_options(derivation, self._store.store_dir)
            if not options.allow_substitutes and not self._always_substitutes:
                continue
            fetchable |= paths
            for output in derivation.outputs.values():
                if output.path and output.method and output.algorithm and output.digest:
                    addresses[output.path] = content_address(
                        output.method, output.algorithm, output.digest
                    )
        return fetchable, addresses

    def _ask(self, paths: set[str], addresses: Mapping[str, str]) -> dict[str, Offer]:
        if self._substituters is None or not paths:
            return {}
        return self._substituters.find(sorted(paths), addresses)


def say_missing(missing: Missing, store: Store, log: Logger, level: Level = Level.INFO) -> None:
    """Says it in words."""
    for line in describe_missing(missing, store):
        log.message(level, line)


def describe_missing(missing: Missing, store: Store) -> list[str]:
    """Says it in lines: what is built first comes first, what is fetched is sorted by name."""
    lines = []
    if missing.will_build:
        count = len(missing.will_build)
        subject = "this derivation" if count == 1 else f"these {count} derivations"
        lines.append(f"{subject} will be built:")
        order = store.sort_topologically(sorted(missing.will_build))
        lines += [f"  {path}" for path in reversed(order)]
    if missing.will_substitute:
        offers = missing.will_substitute
        count = len(offers)
        subject = "this path" if count == 1 else f"these {count} paths"
        download = render_size(sum(offer.download_size for offer in offers.values()))
        unpacked = render_size(sum(offer.info.nar_size for offer in offers.values()))
        lines.append(f"{subject} will be fetched ({download} download, {unpacked} unpacked):")
        lines += [f"  {path}" for path in sorted(offers, key=lambda path: (name_part(path), path))]
    if missing.unknown:
        lines.append("don't know how to build these paths:")
        lines += [f"  {path}" for path in sorted(missing.unknown)]
    return lines

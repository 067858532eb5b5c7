"""Derivations of a session: read once, with what scheduling and building need to know of them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from neve._core import Derivation
from neve.builder.contents import ContentChecker
from neve.builder.events import Facts, Slot
from neve.builder.goals import Mode
from neve.builder.kinds import Kind, is_builtin
from neve.builder.options import DerivationOptions, read_options, warnings_about
from neve.builder.realisations import Realisations
from neve.builder.results import Failure, FailureKind
from neve.builder.settings import BuildSettings
from neve.errors import BuildError, NeveError
from neve.log import Level
from neve.store import Store
from neve.store.paths import content_address

_NEEDED_FEATURES: Final = {
    Kind.FLOATING: "ca-derivations",
    Kind.DEFERRED: "ca-derivations",
    Kind.IMPURE: "impure-derivations",
}


@dataclass(frozen=True, slots=True)
class Known:
    """A derivation that was read."""

    derivation: Derivation
    kind: Kind
    options: DerivationOptions


class DerivationTable:
    """The derivations of a session."""

    def __init__(self, store: Store, settings: BuildSettings, contents: ContentChecker) -> None:
        self.realisations: Final = Realisations(store, lambda path: self.get(path).derivation)
        self._store: Final = store
        self._settings: Final = settings
        self._contents: Final = contents
        self._known: Final[dict[str, Known]] = {}
        self._addresses: Final[dict[str, str]] = {}

    def get(self, path: str) -> Known:
        """A derivation that is in the store; raises `NeveError` for one that makes no sense."""
        known = self._known.get(path)
        if known is None:
            derivation = self._store.read_derivation(path)
            for warning in warnings_about(derivation):
                self._store.log.message(Level.WARN, warning)
            options = read_options(derivation, self._store.store_dir)
            known = Known(derivation, _kind(path, derivation), options)
            self._known[path] = known
            self._note_addresses(derivation)
        return known

    def _note_addresses(self, derivation: Derivation) -> None:
        for output in derivation.outputs.values():
            if output.path and output.method and output.algorithm and output.digest:
                self._addresses[output.path] = content_address(
                    output.method, output.algorithm, output.digest
                )

    def output_paths(self, path: str) -> dict[str, str]:
        """Paths of a derivation's outputs, as far as they are known."""
        known = self.get(path)
        if known.kind.has_realisations:
            return self.realisations.query(known.derivation)
        outputs = known.derivation.outputs
        return {name: output.path for name, output in outputs.items() if output.path is not None}

    def content_addresses(self) -> dict[str, str]:
        """Fixed outputs of the derivations read so far, with their content addresses."""
        return dict(self._addresses)

    def valid_outputs(self, outputs: Mapping[str, str], mode: Mode) -> frozenset[str]:
        """Names of the outputs that exist and, where they are to be repaired, are undamaged."""
        valid = self._store.query_valid_paths(outputs.values())
        return frozenset(
            name
            for name, path in outputs.items()
            if path in valid and (mode is not Mode.REPAIR or self._contents.is_good(path))
        )

    def facts(self, path: str, mode: Mode) -> Facts | Failure:
        """What scheduling depends on; a failure without a substitute when the store lacks the derivation."""
        try:
            self._store.add_temp_root(path)
            if not self._store.is_valid_path(path):
                return Failure(
                    FailureKind.NO_SUBSTITUTE, f"derivation '{path}' is not in the store"
                )
            return self._facts(path, mode)
        except NeveError as error:
            return Failure(FailureKind.OTHER, str(error))

    def _facts(self, path: str, mode: Mode) -> Facts | Failure:
        known = self.get(path)
        feature = _NEEDED_FEATURES.get(known.kind)
        if feature is not None and not self._settings.has_feature(feature):
            return Failure(FailureKind.OTHER, feature_is_off(feature))
        derivation = known.derivation
        if derivation.dynamic_inputs:
            return Failure(
                FailureKind.INPUT_REJECTED,
                f"'{path}' depends on derivations that are outputs of others ('dynamic-derivations'), "
                "which Neve cannot build yet",
            )
        outputs = self.output_paths(path)
        self._store.add_temp_roots(outputs.values())
        valid = self.valid_outputs(outputs, mode)
        is_needed = len(valid) < len(derivation.outputs) or mode is not Mode.NORMAL
        return Facts(
            outputs={name: outputs.get(name) for name in derivation.outputs},
            valid=valid,
            inputs={drv: frozenset(names) for drv, names in derivation.input_drvs.items()},
            missing_sources=self._missing(derivation.input_srcs) if is_needed else frozenset(),
            can_substitute=known.options.allow_substitutes
            or self._settings.always_allow_substitutes,
            must_resolve=self._must_resolve(known),
            slot=Slot.BUILTIN if is_builtin(derivation) else Slot.PROCESS,
        )

    def _must_resolve(self, known: Known) -> bool:
        if not known.derivation.input_drvs:
            return False
        if known.kind is Kind.FIXED:
            # Its inputs may be such that have no paths of their own.
            return self._settings.has_feature("ca-derivations")
        return known.kind is not Kind.INPUT_ADDRESSED

    def _missing(self, sources: Collection[str]) -> frozenset[str]:
        return frozenset(sources) - self._store.query_valid_paths(sources)


def _kind(path: str, derivation: Derivation) -> Kind:
    try:
        return Kind(derivation.kind)
    except ValueError as error:
        raise BuildError(f"derivation '{path}' makes no sense: {error}") from error


def feature_is_off(feature: str) -> str:
    """What is said of something that must be enabled first."""
    return (
        f"experimental Nix feature '{feature}' is disabled; "
        f"add '--extra-experimental-features {feature}' to enable it"
    )

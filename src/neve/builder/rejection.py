"""Derivations that this machine does not build."""

from collections.abc import Iterable

from neve.builder.derivations import Known
from neve.builder.kinds import Kind, is_builtin
from neve.builder.messages import cannot_build
from neve.builder.results import Failure, FailureKind
from neve.builder.settings import BuildSettings
from neve.terminal import MAGENTA, NORMAL, RED


def find_rejection(path: str, known: Known, settings: BuildSettings) -> Failure | None:
    """Why a derivation cannot be built here, if so: jobs, system type, features."""
    derivation = known.derivation
    reasons = []
    if settings.max_jobs == 0:
        reasons.append(
            f"{RED}local builds are disabled{NORMAL} (max-jobs = 0)\n"
            "Hint: set 'max-jobs' to a non-zero value to enable local builds, "
            "or configure remote builders via 'builders'"
        )
    if not is_builtin(derivation) and derivation.system not in {
        settings.system,
        *settings.extra_platforms,
    }:
        reasons.append(
            f"{RED}platform mismatch{NORMAL}\n"
            f"Required system: '{MAGENTA}{derivation.system}{NORMAL}'\n"
            f"Current system: '{MAGENTA}{settings.system}{NORMAL}'"
        )
    required = set(known.options.required_system_features)
    available = set(settings.system_features)
    if known.kind in {Kind.FLOATING, Kind.IMPURE}:
        required.add("ca-derivations")
    if settings.has_feature("ca-derivations"):
        available.add("ca-derivations")
    if not required <= available:
        reasons.append(
            f"{RED}missing system features{NORMAL}\n"
            f"Required features: {_braces(required)}\n"
            f"Available features: {_braces(available)}"
        )
    if reasons:
        head = cannot_build(path, "").rpartition("\n")[0]
        message = head + "".join(f"\nReason: {reason}" for reason in reasons)
        return Failure(FailureKind.INPUT_REJECTED, message)
    if "uid-range" in required:
        return Failure(
            FailureKind.INPUT_REJECTED,
            f"'{path}' requires the feature 'uid-range', a range of users of its own, "
            "which Neve does not give builders yet",
        )
    if "recursive-nix" in required:
        return Failure(
            FailureKind.INPUT_REJECTED,
            f"'{path}' requires the feature 'recursive-nix', a store inside of its sandbox, "
            "which Neve does not offer yet",
        )
    return None


def _braces(words: Iterable[str]) -> str:
    return "{" + ", ".join(sorted(words)) + "}"

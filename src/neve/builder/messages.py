"""What is said when a goal fails; scripts know these texts from Nix."""

from collections.abc import Iterable, Sequence

from neve.builder.events import Facts
from neve.builder.results import Failure, FailureKind
from neve.terminal import MAGENTA, NORMAL, RED


def known_outputs(paths: Iterable[str | None]) -> str:
    """The paths that a failed derivation should have made."""
    known = sorted({path for path in paths if path is not None})
    if not known:
        return ""
    return "\nOutput paths:" + "".join(f"\n  {MAGENTA}{path}{NORMAL}" for path in known)


def as_error(failure: Failure) -> str:
    """A failure as a message of its own: as the end of a command would be worded."""
    text = failure.message.replace("\n", "\n       ")
    return f"{RED}error:{NORMAL} {text}"


def cannot_build(derivation: str, reason: str) -> str:
    """The head of such a message."""
    return f"Cannot build '{MAGENTA}{derivation}{NORMAL}'.\nReason: {RED}{reason}{NORMAL}"


def dependencies_failed(derivation: str, count: int, facts: Facts) -> Failure:
    """Inputs could not be made."""
    noun = "dependency" if count == 1 else "dependencies"
    message = f"{cannot_build(derivation, f'{count} {noun} failed')}."
    message += known_outputs(facts.outputs.values())
    return Failure(FailureKind.DEPENDENCY_FAILED, message)


def derivation_missing(derivation: str) -> Failure:
    """The derivation itself is nowhere."""
    return Failure(FailureKind.DEPENDENCY_FAILED, f"failed to obtain derivation of '{derivation}'")


def no_such_output(derivation: str, output: str) -> Failure:
    """A request that makes no sense."""
    return Failure(
        FailureKind.OTHER, f"derivation '{derivation}' does not have wanted outputs '{output}'"
    )


def substitutes_failed(derivation: str) -> Failure:
    """Caches promised an output and did not deliver."""
    return Failure(
        FailureKind.TRANSIENT,
        f"some substitutes for the outputs of derivation '{derivation}' failed "
        "(usually happens due to networking issues); try '--fallback' to build derivation from source ",
    )


def cannot_check(derivation: str) -> Failure:
    """There is nothing to compare a second build with."""
    return Failure(
        FailureKind.OTHER,
        f"some outputs of '{derivation}' are not valid, so checking is not possible\n"
        "Hint: --rebuild and --check error if the derivation was not previously built and cannot be substituted.\n"
        "      Remove it to perform a fresh build, or use --repair to rewrite missing or corrupted builds in "
        "the store.",
    )


def closure_not_repaired(derivation: str) -> Failure:
    """What an output refers to stays damaged."""
    return Failure(
        FailureKind.OTHER,
        f"some paths in the output closure of derivation '{derivation}' could not be repaired",
    )


def references_missing(path: str, failures: Sequence[Failure]) -> Failure:
    """A cache has a path but not what it refers to."""
    is_absent = any(failure.kind is FailureKind.NO_SUBSTITUTE for failure in failures)
    return Failure(
        FailureKind.NO_SUBSTITUTE if is_absent else FailureKind.TRANSIENT,
        f"some references of path '{path}' could not be realised",
    )


def no_substitute(path: str, *, has_failed: bool) -> Failure:
    """No cache delivered a path."""
    return Failure(
        FailureKind.TRANSIENT if has_failed else FailureKind.NO_SUBSTITUTE,
        f"path '{path}' is required, but there is no substituter that can build it",
    )


def cyclic_references(path: str) -> Failure:
    """Caches say that paths refer to each other in a circle, which no store can hold."""
    return Failure(
        FailureKind.TRANSIENT,
        f"path '{path}' refers to itself through other paths, by what the caches say; one of them lies",
    )


def resolved_failed(resolved: str) -> Failure:
    """A derivation is built as another one, which failed."""
    return Failure(
        FailureKind.DEPENDENCY_FAILED, f"build of resolved derivation '{resolved}' failed"
    )

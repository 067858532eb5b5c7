"""Derivations whose inputs' paths are known only after a build: what they become then."""

from collections.abc import Mapping

from neve.builder.events import Adopt, BuildFailed, Built, Resolve, Resolved
from neve.builder.results import Failure, FailureKind
from neve.builder.session import Session
from neve.errors import NeveError
from neve.log import Activity, ActivityType, Level


def resolve(session: Session, request: Resolve) -> Resolved:
    """Writes the derivation that has built paths in place of its input derivations."""
    try:
        derivation = session.table.get(request.derivation).derivation
        resolved = derivation.resolve(_by_output(request.inputs))
        resolved = session.realisations.complete(resolved)
        path = resolved.store_path()
        session.store.add_texts([(path, resolved.to_aterm(), sorted(resolved.input_srcs))])
    except NeveError as error:
        return Resolved(request.derivation, Failure(FailureKind.OTHER, str(error)))
    except ValueError as error:
        message = f"resolving derivation '{request.derivation}': {error}"
        return Resolved(request.derivation, Failure(FailureKind.OTHER, message))
    activity = Activity(
        session.log,
        ActivityType.BUILD_WAITING,
        f"resolved derivation: '{request.derivation}' -> '{path}'",
        level=Level.INFO,
        fields=(request.derivation, path),
    )
    activity.__exit__(None, None, None)
    return Resolved(request.derivation, path)


def adopt(session: Session, request: Adopt) -> Built | BuildFailed:
    """Notes that a derivation has the outputs of what it became."""
    try:
        known = session.table.get(request.derivation)
        if known.kind.has_realisations:
            session.realisations.register(known.derivation, request.paths)
    except NeveError as error:
        return BuildFailed(request.derivation, Failure(FailureKind.OTHER, str(error)))
    return Built(request.derivation, request.paths)


def _by_output(inputs: Mapping[str, Mapping[str, str]]) -> dict[tuple[str, ...], str]:
    return {
        (derivation, name): path
        for derivation, paths in inputs.items()
        for name, path in paths.items()
    }

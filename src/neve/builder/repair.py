"""Looking for damage in what an output refers to."""

from neve.builder.events import Inspected
from neve.builder.goals import Output
from neve.builder.session import Session
from neve.store.paths import is_derivation


def inspect_closure(session: Session, output: Output) -> Inspected:
    """The damaged paths in an output's closure, with the derivation among its inputs that makes each."""
    store = session.store
    outputs = session.table.output_paths(output.derivation)
    closure = store.compute_closure([outputs[output.name]]) - set(outputs.values())
    damaged = [path for path in sorted(closure) if not session.contents.is_good(path)]
    if not damaged:
        return Inspected(output)
    makers = {
        path: derivation
        for derivation in store.compute_closure([output.derivation])
        if is_derivation(derivation)
        for path in store.query_derivation_outputs(derivation).values()
    }
    return Inspected(output, {path: makers.get(path) for path in damaged})

"""`exportReferencesGraph`: a builder is told everything that store paths refer to."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from neve.builder.options import DerivationOptions
from neve.errors import BuildError
from neve.store import PathInfo, Store
from neve.store.paths import is_derivation


def export_graphs(
    store: Store, options: DerivationOptions, inputs: Collection[str], *, is_structured: bool
) -> dict[str, Any]:
    """The values of all entries: text for files, JSON for structured attributes.

    Raises `BuildError` for a path that is no input.
    """
    graphs: dict[str, Any] = {}
    for name, start in options.export_references_graph.items():
        closure = _closure(store, start, inputs)
        infos = store.query_path_infos(closure)
        if is_structured:
            graphs[name] = [_as_json(infos[path], infos) for path in sorted(closure)]
        else:
            graphs[name] = _as_text(infos[path] for path in sorted(closure))
    return graphs


def _closure(store: Store, start: Iterable[str], inputs: Collection[str]) -> set[str]:
    listed = sorted(start)
    for path in listed:
        if path not in inputs:
            raise BuildError(
                f"cannot export references of path '{path}' because it is not in the input closure of the derivation"
            )
    closure = store.compute_closure(listed)
    outputs = set()
    # Whoever has a derivation in the graph wants to build it without a network, so its outputs come along.
    for path in filter(is_derivation, closure):
        for output in store.read_derivation(path).outputs.values():
            if output.path is None:
                raise BuildError("exportReferences on CA derivations is not yet implemented")
            outputs.add(output.path)
    return closure | store.compute_closure(outputs) if outputs else closure


def _as_text(infos: Iterable[PathInfo]) -> str:
    """Path, an empty deriver, the number of references, and these, each on a line."""
    lines = []
    for info in infos:
        references = sorted(info.references)
        lines += [info.path, "", str(len(references)), *references]
    return "".join(f"{line}\n" for line in lines)


def _as_json(info: PathInfo, infos: Mapping[str, PathInfo]) -> dict[str, Any]:
    value: dict[str, Any] = {
        "closureSize": _closure_size(info, infos),
        "narHash": info.nar_hash,
        "narSize": info.nar_size,
        "path": info.path,
        "references": sorted(info.references),
        "valid": True,
    }
    if info.content_address is not None:
        value["ca"] = info.content_address
    return value


def _closure_size(info: PathInfo, infos: Mapping[str, PathInfo]) -> int:
    done = {info.path}
    todo = [info]
    size = 0
    while todo:
        current = todo.pop()
        size += current.nar_size
        for path in current.references - done:
            done.add(path)
            todo.append(infos[path])
    return size

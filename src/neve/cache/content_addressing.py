"""Giving objects names that follow from their contents, so that they need no signature."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from neve import _core
from neve.cache.copying import compute_closure, opened_pipe, opened_tree
from neve.log import Level, Logger
from neve.store import PathInfo
from neve.store.order import sort_topologically
from neve.store.paths import content_address, hash_part, name_part
from neve.store.removal import remove_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from neve.store import AnyStore


@dataclass(frozen=True)
class _Naming:
    """New names of what was rewritten before, and what new names begin with."""

    names: Mapping[str, str]
    store_dir: str


def make_content_addressed(
    source: AnyStore, target: AnyStore, wanted: Iterable[str], log: Logger
) -> dict[str, str]:
    """Rewrites the paths and all that they refer to; old names to new ones."""
    infos = compute_closure(source, wanted)
    names: dict[str, str] = {}
    for path in reversed(sort_topologically(infos, lambda path: infos[path].references)):
        folder = tempfile.mkdtemp(prefix="neve-")
        try:
            with opened_tree(source, path) as tree:
                info = _rewrite(infos[path], tree, f"{folder}/x", _Naming(names, target.store_dir))
            log.message(Level.INFO, f"rewriting '{path}' to '{info.path}'")
            with opened_pipe(lambda write: _core.dump_path(f"{folder}/x", write)) as read:  # noqa: B023 - used at once
                target.add_nar(info, read)
        finally:
            remove_path(folder)
        names[path] = info.path
    return names


def _rewrite(old: PathInfo, tree: str, copy: str, naming: _Naming) -> PathInfo:
    """Copies an object with the new names in it."""
    others = old.references - {old.path}
    is_own_reference = old.path in old.references
    references = {naming.names[path] for path in others}
    half = f"{copy}-half"
    _core.copy_path_rewritten(
        tree, half, {hash_part(path): hash_part(naming.names[path]) for path in others}
    )
    digest = _core.hash_path_modulo(half, "nar", "sha256", hash_part(old.path))
    path = _core.make_fixed_output_path(
        name_part(old.path),
        "nar",
        "sha256",
        digest,
        references,
        naming.store_dir,
        references_itself=is_own_reference,
    )
    summary = _core.copy_path_rewritten(half, copy, {hash_part(old.path): hash_part(path)})
    return PathInfo(
        path,
        summary.sha256,
        summary.size,
        frozenset(references | ({path} if is_own_reference else set())),
        content_address=content_address("nar", "sha256", digest),
    )

"""Giving objects names that follow from their contents, so that they need no signature."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from neve import _core
from neve.cache.copying import compute_closure
from neve.log import Level, Logger
from neve.store import PathInfo
from neve.store.content import hash_modulo
from neve.store.order import sort_topologically
from neve.store.paths import content_address, hash_part, name_part

if TYPE_CHECKING:
    from collections.abc import Iterable

    from neve.store import AnyStore


def make_content_addressed(
    source: AnyStore, target: AnyStore, wanted: Iterable[str], log: Logger
) -> dict[str, str]:
    """Rewrites the paths and all that they refer to; old names to new ones."""
    infos = compute_closure(source, wanted)
    names: dict[str, str] = {}
    for path in reversed(sort_topologically(infos, lambda path: infos[path].references)):
        pieces: list[bytes] = []
        source.dump_nar(path, pieces.append)
        info, archive = _rewrite(infos[path], b"".join(pieces), names, target.store_dir)
        log.message(Level.INFO, f"rewriting '{path}' to '{info.path}'")
        target.add_nar(info, io.BytesIO(archive).read)
        names[path] = info.path
    return names


def _rewrite(
    old: PathInfo, archive: bytes, names: dict[str, str], store_dir: str
) -> tuple[PathInfo, bytes]:
    others = old.references - {old.path}
    is_own_reference = old.path in old.references
    replacements = {hash_part(path): hash_part(names[path]) for path in others}
    archive = _core.rewrite_hashes(archive, replacements)
    references = {names[path] for path in others}
    digest = hash_modulo(lambda write: write(archive), "sha256", hash_part(old.path))
    path = _core.make_fixed_output_path(
        name_part(old.path),
        "nar",
        "sha256",
        digest,
        sorted(references),
        store_dir,
        references_itself=is_own_reference,
    )
    archive = _core.rewrite_hashes(archive, {hash_part(old.path): hash_part(path)})
    info = PathInfo(
        path,
        _core.hash_bytes("sha256", archive),
        len(archive),
        frozenset(references | ({path} if is_own_reference else set())),
        content_address=content_address("nar", "sha256", digest),
    )
    return info, archive

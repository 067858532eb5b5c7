"""Content addresses: whether an object's name follows from what it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neve import _core
from neve.store import paths

if TYPE_CHECKING:
    from neve.store.info import PathInfo


def is_content_addressed(info: PathInfo, store_dir: str) -> bool:
    """Whether the path's name is the one that its content address demands; that makes signatures needless."""
    if info.content_address is None:
        return False
    try:
        method, algorithm, digest = _core.parse_content_address(info.content_address)
        name = paths.name_part(info.path)
        others = info.references - {info.path}
        if method == "text":
            if algorithm != "sha256" or info.path in info.references:
                return False
            kind = ":".join(["text", *sorted(others)])
            return _core.make_store_path(kind, digest, name, store_dir) == info.path
        expected = _core.make_fixed_output_path(
            name,
            method,
            algorithm,
            digest,
            others,
            store_dir,
            references_itself=info.path in info.references,
        )
    except ValueError:
        return False
    return expected == info.path

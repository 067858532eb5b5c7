"""Names that follow from contents."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from neve import _core
from neve.cache.content_addressing import make_content_addressed
from neve.store import PathInfo

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.cache.conftest import RecordingLogger

    from neve.cache.opening import StoreOpener
    from neve.store import Store

A = f"/nix/store/{'a' * 32}-a"
B = f"/nix/store/{'b' * 32}-b"


def test_closure_is_rewritten(
    opener: StoreOpener, store: Store, tmp_path: Path, log: RecordingLogger
) -> None:
    """References, own ones too, lead to the new names; nothing needs a signature any more."""
    os.mkdir(store.real_path(B))
    with open(f"{store.real_path(B)}/file", "w", encoding="ascii") as file:
        file.write(f"{B}/file needs {A}")
    os.symlink(f"{A}/x", f"{store.real_path(B)}/link")
    os.mkdir(store.real_path(A))
    infos = []
    for path, references in ((A, {A}), (B, {A, B})):
        _core.canonicalise_path(store.real_path(path))
        summary = _core.summarise_path(store.real_path(path))
        infos.append(PathInfo(path, summary.sha256, summary.size, frozenset(references)))
    store.register_valid_paths(infos)
    target = opener.open_local(str(tmp_path / "target"))
    names = make_content_addressed(store, target, [B], log)
    new_a, new_b = names[A], names[B]
    assert new_a not in {A, B}
    with open(f"{target.real_path(new_b)}/file", encoding="ascii") as file:
        assert file.read() == f"{new_b}/file needs {new_a}"
    assert os.readlink(f"{target.real_path(new_b)}/link") == f"{new_a}/x"
    assert target.query_references(new_b) == {new_a, new_b}
    for path in (new_a, new_b):
        info = target.query_path_info(path)
        assert info.content_address is not None
        assert target.is_trusted(info)
    assert f"rewriting '{A}' to '{new_a}'" in log.messages

"""What expressions write to a store."""

import os
from pathlib import Path

import pytest

from neve.errors import NeveError, StoreError
from neve.lang.session import Session
from neve.lang.store import open_store
from neve.settings import Settings
from neve.store import CollectionAction, CollectionRequest, Store


def make_session(root: Path, *, is_read_only: bool = False) -> Session:
    settings = Settings({"HOME": "/homeless", "NIX_STATE_DIR": "/stateless"})
    return Session(settings, store_uri=str(root), is_read_only=is_read_only, say=lambda *_: None)


def real(root: Path, path: str) -> Path:
    return root / path.lstrip("/")


def text(session: Session, expression: str) -> str:
    return session.evaluate(expression).coerce_to_string(copy_paths=True)


def test_sources_are_copied_with_the_metadata_of_the_store(tmp_path: Path) -> None:
    """A file and a tree; times and modes are the store's."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "run").write_text("#!/bin/sh\n")
    (source / "run").chmod(0o755)
    os.symlink("run", source / "link")
    session = make_session(tmp_path / "root")
    copied = real(tmp_path / "root", text(session, f'"${{{source}}}"'))
    assert (copied / "run").read_text() == "#!/bin/sh\n"
    assert (copied / "run").stat().st_mode & 0o777 == 0o555
    assert (copied / "run").stat().st_mtime == 1
    assert os.readlink(copied / "link") == "run"
    assert session.host.is_valid_path(f"/nix/store/{copied.name}")


def test_filtered_sources_hold_what_the_filter_kept(tmp_path: Path) -> None:
    """`builtins.path` with a filter goes through an archive."""
    source = tmp_path / "source"
    (source / "kept").mkdir(parents=True)
    (source / "kept" / "a").write_text("a")
    (source / "dropped").write_text("b")
    session = make_session(tmp_path / "root")
    path = text(
        session,
        f'builtins.path {{ path = {source}; name = "n"; filter = p: t: baseNameOf p != "dropped"; }}',
    )
    copied = real(tmp_path / "root", path)
    assert path.endswith("-n")
    assert sorted(os.listdir(copied)) == ["kept"]
    assert (copied / "kept" / "a").read_text() == "a"


def test_texts_refer_to_what_they_mention(tmp_path: Path) -> None:
    """`toFile` may mention sources; a derivation refers to its inputs."""
    session = make_session(tmp_path / "root")
    path = text(session, 'builtins.toFile "b" "see ${builtins.toFile "a" "x"}"')
    session.evaluator.flush()
    [reference] = session.host.path_references(path)
    assert reference.endswith("-a")
    assert real(tmp_path / "root", path).read_text() == f"see {reference}"


def test_reading_creates_nothing(tmp_path: Path) -> None:
    """Paths are computed; what would need the store says that there is none."""
    root = tmp_path / "root"
    session = make_session(root, is_read_only=True)
    path = text(session, 'builtins.toFile "a" "x"')
    session.evaluator.flush()
    assert not root.exists()
    assert not session.host.is_valid_path(path)
    store = open_store(str(root), session.settings, is_read_only=True)
    with pytest.raises(StoreError, match="there is no store here yet"):
        store.read_derivation(path)


def test_a_store_that_cannot_be_is_an_error_of_ours(tmp_path: Path) -> None:
    """A file where a folder is needed, an address that nobody knows."""
    (tmp_path / "file").touch()
    session = make_session(tmp_path / "file")
    with pytest.raises(NeveError):
        write_text(session)
    with pytest.raises(StoreError):
        open_store("nonsense://x", session.settings, is_read_only=False)


def write_text(session: Session) -> None:
    text(session, 'builtins.toFile "a" "x"')
    session.evaluator.flush()


_CHAIN = """
let step = n: derivation {
  name = "step-${toString n}"; system = "s"; builder = "b"; input = if n == 0 then "" else step (n - 1);
};
in (step 20).drvPath
"""


def watch_questions(session: Session, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The names that the evaluator asks the store for, question by question."""
    asked: list[list[str]] = []
    keep_texts = session.host.keep_texts

    def keep(paths: list[str]) -> set[str]:
        asked.append(sorted(path.partition("-")[2] for path in paths))
        return keep_texts(paths)

    monkeypatch.setattr(session.host, "keep_texts", keep)
    return asked


def test_of_what_is_there_only_the_last_user_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An object that is valid has valid references, and keeps them: one question for any number of texts."""
    first = make_session(tmp_path / "root")
    path = text(first, _CHAIN)
    first.evaluator.flush()
    again = make_session(tmp_path / "root")
    asked = watch_questions(again, monkeypatch)
    assert text(again, _CHAIN) == path
    again.evaluator.flush()
    assert asked == [["step-20.drv"]]


def test_texts_are_written_again_where_their_user_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the last user missing, all others are asked for, and what lacks is written."""
    first = make_session(tmp_path / "root")
    path = text(first, _CHAIN)
    first.evaluator.flush()
    [inner] = first.host.path_references(path)
    first.host.close()
    with Store.open(str(tmp_path / "root")) as store:
        wanted = CollectionRequest(CollectionAction.DELETE_SPECIFIC, frozenset({path}))
        store.collect_garbage(wanted)
        assert store.query_valid_paths([path, inner]) == {inner}
    again = make_session(tmp_path / "root")
    asked = watch_questions(again, monkeypatch)
    assert text(again, _CHAIN) == path
    again.evaluator.flush()
    assert [len(names) for names in asked] == [1, 20]
    assert again.host.is_valid_path(path)

"""What the database knows of paths."""

from __future__ import annotations

import pytest

from neve.errors import DatabaseError, InvalidPathError, PathInUseError, StoreError
from neve.store import PathInfo, Store

DIGEST = bytes(range(32))


def name(letter: str, suffix: str = "") -> str:
    return f"/nix/store/{letter * 32}-{letter}{suffix}"


A, B, C = name("a"), name("b"), name("c")
DRV = name("d", ".drv")


def register(store: Store, *infos: PathInfo) -> None:
    store.records.register(infos, {})


def test_info_survives_a_round_trip(store: Store) -> None:
    """Every field comes back as it was registered."""
    info = PathInfo(
        A,
        DIGEST,
        nar_size=123,
        references=frozenset({A, B}),
        deriver=DRV,
        registration_time=1_000,
        is_ultimate=True,
        signatures=frozenset({"k:s1", "k:s2"}),
        content_address="fixed:r:sha256:x",
    )
    register(store, PathInfo(B, DIGEST, 1), info)
    assert store.query_path_info(A) == info
    assert store.query_path_infos([A, B, C])[A] == info
    assert store.query_references(A) == {A, B}
    assert store.query_referrers(B) == {A}


def test_order_within_a_batch_does_not_matter(store: Store) -> None:
    """A path may refer to one that follows in the batch."""
    register(store, PathInfo(A, DIGEST, 1, frozenset({B})), PathInfo(B, DIGEST, 1))
    assert store.compute_closure([A]) == {A, B}


def test_unknown_reference_registers_nothing(store: Store) -> None:
    """One bad path keeps the whole batch out."""
    with pytest.raises(InvalidPathError, match=C):
        register(store, PathInfo(B, DIGEST, 1), PathInfo(A, DIGEST, 1, frozenset({C})))
    assert store.query_all_valid_paths() == set()


def test_cycle_registers_nothing(store: Store) -> None:
    """Outputs that need each other cannot be registered."""
    with pytest.raises(StoreError, match="cycle detected"):
        register(
            store,
            PathInfo(A, DIGEST, 1, frozenset({B})),
            PathInfo(B, DIGEST, 1, frozenset({A})),
        )
    assert store.query_all_valid_paths() == set()


def test_registering_again_updates(store: Store) -> None:
    """Size, hash and signatures are replaced; the time of registration stays."""
    register(store, PathInfo(A, DIGEST, 1, registration_time=7))
    register(store, PathInfo(A, bytes(32), 2, signatures=frozenset({"k:s"})))
    info = store.query_path_info(A)
    assert (info.nar_sha256, info.nar_size, info.registration_time) == (bytes(32), 2, 7)
    assert info.signatures == {"k:s"}


def test_closures_follow_outputs_and_derivers(store: Store) -> None:
    """Both directions, with and without the two rules of garbage collection."""
    register(store, PathInfo(DRV, DIGEST, 1))
    store.records.register([PathInfo(A, DIGEST, 1, deriver=DRV), PathInfo(B, DIGEST, 1)], {})
    store.records.register([PathInfo(DRV, DIGEST, 1)], {DRV: {"out": A, "dev": C}})
    assert store.query_derivation_outputs(DRV) == {"out": A, "dev": C}
    assert store.query_valid_derivers(A) == {DRV}
    assert store.compute_closure([DRV]) == {DRV}
    assert store.compute_closure([DRV], include_outputs=True) == {DRV, A}
    assert store.compute_closure([A], include_derivers=True) == {DRV, A}
    assert store.compute_closure([A], referrers=True, include_outputs=True) == {DRV, A}
    assert store.compute_closure([DRV], referrers=True, include_derivers=True) == {DRV, A}


def test_closure_of_an_invalid_path_is_an_error(store: Store) -> None:
    """The path is named."""
    with pytest.raises(InvalidPathError, match=A):
        store.compute_closure([A])


def test_hash_part_finds_the_path(store: Store) -> None:
    """Thirty-two characters are enough; others near by do not match."""
    register(store, PathInfo(B, DIGEST, 1))
    assert store.query_path_from_hash_part("b" * 32) == B
    assert store.query_path_from_hash_part("a" * 32) is None
    assert store.query_path_from_hash_part("c" * 32) is None
    with pytest.raises(StoreError, match="invalid hash part"):
        store.query_path_from_hash_part("b")


def test_path_in_use_is_not_forgotten(store: Store) -> None:
    """Users are named; without them even a path that refers to itself goes."""
    register(store, PathInfo(A, DIGEST, 1, frozenset({A, B})), PathInfo(B, DIGEST, 1))
    with pytest.raises(PathInUseError, match=A):
        store.records.invalidate(B)
    store.records.invalidate(A)
    store.records.invalidate(B)
    assert store.query_all_valid_paths() == set()


def test_signatures_are_added(store: Store) -> None:
    """Old signatures stay; a path that is not there is an error."""
    register(store, PathInfo(A, DIGEST, 1, signatures=frozenset({"k:1"})))
    store.add_signatures(A, ["k:2"])
    assert store.query_path_info(A).signatures == {"k:1", "k:2"}
    with pytest.raises(InvalidPathError):
        store.add_signatures(B, ["k:2"])


def test_damaged_hash_is_named(store: Store) -> None:
    """A row that makes no sense is a damaged database."""
    register(store, PathInfo(A, DIGEST, 1))
    store.database.execute("update ValidPaths set hash = 'sha256:zz'")
    with pytest.raises(DatabaseError, match="sha256:zz"):
        store.query_path_info(A)

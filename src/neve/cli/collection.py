"""Garbage collection as the commands do it."""

from __future__ import annotations

from neve.store.gc import CollectionAction, CollectionReport, CollectionRequest
from neve.store.sizes import render_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from neve.store import Store


def collect(store: Store, *, max_freed: int | None, dry_run: bool) -> None:
    """Deletes garbage and says how much that freed; with `dry_run`, only says how much there is."""
    action = CollectionAction.RETURN_DEAD if dry_run else CollectionAction.DELETE_DEAD
    report = store.collect_garbage(CollectionRequest(action, max_freed=max_freed))
    print_freed(report, dry_run=dry_run)


def delete(store: Store, paths: Iterable[str], *, ignore_liveness: bool) -> None:
    """Deletes paths and says how much that freed, also when it fails."""
    report = CollectionReport()
    try:
        report = store.delete_paths(paths, ignore_liveness=ignore_liveness)
    finally:
        print_freed(report)


def print_freed(report: CollectionReport, *, dry_run: bool = False) -> None:
    """Says how much a collection freed, or would free."""
    if dry_run:
        print(f"{len(report.paths)} store paths would be deleted")
    else:
        print(f"{len(report.paths)} store paths deleted, {render_size(report.bytes_freed)} freed")

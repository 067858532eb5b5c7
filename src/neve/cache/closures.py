"""Closures that an expression asks for by their paths: what `builtins.fetchClosure` does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neve.cache.content_addressing import make_content_addressed
from neve.cache.copying import copy_closure
from neve.errors import CacheError
from neve.store.content import is_content_addressed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from neve.store import AnyStore, Store


def fetch_closure(source: AnyStore, target: Store, arguments: Mapping[str, Any]) -> str:
    """The path that the closure has in the target; `arguments` as `neve._core.Host.fetch` says.

    Raises `CacheError` when the path is not of the kind that was said, and what copying raises.
    """
    path = str(arguments["fromPath"])
    wanted = arguments.get("toPath")
    if wanted is not None:
        return _rewrite(source, target, path, str(wanted))
    is_input_addressed = bool(arguments.get("inputAddressed"))
    target.add_temp_root(path)
    if not target.is_valid_path(path):
        copy_closure(source, target, [path], log=target.log)
    if is_content_addressed(target.query_path_info(path), target.store_dir) is is_input_addressed:
        raise CacheError(_wrong_kind(path, is_input_addressed=is_input_addressed))
    return path


def _rewrite(source: AnyStore, target: Store, path: str, wanted: str) -> str:
    """Makes the closure content-addressed on its way."""
    if wanted:
        target.add_temp_root(wanted)
    if not wanted or not target.is_valid_path(wanted):
        found = make_content_addressed(source, target, [path], target.log)[path]
        beginning = f"rewriting '{path}' to content-addressed form yielded '{found}'"
        if not wanted:
            raise CacheError(
                f"{beginning}\nUse this value for the 'toPath' attribute passed to 'fetchClosure'"
            )
        if found != wanted:
            raise CacheError(f"{beginning}, while '{wanted}' was expected")
    if not is_content_addressed(target.query_path_info(wanted), target.store_dir):
        raise CacheError(
            f"The 'toPath' value '{wanted}' is input-addressed, so it can't possibly be the result of rewriting to a "
            "content-addressed path.\n\n"
            "Set 'toPath' to an empty string to make Nix report the correct content-addressed path."
        )
    return wanted


def _wrong_kind(path: str, *, is_input_addressed: bool) -> str:
    if is_input_addressed:
        return (
            f"The store object referred to by 'fromPath' at '{path}' is not input-addressed, but 'inputAddressed' is "
            "set to 'true'.\n\n"
            "Remove the 'inputAddressed' attribute (it defaults to 'false') to expect 'fromPath' to be "
            "content-addressed"
        )
    return (
        f"The 'fromPath' value '{path}' is input-addressed, but 'inputAddressed' is set to 'false' (default).\n\n"
        "If you do intend to fetch an input-addressed store path, add\n\n"
        "    inputAddressed = true;\n\n"
        "to the 'fetchClosure' arguments.\n\n"
        "Note that to ensure authenticity input-addressed store paths, users must configure a trusted binary cache "
        "public key on their systems. This is not needed for content-addressed paths."
    )

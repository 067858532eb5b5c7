"""Finding a local store by its address, and making its folders."""

from __future__ import annotations

import os
import stat

from neve.errors import StoreError
from neve.log import Level, Logger
from neve.store.layout import Layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Final

    from neve.store.settings import StoreSettings

_STORE_MODE_WITH_GROUP: Final = 0o1775
_PER_USER_MODE: Final = 0o755
_LAYOUT_PARAMETERS: Final = ("root", "store", "real", "state", "log")
_BOOLEANS: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def find_layout(uri: str, environment: Mapping[str, str]) -> Layout:
    """The folders of the store that an address names; see `Store.open`."""
    address, parameters = split_uri(uri)
    if address in ("", "auto"):
        layout = _default_layout(environment)
    elif address in ("local", "local://"):
        layout = Layout.system(environment)
    elif address.startswith("local://"):
        layout = Layout.below(address.removeprefix("local://"))
    elif address.startswith(("/", "./", "../")):
        layout = Layout.below(address)
    else:
        raise StoreError(f"'{uri}' is not a local store: give a directory, 'local' or 'auto'")
    return _with_parameters(layout, parameters)


def split_uri(uri: str) -> tuple[str, dict[str, str]]:
    """An address and its `?name=value&…` parameters."""
    address, _, query = uri.partition("?")
    if not query and "://" not in address:
        return address, {}
    from urllib.parse import parse_qsl, unquote

    return unquote(address) if "://" in address else address, dict(
        parse_qsl(query, keep_blank_values=True)
    )


def apply_parameters(settings: StoreSettings, uri: str) -> StoreSettings:
    """Settings as an address changes them: `require-sigs`, `read-only`."""
    _, parameters = split_uri(uri)
    changes: dict[str, Any] = {}
    for name, text in parameters.items():
        if name in ("require-sigs", "read-only"):
            if text not in _BOOLEANS:
                raise StoreError(
                    f"store parameter '{name}' of '{uri}' must be true or false, not '{text}'"
                )
            changes[name.replace("-", "_")] = _BOOLEANS[text]
    return settings._replace(**changes)


def _default_layout(environment: Mapping[str, str]) -> Layout:
    system = Layout.system(environment)
    is_chosen = any(
        environment.get(name) for name in ("NIX_STORE_DIR", "NIX_STORE", "NIX_STATE_DIR")
    )
    if is_chosen or os.geteuid() == 0 or os.access(system.database_dir, os.R_OK | os.W_OK):
        return system
    data_home = environment.get("XDG_DATA_HOME") or os.path.join(
        environment.get("HOME") or "/", ".local/share"
    )
    return Layout.below(f"{data_home}/neve")


def _with_parameters(layout: Layout, parameters: Mapping[str, str]) -> Layout:
    for name in parameters:
        if name not in (*_LAYOUT_PARAMETERS, "require-sigs", "read-only"):
            raise StoreError(f"unknown parameter '{name}' of a local store")
    chosen = {
        name: os.path.abspath(parameters[name])
        for name in _LAYOUT_PARAMETERS
        if parameters.get(name)
    }
    if "root" in chosen:
        layout = Layout.below(chosen["root"])
    if "store" in chosen:
        real = layout.real_store_dir if "root" in chosen else chosen["store"]
        layout = layout._replace(store_dir=chosen["store"], real_store_dir=real)
    fields = {"real": "real_store_dir", "state": "state_dir", "log": "log_dir"}
    changes = {fields[name]: path for name, path in chosen.items() if name in fields}
    return layout._replace(**changes)


def prepare_folders(layout: Layout, settings: StoreSettings, log: Logger) -> None:
    """Makes what a store needs before its database can be opened; existing folders are left as they are."""
    if settings.read_only:
        return
    try:
        for directory in (
            layout.real_store_dir,
            layout.links_dir,
            layout.temp_roots_dir,
            layout.database_dir,
            f"{layout.profiles_dir}/per-user",
            f"{layout.gc_roots_dir}/per-user",
        ):
            os.makedirs(directory, exist_ok=True)
        for parent in (layout.profiles_dir, layout.gc_roots_dir):
            if stat.S_IMODE(os.stat(f"{parent}/per-user").st_mode) != _PER_USER_MODE:
                os.chmod(f"{parent}/per-user", _PER_USER_MODE)
        if os.geteuid() == 0 and settings.build_users_group:
            _give_to_group(layout.real_store_dir, settings.build_users_group, log)
    except OSError as error:
        raise StoreError(
            f"cannot set up the store in '{layout.real_store_dir}': {error.strerror} ('{error.filename}')\n"
            "Give a directory of your own with --store DIR, or run this as the user that owns the store."
        ) from error
    if not settings.allow_symlinked_store:
        _refuse_links(layout.real_store_dir)
    _reserve_space(f"{layout.database_dir}/reserved", settings.gc_reserved_space)


def _give_to_group(store_dir: str, group: str, log: Logger) -> None:
    import grp

    try:
        gid = grp.getgrnam(group).gr_gid
    except KeyError:
        # Builders get user ids from the kernel where there is no such group.
        log.message(Level.DEBUG, f"there is no group '{group}' to give the store to")
        return
    status = os.stat(store_dir)
    if (status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)) != (
        0,
        gid,
        _STORE_MODE_WITH_GROUP,
    ):
        os.chown(store_dir, 0, gid)
        os.chmod(store_dir, _STORE_MODE_WITH_GROUP)


def _refuse_links(directory: str) -> None:
    """Builders would see the link's target as their store's name, and outputs would depend on it."""
    while directory != "/":
        if os.path.islink(directory):
            raise StoreError(
                f'the path "{directory}" is a symlink; '
                "this is not allowed for the Nix store and its parent directories"
            )
        directory = os.path.dirname(directory)


def _reserve_space(path: str, size: int) -> None:
    """Keeps some space that a garbage collection can free on a full disk; a failure does not matter."""
    try:
        if os.path.exists(path) and os.stat(path).st_size == size:
            return
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.truncate(descriptor, 0)
            if size > 0:
                os.posix_fallocate(descriptor, 0, size)
        finally:
            os.close(descriptor)
    except OSError:
        return

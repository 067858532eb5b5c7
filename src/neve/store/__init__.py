"""The Nix store of this machine: objects, their database, roots, collection, profiles."""

from __future__ import annotations

import importlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from neve.store.adding import Ingestion
    from neve.store.gc import CollectionAction, CollectionReport, CollectionRequest
    from neve.store.info import PathInfo
    from neve.store.interface import AnyStore
    from neve.store.layout import Layout
    from neve.store.local import Store
    from neve.store.profiles import Generation, Generations, Profile
    from neve.store.settings import StoreSettings

__all__ = [
    "AnyStore",
    "CollectionAction",
    "CollectionReport",
    "CollectionRequest",
    "Generation",
    "Generations",
    "Ingestion",
    "Layout",
    "PathInfo",
    "Profile",
    "Store",
    "StoreSettings",
]

_MODULES = {
    "AnyStore": "interface",
    "CollectionAction": "gc",
    "CollectionReport": "gc",
    "CollectionRequest": "gc",
    "Generation": "profiles",
    "Generations": "profiles",
    "Ingestion": "adding",
    "Layout": "layout",
    "PathInfo": "info",
    "Profile": "profiles",
    "Store": "local",
    "StoreSettings": "settings",
}
"""Where each name is defined: a module is imported when one of its names is asked for, so that commands start soon."""


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)

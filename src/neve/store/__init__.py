"""The Nix store of this machine: objects, their database, roots, collection, profiles."""

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

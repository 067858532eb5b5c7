"""What all parts of one build session share."""

from typing import Final

from neve.builder.closures import ClosureCache
from neve.builder.contents import ContentChecker
from neve.builder.derivations import DerivationTable
from neve.builder.finishing import Finisher
from neve.builder.settings import BuildSettings
from neve.cache.substitution import Substituters
from neve.fetch.addresses import OpenUrl
from neve.log import Logger
from neve.sandbox.identity import Identities
from neve.store import Store


class Session:
    """A store, settings, and what was learned from them."""

    def __init__(
        self,
        store: Store,
        settings: BuildSettings,
        *,
        log: Logger,
        substituters: Substituters | None,
        open_url: OpenUrl,
    ) -> None:
        """Without `substituters` nothing comes from caches. Raises `StoreError` for an unreadable signing key."""
        self.store: Final = store
        self.settings: Final = settings
        self.log: Final = log
        self.substituters: Final = substituters
        self.open_url: Final = open_url
        self.contents: Final = ContentChecker(store)
        self.table: Final = DerivationTable(store, settings, self.contents)
        self.realisations: Final = self.table.realisations
        self.closures: Final = ClosureCache(store)
        self.finisher: Final = Finisher(settings, self.realisations)
        self.identities: Final = Identities(store.layout.state_dir, settings.identity)

"""The settings that opening stores and caches depends on."""

from __future__ import annotations

from neve.named_tuple import NamedTuple
from neve.settings import Settings, home_dir
from neve.store.settings import StoreSettings, read_fields
from neve.transfer_settings import TransferSettings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self


class DiskCacheSettings(NamedTuple):
    """How long answers count, in seconds; each field is the setting of that name with `-` for `_`."""

    narinfo_cache_positive_ttl: int = 30 * 24 * 3600
    narinfo_cache_negative_ttl: int = 3600
    narinfo_cache_meta_ttl: int = 7 * 24 * 3600


class CacheSettings(NamedTuple):
    """What opening stores depends on."""

    store: StoreSettings = StoreSettings()
    transfer: TransferSettings = TransferSettings()
    disk_cache: DiskCacheSettings = DiskCacheSettings()
    cache_dir: str | None = None
    """Where answers of remote caches are kept; nowhere if there is none."""
    substituters: tuple[str, ...] = ()
    substitute: bool = True
    fallback: bool = False
    max_substitution_jobs: int = 16

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """What the settings in force say."""
        return cls(
            store=StoreSettings.from_settings(settings),
            transfer=TransferSettings(**read_fields(TransferSettings._fields, settings)),
            disk_cache=DiskCacheSettings(**read_fields(DiskCacheSettings._fields, settings)),
            cache_dir=cache_dir(settings.environment),
            **{
                name: value
                for name, value in read_fields(cls._fields, settings).items()
                if name in {"substituters", "substitute", "fallback", "max_substitution_jobs"}
            },
        )


def cache_dir(environment: Mapping[str, str]) -> str:
    """The folder that C++ Nix keeps its caches in as well."""
    own = environment.get("NIX_CACHE_HOME")
    if own:
        return own
    return f"{environment.get('XDG_CACHE_HOME') or home_dir(environment) + '/.cache'}/nix"

"""Substitution: getting store objects from caches instead of building them."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from neve import _core
from neve.cache.binary_cache import BinaryCache
from neve.cache.copying import DEFAULT_JOBS, counting, opened_nar
from neve.cache.files import MissingFileError
from neve.cache.http import DisabledCacheError
from neve.cache.narinfo import NarInfo
from neve.cache.parallel import map_parallel, run_ordered
from neve.errors import CacheError, InvalidPathError, NeveError
from neve.log import Activity, ActivityType, Level, Logger
from neve.store.content import is_content_addressed
from neve.store.interface import address_of
from neve.store.paths import name_part

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from neve.store import AnyStore, PathInfo, Store


@dataclass(frozen=True)
class Offer:
    """A path that a cache has."""

    info: PathInfo
    """As the path is called here."""
    source: AnyStore

    @property
    def download_size(self) -> int:
        """Bytes to be transferred; 0 when unknown."""
        return self.info.file_size if isinstance(self.info, NarInfo) else 0


@dataclass
class SubstitutionPlan:
    """What it takes to get paths from caches."""

    offers: dict[str, Offer] = field(default_factory=dict)
    """The missing paths and all missing ones that they refer to."""
    unknown: set[str] = field(default_factory=set)
    """Missing paths that no cache has."""

    @property
    def download_size(self) -> int:
        """Bytes to be transferred, as far as known."""
        return sum(offer.download_size for offer in self.offers.values())

    @property
    def nar_size(self) -> int:
        """Bytes of the unpacked archives."""
        return sum(offer.info.nar_size for offer in self.offers.values())


class Substituters:
    """The caches that a local store gets objects from, the preferred ones first; usable from several threads."""

    def __init__(
        self,
        store: Store,
        caches: Sequence[AnyStore],
        *,
        log: Logger,
        falls_back: bool = False,
        jobs: int = DEFAULT_JOBS,
        questions: int = DEFAULT_JOBS,
    ) -> None:
        """`falls_back`: a cache that fails is no reason to stop, what it might have is built instead.

        At most `jobs` objects are fetched and `questions` asked at a time.
        """
        self._store: Final = store
        self._log: Final = log
        self._falls_back: Final = falls_back
        self._jobs: Final = max(1, jobs)
        self._questions: Final = max(1, questions)
        self._mutex: Final = threading.Lock()
        self._candidates: Final = caches
        self._sorted: list[AnyStore] | None = None

    @property
    def caches(self) -> list[AnyStore]:
        """The caches by priority, then by position; those that do not answer are left out, with a warning."""
        with self._mutex:
            if self._sorted is None:
                priorities = [(self._priority(cache), cache) for cache in self._candidates]
                usable = [(rank, cache) for rank, cache in priorities if rank is not None]
                self._sorted = [cache for _, cache in sorted(usable, key=lambda pair: pair[0])]
            return self._sorted

    def _priority(self, cache: AnyStore) -> int | None:
        if not isinstance(cache, BinaryCache):
            return 0
        try:
            return cache.priority
        except NeveError as error:
            self._log.message(Level.WARN, str(error))
            return None

    # -- asking

    def find(
        self, wanted: Iterable[str], addresses: Mapping[str, str] | None = None
    ) -> dict[str, Offer]:
        """Which of the paths caches have, without what they refer to.

        `addresses` are content addresses of some of the paths: such may come from a cache for another store directory.
        Raises `CacheError` when a cache fails and no other has the path, unless building is a fallback.
        """
        known = addresses or {}
        found = map_parallel(
            lambda path: self._find_one(path, known.get(path)), wanted, jobs=self._questions
        )
        return {path: offer for path, offer in found.items() if offer is not None}

    def _find_one(self, path: str, address: str | None) -> Offer | None:
        failure: NeveError | None = None
        for cache in self.caches:
            try:
                return self._ask(cache, path, address)
            except (InvalidPathError, DisabledCacheError):
                continue
            except NeveError as error:
                if failure is not None:
                    self._log.message(Level.ERROR, f"error: {failure}")
                failure = error
        if failure is not None:
            if not self._falls_back:
                raise failure
            self._log.message(Level.ERROR, f"error: {failure}")
        return None

    def _ask(self, cache: AnyStore, path: str, address: str | None) -> Offer:
        """Raises `InvalidPathError` when the cache does not have the path."""
        name = _name_in(cache, path, self._store.store_dir, address)
        if name is None:
            raise InvalidPathError(path)
        info = cache.query_path_info(name)
        if info.path == path:
            return Offer(info, cache)
        if (
            info.path == name
            and is_content_addressed(info, cache.store_dir)
            and not info.references
        ):
            return Offer(replace(info, path=path), cache)
        raise CacheError(f"asked '{cache.uri}' for '{path}' but got '{info.path}'")

    def plan(self, wanted: Iterable[str]) -> SubstitutionPlan:
        """What must be fetched for the paths and all that they refer to to be valid."""
        plan = SubstitutionPlan()
        todo = set(wanted)
        while todo:
            # What is there already must stay until what needs it has come.
            self._store.add_temp_roots(todo)
            missing = todo - self._store.query_valid_paths(todo)
            found = self.find(missing)
            plan.offers |= found
            plan.unknown |= missing - found.keys()
            references = {path for offer in found.values() for path in offer.info.references}
            todo = references - plan.offers.keys() - plan.unknown
        return plan

    # -- fetching

    def substitute_closure(self, wanted: Iterable[str], *, repair: bool = False) -> set[str]:
        """Makes the paths and all that they refer to valid, several at a time; those that no cache has.

        Raises `CacheError` when every cache that offers a path fails to deliver it.
        """
        listed = set(wanted)
        plan = self.plan(listed)
        if repair:
            plan.offers |= self.find(listed - plan.offers.keys() - plan.unknown)
        incomplete = _with_users(plan)
        needs = {
            path: offer.info.references
            for path, offer in plan.offers.items()
            if path not in incomplete
        }
        with Activity(
            self._log, ActivityType.COPY_PATHS, f"copying {len(needs)} paths", level=Level.TALKATIVE
        ) as activity:
            expected = sum(plan.offers[path].info.nar_size for path in needs)
            activity.set_expected(ActivityType.COPY_PATH, expected)
            run_ordered(
                lambda path: self._substitute_planned(path, repair=repair and path in listed),
                needs,
                jobs=self._jobs,
            )
        return listed & (plan.unknown | incomplete)

    def _substitute_planned(self, path: str, *, repair: bool) -> None:
        if not self.substitute(path, repair=repair):
            raise CacheError(
                f"path '{path}' is required, but there is no substituter that can build it"
            )

    def substitute(self, path: str, *, address: str | None = None, repair: bool = False) -> bool:
        """Makes one path valid whose references are valid, trying one cache after the other.

        False when no cache has it (signed by a trusted key); raises `CacheError` when those that have it fail.
        """
        if not repair and self._store.is_valid_path(path):
            return True
        failure: NeveError | None = None
        for cache in self.caches:
            try:
                offer = self._ask(cache, path, address)
                if self._is_acceptable(offer):
                    self._fetch(offer, repair=repair)
                    return True
            except (InvalidPathError, DisabledCacheError):
                continue
            except MissingFileError as error:
                # The archive was collected there; as if the cache had never had it.
                self._log.message(Level.WARN, str(error))
            except NeveError as error:
                self._log.message(Level.ERROR, f"error: {error}")
                failure = error
        if failure is not None:
            raise CacheError(f"no substituter could deliver '{path}': {failure}") from failure
        return False

    def _is_acceptable(self, offer: Offer) -> bool:
        if _is_trusted(offer.source) or not self._store.settings.require_sigs:
            return True
        if self._store.is_trusted(offer.info):
            return True
        self._log.message(
            Level.WARN,
            f"ignoring substitute for '{offer.info.path}' from '{offer.source.uri}', "
            "as it's not signed by any of the keys in 'trusted-public-keys'",
        )
        return False

    def _fetch(self, offer: Offer, *, repair: bool) -> None:
        info, source = offer.info, offer.source
        self._store.add_temp_roots(info.references)
        missing = info.references - {info.path} - self._store.query_valid_paths(info.references)
        if missing:
            raise CacheError(
                f"reference '{min(missing)}' of path '{info.path}' is not a valid path"
            )
        with (
            Activity(
                self._log, ActivityType.SUBSTITUTE, fields=(info.path, source.uri)
            ) as substitution,
            Activity(
                self._log,
                ActivityType.COPY_PATH,
                f"copying path '{info.path}' from '{source.uri}'",
                level=Level.INFO,
                fields=(info.path, source.uri, address_of(self._store)),
                parent=substitution.id,
            ) as activity,
            opened_nar(source, _source_name(offer)) as read,
        ):
            self._store.add_nar(
                replace(info, is_ultimate=False, registration_time=0),
                counting(read, activity, info.nar_size),
                repair=repair,
                check_signatures=not _is_trusted(source),
            )


def _is_trusted(source: AnyStore) -> bool:
    return isinstance(source, BinaryCache) and source.options.is_trusted


def _source_name(offer: Offer) -> str:
    """The path as its source calls it."""
    path, source = offer.info.path, offer.source
    address = offer.info.content_address
    store_dir = path.rpartition("/")[0]
    return _name_in(source, path, store_dir, address) or path


def _name_in(source: AnyStore, path: str, store_dir: str, address: str | None) -> str | None:
    """What a source calls a path; nothing when it cannot have it."""
    if source.store_dir == store_dir:
        return path
    if address is None:
        return None
    method, algorithm, digest = _core.parse_content_address(address)
    if method == "text":
        return _core.make_store_path("text", digest, name_part(path), source.store_dir)
    return _core.make_fixed_output_path(
        name_part(path), method, algorithm, digest, (), source.store_dir
    )


def _with_users(plan: SubstitutionPlan) -> set[str]:
    """Offered paths that cannot be whole because something that they need is unknown."""
    incomplete: set[str] = set()
    lost = set(plan.unknown)
    while lost:
        lost = {
            path
            for path, offer in plan.offers.items()
            if path not in incomplete and offer.info.references & lost
        }
        incomplete |= lost
    return incomplete

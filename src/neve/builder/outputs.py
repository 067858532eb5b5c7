"""What a builder made becomes store objects: examined, given canonical metadata, scanned, hashed, moved, registered."""

import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from neve import _core
from neve._core import DerivationOutput
from neve.builder.goals import Mode
from neve.builder.job import Job
from neve.builder.kinds import output_path_name
from neve.builder.output_checks import Checker, RejectedError
from neve.builder.results import FailureKind
from neve.store import PathInfo
from neve.store.keys import SecretKey
from neve.store.locks import PathLocks
from neve.store.moving import rename_tree
from neve.store.paths import content_address, hash_part, name_part
from neve.store.removal import remove_path


@dataclass(slots=True)
class _Found:
    """An output as the builder left it."""

    path: str
    """Where it lies on this machine, now."""
    is_plain_file: bool
    references: frozenset[str]
    """By the names that the builder knew."""
    summary: _core.NarSummary


@dataclass(slots=True)
class Collector:
    """Collects the outputs of one finished build; nothing is registered unless all is well."""

    job: Job
    secret_keys: list[SecretKey] = field(default_factory=list)
    keeps_differences: bool = False
    """Leave an output that differs from the valid one beside it."""
    is_trusted: bool = False
    """Whether the outputs come from this process and nobody else can have them open."""
    on_difference: Callable[[str, str], None] | None = None
    """Told of the valid output and of the one that was kept."""
    _canonicaliser: _core.Canonicaliser = field(init=False)
    _final: dict[str, str] = field(default_factory=dict)
    """Hash part that the builder knew → final hash part, of outputs that have another path now."""

    def __post_init__(self) -> None:
        lease = self.job.lease
        is_foreign = lease is not None and not lease.identity.is_own
        uid = lease.identity.uid if lease is not None else 0
        self._canonicaliser = _core.Canonicaliser(
            builder_uids=(uid, uid) if is_foreign else None,
            ignored_attributes=self.job.store.settings.ignored_acls,
        )

    def collect(self) -> dict[str, str]:
        """Registers the outputs; all outputs' paths by name. Raises `RejectedError`, `StoreError`."""
        job = self.job
        try:
            found = {name: self._examine(name) for name in job.wanted}
            infos = self._take_all(found)
            checker = Checker(job.store, job.path, job.derivation, job.options, infos)
            checker.check()
            for name, info in infos.items():
                if info.content_address is None:
                    self._install(name, found[name], info)
        except OSError as error:
            raise RejectedError(
                f"cannot take the outputs of '{job.path}': {error.strerror}: '{error.filename}'"
            ) from error
        if job.mode is not Mode.CHECK:
            job.store.register_valid_paths(infos.values())
        valid = {name: job.known[name] for name in job.valid}
        return valid | {name: info.path for name, info in infos.items()}

    # -- looking

    def _examine(self, name: str) -> _Found:
        job = self.job
        path = job.real_scratch_path(name)
        try:
            status = os.lstat(path)
        except FileNotFoundError:
            raise RejectedError(
                f"builder for '{job.path}' failed to produce output path for output '{name}' at \"{path}\""
            ) from None
        self._check_ownership(name, path, status)
        self._canonicalise(path)
        candidates = {hash_part(other): other for other in (*job.inputs, *job.scratch.values())}
        discards = name in job.options.unsafe_discard_references
        summary = _core.summarise_path(path, () if discards else candidates)
        return _Found(
            path,
            stat.S_ISREG(status.st_mode) and not status.st_mode & stat.S_IXUSR,
            frozenset(candidates[part] for part in summary.references),
            summary,
        )

    def _check_ownership(self, name: str, path: str, status: os.stat_result) -> None:
        lease = self.job.lease
        is_foreign = (
            lease is not None
            and not self.job.is_builtin
            and not lease.identity.is_own
            and status.st_uid != lease.identity.uid
        )
        is_open = not stat.S_ISLNK(status.st_mode) and status.st_mode & (
            stat.S_IWGRP | stat.S_IWOTH
        )
        if is_foreign or is_open:
            raise RejectedError(
                f"suspicious ownership or permission on \"{path}\" for output '{name}'; "
                "rejecting this build output"
            )

    def _canonicalise(self, path: str) -> None:
        try:
            self._canonicaliser.canonicalise(path)
        except ValueError as error:
            raise RejectedError(
                f"output of '{self.job.path}' cannot be a store object: {error}"
            ) from error

    # -- taking

    def _take_all(self, found: Mapping[str, _Found]) -> dict[str, PathInfo]:
        infos: dict[str, PathInfo] = {}
        by_scratch = {self.job.scratch[name]: name for name in found}
        needs = {
            name: {by_scratch[path] for path in item.references if path in by_scratch} - {name}
            for name, item in found.items()
        }
        self._add_known_rewrites(found)
        for name in _sort_outputs(self.job.path, needs):
            infos[name] = self._take(name, found[name])
        return infos

    def _add_known_rewrites(self, found: Mapping[str, _Found]) -> None:
        for name, path in self.job.known.items():
            if name not in found and self.job.scratch[name] != path:
                self._final[hash_part(self.job.scratch[name])] = hash_part(path)

    def _take(self, name: str, item: _Found) -> PathInfo:
        job = self.job
        scratch = job.scratch[name]
        output = job.derivation.outputs[name]
        info: PathInfo
        if output.method is None:
            final = job.known[name]
            if final != scratch:
                self._final[hash_part(scratch)] = hash_part(final)
            self._apply_rewrites(item, self._final)
            info = PathInfo(final, item.summary.sha256, item.summary.size)
            info.references = self._final_references(item, scratch, final)
        else:
            info = self._address_contents(name, item, output)
        info.deriver = job.path
        info.is_ultimate = True
        if info.content_address is not None:
            # Kept even if it is not what was asked for: a corrected hash then needs no second build.
            self._install(name, item, info)
        self._final[hash_part(scratch)] = hash_part(info.path)
        return info

    def _final_references(self, item: _Found, scratch: str, final: str) -> frozenset[str]:
        return frozenset(
            final if path == scratch else self._final_path(path) for path in item.references
        )

    def _final_path(self, path: str) -> str:
        part = self._final.get(hash_part(path))
        if part is None:
            return path
        return f"{self.job.store.store_dir}/{part}-{name_part(path)}"

    def _apply_rewrites(self, item: _Found, replacements: Mapping[str, str]) -> None:
        """Replaces hash parts in an output, if it has any of them."""
        present = {
            old: new
            for old, new in replacements.items()
            if old != new and any(hash_part(path) == old for path in item.references)
        }
        if present:
            self._copy(item, present)

    def _copy(self, item: _Found, replacements: Mapping[str, str] | None = None) -> None:
        copy = f"{item.path}.tmp"
        remove_path(copy)
        item.summary = _core.copy_path_rewritten(
            item.path, copy, replacements or {}, canonical=True
        )
        remove_path(item.path)
        rename_tree(copy, item.path)

    def _address_contents(self, name: str, item: _Found, output: DerivationOutput) -> PathInfo:
        job = self.job
        method = output.method
        algorithm = output.algorithm
        if method is None or algorithm is None:
            raise RejectedError(f"output '{name}' of '{job.path}' has no hash algorithm")
        if method == "git":
            raise RejectedError(
                f"output '{name}' of '{job.path}' is to be hashed as Git does, which Neve cannot; use 'nar'"
            )
        if method in {"flat", "text"} and not item.is_plain_file:
            raise RejectedError(
                f'output path "{item.path}" should be a non-executable regular file '
                "since recursive hashing is not enabled (one of outputHashMode={flat,text} is true)"
            )
        scratch = job.scratch[name]
        if not self.is_trusted and job.kind.may_use_network:
            # A builder with a network can have handed an open file of its output to somebody outside.
            self._copy(item)
        self._apply_rewrites(item, self._final)
        refers_to_itself = scratch in item.references
        others = frozenset(self._final_path(path) for path in item.references - {scratch})
        self._check_fixed_references(output, others, refers_to_itself=refers_to_itself)
        own = hash_part(scratch) if refers_to_itself else None
        digest = _content_digest(item, method, algorithm, own)
        final = _core.make_fixed_output_path(
            output_path_name(job.derivation.name, name),
            method,
            algorithm,
            digest,
            others,
            job.store.store_dir,
            references_itself=refers_to_itself,
        )
        if final != scratch:
            self._apply_rewrites(item, {hash_part(scratch): hash_part(final)})
        return PathInfo(
            final,
            item.summary.sha256,
            item.summary.size,
            references=others | ({final} if refers_to_itself else frozenset()),
            content_address=content_address(method, algorithm, digest),
        )

    def _check_fixed_references(
        self, output: DerivationOutput, others: frozenset[str], *, refers_to_itself: bool
    ) -> None:
        can_refer = output.algorithm == "sha256" and output.method in {"nar", "text"}
        if (others or refers_to_itself) and not can_refer:
            raise RejectedError(
                f"fixed output derivation '{self.job.derivation.name}' is not allowed to refer to other store paths.\n"
                "You may need to use the 'unsafeDiscardReferences' derivation attribute, "
                "see the manual for more details."
            )

    # -- moving

    def _install(self, name: str, item: _Found, info: PathInfo) -> None:
        job = self.job
        store = job.store
        real_path = store.real_path(info.path)
        if job.mode is Mode.CHECK:
            self._compare(item, info, real_path)
            return
        locks = PathLocks(store.log)
        try:
            if job.known.get(name) != info.path:
                store.add_temp_root(info.path)
                locks.acquire([real_path])
            self._move(item, info, real_path)
            if self.secret_keys:
                signatures = [key.sign(info) for key in self.secret_keys]
                info.signatures |= frozenset(signatures)
            if info.content_address is not None:
                store.register_valid_paths([info])
        finally:
            locks.release(delete=True)

    def _move(self, item: _Found, info: PathInfo, real_path: str) -> None:
        store = self.job.store
        if item.path == real_path:
            store.settle_path(info.path)
        elif self.job.mode is Mode.REPAIR and os.path.lexists(real_path):
            _replace(item.path, real_path)
        elif store.is_valid_path(info.path):
            remove_path(item.path)
        else:
            remove_path(real_path)
            rename_tree(item.path, real_path)
            store.settle_path(info.path)

    def _compare(self, item: _Found, info: PathInfo, real_path: str) -> None:
        store = self.job.store
        if not store.is_valid_path(info.path):
            return
        old = store.query_path_info(info.path)
        if old.nar_sha256 == info.nar_sha256:
            return
        kept = None
        if self.keeps_differences:
            kept = f"{real_path}.check"
            remove_path(kept)
            rename_tree(item.path, kept)
            if self.on_difference is not None:
                self.on_difference(real_path, kept)
        suffix = "" if kept is None else f' from "{kept}"'
        raise RejectedError(
            f"derivation '{self.job.path}' may not be deterministic: output \"{real_path}\" differs{suffix}",
            FailureKind.NOT_DETERMINISTIC,
        )


def _content_digest(
    item: _Found, method: str, algorithm: "_core.HashAlgorithm", own_hash_part: str | None
) -> bytes:
    if own_hash_part is not None:
        return _core.hash_path_modulo(item.path, "nar", algorithm, own_hash_part)
    if method in {"flat", "text"}:
        return _core.hash_file(algorithm, item.path)
    if algorithm == "sha256":
        return item.summary.sha256
    hasher = _core.Hasher(algorithm)
    _core.dump_path(item.path, hasher.update)
    return hasher.digest()


def _sort_outputs(derivation: str, needs: Mapping[str, set[str]]) -> list[str]:
    """Each output after those that it refers to; raises `RejectedError` when that is not possible."""
    done: list[str] = []
    active: list[str] = []

    def visit(name: str, parent: str) -> None:
        if name in active:
            raise RejectedError(
                f"cycle detected in build of '{derivation}' in the references of output '{name}' "
                f"from output '{parent}'"
            )
        if name in done:
            return
        active.append(name)
        for other in sorted(needs[name]):
            visit(other, name)
        active.remove(name)
        done.append(name)

    for name in sorted(needs):
        visit(name, name)
    return done


def _replace(source: str, target: str) -> None:
    """Puts a tree in the place of another, which is there again should that fail."""
    old = f"{target}.old-{os.getpid()}"
    remove_path(old)
    rename_tree(target, old)
    try:
        rename_tree(source, target)
    except OSError:
        rename_tree(old, target)
        raise
    remove_path(old)

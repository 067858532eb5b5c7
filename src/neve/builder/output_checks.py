"""What a derivation demands of its outputs: hashes, sizes, and what they may refer to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from neve import _core
from neve._core import Derivation
from neve.builder.options import DerivationOptions, OutputChecks
from neve.builder.results import Failure, FailureKind
from neve.store import PathInfo, Store


class RejectedError(Exception):
    """A build whose outputs cannot be taken; `failure` is how it ends."""

    def __init__(self, message: str, kind: FailureKind = FailureKind.OUTPUT_REJECTED) -> None:
        super().__init__(message)
        self.failure = Failure(kind, message)


@dataclass(frozen=True, slots=True)
class Checker:
    """Checks the outputs of one derivation."""

    store: Store
    derivation_path: str
    derivation: Derivation
    options: DerivationOptions
    outputs: Mapping[str, PathInfo]

    def check(self) -> None:
        """Raises `RejectedError` for the first demand that is not met."""
        for name, info in sorted(self.outputs.items()):
            self._check_hash(name, info)
            checks = self.options.checks_of(name)
            if checks is not None:
                self._check_sizes(info, checks)
                self._check_references(name, info, checks)

    def _check_hash(self, name: str, info: PathInfo) -> None:
        wanted = self.derivation.outputs[name]
        if wanted.digest is None or wanted.algorithm is None or info.content_address is None:
            return
        _, algorithm, digest = _core.parse_content_address(info.content_address)
        if (algorithm, digest) != (wanted.algorithm, wanted.digest):
            raise RejectedError(
                f"hash mismatch in fixed-output derivation '{self.derivation_path}':\n"
                f"  specified: {_core.encode_hash(wanted.digest, wanted.algorithm, 'sri')}\n"
                f"     got:    {_core.encode_hash(digest, algorithm, 'sri')}",
                FailureKind.HASH_MISMATCH,
            )
        if info.references:
            raise RejectedError(
                "fixed-output derivations must not reference store paths: "
                f"'{self.derivation_path}' references {len(info.references)} distinct paths, "
                f"e.g. '{min(info.references)}'",
                FailureKind.HASH_MISMATCH,
            )

    def _check_sizes(self, info: PathInfo, checks: OutputChecks) -> None:
        if checks.max_size is not None and info.nar_size > checks.max_size:
            raise RejectedError(
                f"path '{info.path}' is too large at {info.nar_size} bytes; limit is {checks.max_size} bytes"
            )
        if checks.max_closure_size is not None:
            size = sum(member.nar_size for member in self._closure(info).values())
            if size > checks.max_closure_size:
                raise RejectedError(
                    f"closure of path '{info.path}' is too large at {size} bytes; "
                    f"limit is {checks.max_closure_size} bytes"
                )

    def _check_references(self, name: str, info: PathInfo, checks: OutputChecks) -> None:
        direct = info.references
        if checks.allowed_references is not None:
            allowed = self._specify(name, checks.allowed_references)
            self._refuse(info, direct - allowed)
        if checks.allowed_requisites is not None:
            allowed = self._specify(name, checks.allowed_requisites)
            self._refuse(info, self._requisites(info, checks) - allowed)
        if checks.disallowed_references:
            self._refuse(info, direct & self._specify(name, checks.disallowed_references))
        if checks.disallowed_requisites:
            disallowed = self._specify(name, checks.disallowed_requisites)
            self._refuse(info, self._requisites(info, checks) & disallowed)

    def _refuse(self, info: PathInfo, bad: Iterable[str]) -> None:
        lines = "".join(f"\n  {path}" for path in sorted(bad))
        if lines:
            raise RejectedError(
                f"output '{info.path}' is not allowed to refer to the following paths:{lines}"
            )

    def _specify(self, name: str, words: Iterable[str]) -> set[str]:
        """References as store paths; names of outputs stand for these."""
        found = set()
        for word in words:
            if word.startswith("/"):
                found.add(word)
            elif word in self.outputs:
                found.add(self.outputs[word].path)
            else:
                raise RejectedError(
                    f"derivation '{self.derivation_path}' output check for '{name}' contains output name '{word}', "
                    "but this is not a valid output of this derivation. "
                    f"(Valid outputs are [{', '.join(sorted(self.outputs))}].)"
                )
        return found

    def _requisites(self, info: PathInfo, checks: OutputChecks) -> set[str]:
        closure = set(self._closure(info))
        return closure - {info.path} if checks.ignores_self_references else closure

    def _closure(self, info: PathInfo) -> dict[str, PathInfo]:
        """Everything an output refers to; other outputs of the build are not in the store yet."""
        new = {output.path: output for output in self.outputs.values()}
        closure = {info.path: info}
        todo = set(info.references) - closure.keys()
        while todo:
            stored = self.store.query_path_infos(todo - new.keys())
            found = {path: new.get(path) or stored[path] for path in todo}
            closure |= found
            todo = {path for member in found.values() for path in member.references}
            todo -= closure.keys()
        return closure

"""The attributes of a derivation that tell the builder's surroundings what to do, rather than the builder.

They are variables of the environment, or with `__structuredAttrs` members of a JSON object.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from neve._core import Derivation
from neve.errors import BuildError
from neve.store import paths

_FILE_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


@dataclass(frozen=True, slots=True)
class OutputChecks:
    """What an output may be. References are store paths or names of outputs; none is not the same as no limit."""

    ignores_self_references: bool = False
    max_size: int | None = None
    """Bytes of the output's archive."""
    max_closure_size: int | None = None
    allowed_references: frozenset[str] | None = None
    allowed_requisites: frozenset[str] | None = None
    disallowed_references: frozenset[str] = frozenset()
    disallowed_requisites: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class DerivationOptions:
    """The special attributes of one derivation."""

    checks: OutputChecks | Mapping[str, OutputChecks] = field(default_factory=OutputChecks)
    """For all outputs alike, or by output."""
    unsafe_discard_references: frozenset[str] = frozenset()
    """Outputs whose references do not count."""
    pass_as_file: frozenset[str] = frozenset()
    export_references_graph: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """File name (structured: attribute) to store paths."""
    no_chroot: bool = False
    impure_host_deps: frozenset[str] = frozenset()
    impure_env_vars: frozenset[str] = frozenset()
    required_system_features: frozenset[str] = frozenset()
    prefer_local_build: bool = False
    allow_substitutes: bool = True

    def checks_of(self, output: str) -> OutputChecks | None:
        """What an output must satisfy, if anything."""
        if isinstance(self.checks, OutputChecks):
            return self.checks
        return self.checks.get(output)


def read_options(derivation: Derivation, store_dir: str) -> DerivationOptions:
    """The options of a derivation; raises `BuildError` for a value that makes no sense."""
    structured = derivation.structured_attrs
    source: _Source = (
        _Environment(derivation.env) if structured is None else _Attributes(structured)
    )
    return DerivationOptions(
        checks=_plain_checks(source, store_dir)
        if structured is None
        else _structured_checks(structured, store_dir),
        unsafe_discard_references=_discarded(structured),
        pass_as_file=_pass_as_file(derivation) if structured is None else frozenset(),
        export_references_graph=_graphs(derivation, store_dir),
        no_chroot=source.flag("__noChroot", default=False),
        impure_host_deps=source.words("__impureHostDeps") or frozenset(),
        impure_env_vars=source.words("impureEnvVars") or frozenset(),
        required_system_features=source.words("requiredSystemFeatures") or frozenset(),
        prefer_local_build=source.flag("preferLocalBuild", default=False),
        allow_substitutes=source.flag("allowSubstitutes", default=True),
    )


def warnings_about(derivation: Derivation) -> list[str]:
    """Attributes that have no effect because others are structured."""
    structured = derivation.structured_attrs
    if structured is None:
        return []
    names = [
        "allowedReferences",
        "allowedRequisites",
        "disallowedRequisites",
        "disallowedReferences",
        "maxSize",
        "maxClosureSize",
    ]
    return [
        f"'structuredAttrs' disables the effect of the top-level attribute '{name}'; use 'outputChecks' instead"
        for name in names
        if name in structured
    ]


class _Environment:
    """Options as variables."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables: Final = variables

    def flag(self, name: str, *, default: bool) -> bool:
        value = self._variables.get(name)
        return default if value is None else value == "1"

    def words(self, name: str) -> frozenset[str] | None:
        value = self._variables.get(name)
        return None if value is None else frozenset(value.split())


class _Attributes:
    """Options as members of a JSON object."""

    def __init__(self, attributes: Mapping[str, Any]) -> None:
        self._attributes: Final = attributes

    def flag(self, name: str, *, default: bool) -> bool:
        value = self._attributes.get(name, default)
        if not isinstance(value, bool):
            raise _wrong_type(name, "boolean", value)
        return value

    def words(self, name: str) -> frozenset[str] | None:
        if name not in self._attributes:
            return None
        return _strings(name, self._attributes[name])


_Source = _Environment | _Attributes


def _wrong_type(name: str, expected: str, value: object) -> BuildError:
    return BuildError(
        f'while parsing attribute "{name}": expected a JSON {expected}, but it is {value!r}'
    )


def _strings(name: str, value: object) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _wrong_type(name, "list of strings", value)
    return frozenset(value)


def _number(name: str, value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise _wrong_type(name, "size", value)
    return value


def _references(words: Iterable[str] | None, store_dir: str) -> frozenset[str] | None:
    """Paths below a store path stand for it; anything else is the name of an output."""
    if words is None:
        return None
    return frozenset(
        paths.split_store_path(word, store_dir)[0] if paths.is_in_store(word, store_dir) else word
        for word in words
    )


def _plain_checks(source: _Source, store_dir: str) -> OutputChecks:
    def references(name: str) -> frozenset[str] | None:
        return _references(source.words(name), store_dir)

    return OutputChecks(
        ignores_self_references=True,
        allowed_references=references("allowedReferences"),
        allowed_requisites=references("allowedRequisites"),
        disallowed_references=references("disallowedReferences") or frozenset(),
        disallowed_requisites=references("disallowedRequisites") or frozenset(),
    )


def _structured_checks(attributes: Mapping[str, Any], store_dir: str) -> dict[str, OutputChecks]:
    by_output = attributes.get("outputChecks", {})
    if not isinstance(by_output, dict):
        raise _wrong_type("outputChecks", "object", by_output)
    checks = {}
    for output, found in by_output.items():
        where = f"outputChecks.{output}"
        if not isinstance(found, dict):
            raise _wrong_type(where, "object", found)

        def references(
            name: str, found: Mapping[str, Any] = found, where: str = where
        ) -> frozenset[str] | None:
            if name not in found:
                return None
            return _references(_strings(f"{where}.{name}", found[name]), store_dir)

        checks[output] = OutputChecks(
            max_size=_number(f"{where}.maxSize", found.get("maxSize")),
            max_closure_size=_number(f"{where}.maxClosureSize", found.get("maxClosureSize")),
            allowed_references=references("allowedReferences"),
            allowed_requisites=references("allowedRequisites"),
            disallowed_references=references("disallowedReferences") or frozenset(),
            disallowed_requisites=references("disallowedRequisites") or frozenset(),
        )
    return checks


def _discarded(attributes: Mapping[str, Any] | None) -> frozenset[str]:
    found = (attributes or {}).get("unsafeDiscardReferences", {})
    if not isinstance(found, dict) or not all(isinstance(value, bool) for value in found.values()):
        raise _wrong_type("unsafeDiscardReferences", "object of booleans", found)
    return frozenset(output for output, value in found.items() if value)


def _pass_as_file(derivation: Derivation) -> frozenset[str]:
    return frozenset(derivation.env.get("passAsFile", "").split())


def _graphs(derivation: Derivation, store_dir: str) -> dict[str, frozenset[str]]:
    structured = derivation.structured_attrs
    if structured is not None:
        found = structured.get("exportReferencesGraph")
        if not isinstance(found, dict):
            return {}
        return {
            name: _store_paths(name, sorted(set(_flatten(value))), store_dir)
            for name, value in found.items()
        }
    text = derivation.env.get("exportReferencesGraph", "")
    words = text.split()
    if len(words) % 2 != 0:
        raise BuildError(f"odd number of tokens in 'exportReferencesGraph': '{text}'")
    graphs = {}
    for name, path in zip(words[::2], words[1::2], strict=True):
        if not _FILE_NAME.fullmatch(name):
            raise BuildError(f"invalid file name '{name}' in 'exportReferencesGraph'")
        graphs[name] = _store_paths(name, [path], store_dir)
    return graphs


def _flatten(value: object) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _flatten(item)
    else:
        raise BuildError("'exportReferencesGraph' value is not an array or a string")


def _store_paths(name: str, words: Iterable[str], store_dir: str) -> frozenset[str]:
    found = set()
    for word in words:
        if not paths.is_in_store(word, store_dir):
            raise BuildError(
                f"'exportReferencesGraph' contains a non-store path '{word}' for '{name}'"
            )
        found.add(paths.split_store_path(word, store_dir)[0])
    return frozenset(found)

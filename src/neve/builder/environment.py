"""The variables and files that a builder starts with."""

import json
import math
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from neve import _core
from neve._core import Derivation
from neve.builder.options import DerivationOptions

_SHELL_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Place:
    """Facts about where a builder runs."""

    store_dir: str
    build_dir: str
    """As the builder sees it."""
    cores: int
    is_fixed: bool
    """Whether the hash of what it makes is known."""


@dataclass(slots=True)
class BuilderInput:
    """What a builder is given besides its program."""

    variables: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    """Name in the build folder → content."""


def prepare_input(
    derivation: Derivation,
    options: DerivationOptions,
    place: Place,
    graphs: Mapping[str, Any],
) -> BuilderInput:
    """Variables and files of a builder.

    `graphs` has for each entry of `exportReferencesGraph` its value: the text of the file, or with structured
    attributes a JSON value.
    """
    given = BuilderInput()
    given.variables.update(
        PATH="/path-not-set",
        HOME="/homeless-shelter",
        NIX_STORE=place.store_dir,
        NIX_BUILD_CORES=str(place.cores),
    )
    if derivation.structured_attrs is None:
        _add_plain(given, derivation, options, place)
        given.files.update(graphs)
    else:
        _add_structured(given, derivation, graphs, place)
    given.variables["NIX_BUILD_TOP"] = place.build_dir
    for name in ("TMPDIR", "TEMPDIR", "TMP", "TEMP", "PWD"):
        given.variables[name] = place.build_dir
    if place.is_fixed:
        given.variables["NIX_OUTPUT_CHECKED"] = "1"
    given.variables["NIX_LOG_FD"] = "2"
    given.variables["TERM"] = "xterm-256color"
    return given


def rewrite(text: str, replacements: Mapping[str, str]) -> str:
    """The text with placeholders and hash parts replaced."""
    for old, new in replacements.items():
        text = text.replace(old, new)
    return text


def _add_plain(
    given: BuilderInput, derivation: Derivation, options: DerivationOptions, place: Place
) -> None:
    for name, value in derivation.env.items():
        if name in options.pass_as_file:
            digest = _core.hash_bytes("sha256", name.encode(errors="surrogateescape"))
            file = f".attr-{_core.encode_nix32(digest)}"
            given.files[file] = value
            given.variables[f"{name}Path"] = f"{place.build_dir}/{file}"
        else:
            given.variables[name] = value


def _add_structured(
    given: BuilderInput, derivation: Derivation, graphs: Mapping[str, Any], place: Place
) -> None:
    attributes = dict(derivation.structured_attrs or {})
    attributes["outputs"] = {name: _core.placeholder(name) for name in derivation.outputs}
    attributes.update(graphs)
    given.files[".attrs.sh"] = shell_declarations(attributes)
    given.files[".attrs.json"] = canonical_json(attributes)
    given.variables["NIX_ATTRS_SH_FILE"] = f"{place.build_dir}/.attrs.sh"
    given.variables["NIX_ATTRS_JSON_FILE"] = f"{place.build_dir}/.attrs.json"


def canonical_json(value: object) -> str:
    """JSON with sorted keys and no spaces, the form in which builders get it."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def shell_declarations(attributes: Mapping[str, Any]) -> str:
    """Attributes as declarations for Bash, as far as its variables can hold them."""
    lines = []
    for name, value in sorted(attributes.items()):
        if not _SHELL_NAME.fullmatch(name):
            continue
        if isinstance(value, list):
            items = [_shell_word(item) for item in value]
            if None not in items:
                lines.append(f"declare -a {name}=({''.join(f'{item} ' for item in items)})\n")
        elif isinstance(value, dict):
            pairs = [(_quote(key), _shell_word(item)) for key, item in sorted(value.items())]
            if all(word is not None for _, word in pairs):
                text = "".join(f"[{key}]={word} " for key, word in pairs)
                lines.append(f"declare -A {name}=({text})\n")
        else:
            word = _shell_word(value)
            if word is not None:
                lines.append(f"declare {name}={word}\n")
    return "".join(lines)


def _shell_word(value: object) -> str | None:
    """A simple value; nothing for one that Bash cannot hold."""
    if isinstance(value, str):
        return _quote(value)
    if value is None:
        return "''"
    if isinstance(value, bool):
        return "1" if value else ""
    if isinstance(value, int | float):
        return _shell_number(value)
    return None


def _shell_number(value: float) -> str | None:
    """Whole numbers only, and as 32 bits hold them: derivations rely on what Nix made of them."""
    try:
        (rounded,) = struct.unpack("=f", struct.pack("=f", value))
    except OverflowError:
        return str(-(1 << 31))
    if math.ceil(rounded) != rounded:
        return None
    if isinstance(value, float) and abs(value) >= 1 << 31:
        return str(-(1 << 31))
    return str((int(value) + (1 << 31)) % (1 << 32) - (1 << 31))


def _quote(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"

"""The environment of a derivation's builder, as `nix develop` and `nix print-dev-env` give it to a shell.

It is found out by building a derivation with the same inputs whose builder writes down what it has.
"""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from neve import _core
from neve.builder.goals import Output
from neve.errors import NeveError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from neve.cli.building import BuildFlow

_DUMPER: Final = Path(__file__).with_name("dump-environment.sh")
_CHECKS: Final = (
    "allowedReferences",
    "allowedRequisites",
    "disallowedReferences",
    "disallowedRequisites",
)
_IGNORED: Final = frozenset(
    [
        "BASHOPTS",
        "HOME",
        "NIX_BUILD_TOP",
        "NIX_ENFORCE_PURITY",
        "NIX_LOG_FD",
        "NIX_REMOTE",
        "PPID",
        "SHELLOPTS",
        "SSL_CERT_FILE",
        "TEMP",
        "TEMPDIR",
        "TERM",
        "TMP",
        "TMPDIR",
        "TZ",
        "UID",
    ]
)
"""Variables that the user's own shell knows better."""
_NOT_KEPT: Final = frozenset(
    [
        "_",
        "DIRSTACK",
        "EUID",
        "FUNCNAME",
        "HISTCMD",
        "HOSTNAME",
        "GROUPS",
        "PIPESTATUS",
        "PWD",
        "RANDOM",
        "SHLVL",
        "SECONDS",
        "EPOCHREALTIME",
        "EPOCHSECONDS",
        "LINENO",
        "OLDPWD",
        "OPTERR",
        "OPTIND",
        "SRANDOM",
    ]
)
"""Variables that Bash sets by itself."""
_EXTENDED: Final = ("PATH", "XDG_DATA_DIRS")
"""Variables whose values before stay behind the new ones."""


@dataclass(frozen=True)
class BuildEnvironment:
    """Variables and functions of a builder."""

    variables: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Name → `type` (`exported`, `var`, `array` or `associative`) and `value`, as `--json` prints them."""
    functions: dict[str, str] = field(default_factory=dict)
    """Name → definition."""

    @classmethod
    def parse(cls, data: bytes) -> BuildEnvironment:
        """From what the builder wrote."""
        items = iter(data.decode(errors="surrogateescape").split("\0"))
        found = cls()
        for word in items:
            if word == "variable":
                name, flags, count = next(items), next(items), int(next(items))
                values = [next(items) for _ in range(count)]
                if name not in _NOT_KEPT and not name.startswith(("BASH_", "COMP_")):
                    variable = _variable(flags, values)
                    if variable is not None:
                        found.variables[name] = variable
            elif word == "function":
                name = next(items)
                found.functions[name] = next(items)
        return found

    @property
    def outputs(self) -> dict[str, str]:
        """The outputs that the builder would make: name → path."""
        listed = self.variables.get("outputs", {"type": "var", "value": "out"})
        if listed["type"] == "associative":
            return dict(listed["value"])
        names = listed["value"].split() if isinstance(listed["value"], str) else listed["value"]
        return {name: str(self.variables[name]["value"]) for name in names}

    def as_json(self) -> dict[str, Any]:
        """The object that `--json` prints."""
        bodies = {name: _body(text) for name, text in self.functions.items()}
        return {"bashFunctions": bodies, "variables": self.variables}

    def script(self, replacements: Mapping[str, str]) -> str:
        """A text for Bash that sets everything up and runs the `shellHook`, with paths replaced."""
        lines = ["unset shellHook"]
        for name in _EXTENDED:
            lines += [f"{name}=${{{name}:-}}", f'nix_saved_{name}="${name}"']
        lines += self._declarations()
        lines += [
            f'{name}="${name}${{nix_saved_{name}:+:$nix_saved_{name}}}"' for name in _EXTENDED
        ]
        lines.append('export NIX_BUILD_TOP="$(mktemp -d -t nix-shell.XXXXXX)"')
        lines += [
            f'export {name}="$NIX_BUILD_TOP"' for name in ("TMP", "TMPDIR", "TEMP", "TEMPDIR")
        ]
        lines.append('eval "${shellHook:-}"')
        text = "".join(f"{line}\n" for line in lines)
        for old, new in replacements.items():
            text = text.replace(old, new)
        return text

    def _declarations(self) -> Iterator[str]:
        for name, variable in sorted(self.variables.items()):
            if name in _IGNORED:
                continue
            value = variable["value"]
            if variable["type"] == "array":
                yield f"declare -a {name}=({' '.join(map(shlex.quote, value))})"
            elif variable["type"] == "associative":
                pairs = (f"[{shlex.quote(key)}]={shlex.quote(text)}" for key, text in value.items())
                yield f"declare -A {name}=({' '.join(pairs)})"
            else:
                yield f"{name}={shlex.quote(value)}"
                if variable["type"] == "exported":
                    yield f"export {name}"
        yield from (text for _, text in sorted(self.functions.items()))


def _variable(flags: str, values: list[str]) -> dict[str, Any] | None:
    if "A" in flags:
        return {"type": "associative", "value": dict(zip(values[::2], values[1::2], strict=True))}
    if "a" in flags:
        return {"type": "array", "value": values}
    if "r" in flags or "i" in flags:
        # Bash's own, which cannot be set.
        return None
    return {"type": "exported" if "x" in flags else "var", "value": values[0]}


def _body(definition: str) -> str:
    """What is between the outermost braces of a function."""
    return definition[definition.index("{") + 1 : definition.rindex("}")]


def find_environment(flow: BuildFlow, drv_path: str) -> tuple[BuildEnvironment, str]:
    """The environment of a derivation's builder, and the store path that holds it; raises `NeveError`."""
    store = flow.store
    derivation = store.read_derivation(drv_path)
    if os.path.basename(derivation.builder) != "bash":
        raise NeveError(
            f"'nix develop' only works on derivations that use 'bash' as their builder, not '{derivation.builder}'"
        )
    script = store.add_text("dump-environment.sh", _DUMPER.read_bytes(), [])
    value = derivation.to_json()
    value["name"] += "-env"
    value["args"] = [script]
    value["inputs"]["srcs"] = sorted({*value["inputs"]["srcs"], os.path.basename(script)})
    value["env"]["name"] = value["name"]
    for name in _CHECKS:
        value["env"].pop(name, None)
    if value.get("structuredAttrs"):
        value["structuredAttrs"].pop("outputChecks", None)
        value["structuredAttrs"]["name"] = value["name"]
    for name in value["outputs"]:
        value["outputs"][name] = {}
        value["env"][name] = ""
    changed = _core.Derivation.from_json(value, store.store_dir)
    hashes = _core.DerivationHashes(store.read_derivation, store.store_dir)
    complete = hashes.complete(changed)
    path = complete.store_path()
    references = {*complete.input_srcs, *complete.input_drvs}
    store.add_texts([(path, complete.to_aterm(), sorted(references))])
    flow.reach([Output(path, name) for name in complete.outputs])
    for output in flow.outputs.of(path).values():
        real = store.real_path(output)
        if os.path.getsize(real):
            with open(real, "rb") as file:
                return BuildEnvironment.parse(file.read()), output
    raise NeveError(f"the builder of '{path}' wrote no environment")


def output_replacements(environment: BuildEnvironment, folder: str) -> dict[str, str]:
    """Places in a folder of the user's for the outputs, which a shell must not write to."""
    return {path: os.path.join(folder, name) for name, path in environment.outputs.items() if path}

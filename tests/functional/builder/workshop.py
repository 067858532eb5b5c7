"""A store in a temporary folder in which small derivations are built for real."""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from neve._core import Derivation, DerivationHashes, placeholder
from neve.builder.building import Builder
from neve.builder.goals import Goal, Mode, Output
from neve.builder.results import Failure, Outcome, Success
from neve.builder.settings import BuildSettings
from neve.log import ActivityType, Field, Level, ResultType
from neve.store import Layout, Store

SHELL = "/bin/sh"
SYSTEM = f"{os.uname().machine}-linux"


class Notes:
    """A logger that keeps what it hears."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.started: list[str] = []
        self.lines: list[str] = []
        self.phases: list[str] = []

    def message(self, level: Level, text: str) -> None:
        if level <= Level.INFO:
            self.messages.append(text)

    def start(
        self,
        activity: int,
        kind: ActivityType,
        text: str,
        *,
        level: Level,
        fields: Sequence[Field],
        parent: int,
    ) -> None:
        del activity, level, fields, parent
        if kind in {ActivityType.BUILD, ActivityType.BUILD_WAITING}:
            self.started.append(text)

    def stop(self, activity: int) -> None:
        pass

    def result(self, activity: int, kind: ResultType, fields: Sequence[Field]) -> None:
        del activity
        if kind is ResultType.BUILD_LOG_LINE:
            self.lines.append(str(fields[0]))
        elif kind is ResultType.SET_PHASE:
            self.phases.append(str(fields[0]))


def python_mounts() -> dict[str, str]:
    """What a sandbox must show for this Python to run in it."""
    folders = [sys.base_prefix, "/usr/lib", "/usr/lib64", "/lib", "/lib64"]
    return {folder: folder for folder in folders if os.path.isdir(folder)}


PYTHON = os.path.realpath(sys.executable)


class Workshop:
    """Writes derivations to a store and builds them."""

    def __init__(self, root: Path, *, in_place: bool = False, **settings: Any) -> None:
        """`settings` are those of `BuildSettings`. With `in_place`, paths are named after where they lie."""
        self.root = root
        self.log = Notes()
        base = Layout.below(root)
        self.layout = base._replace(store_dir=base.real_store_dir) if in_place else base
        self.store = Store(self.layout, log=self.log)
        chosen = {"system": SYSTEM, "sandbox_fallback": False, "shows_logs": False, **settings}
        self.settings = BuildSettings(**chosen)
        self._hashes = DerivationHashes(self.store.read_derivation, self.layout.store_dir)

    def close(self) -> None:
        self.store.close()

    def reopen(self) -> None:
        """Gives up the temporary roots, as the end of a process does."""
        self.store.close()
        self.store = Store(self.layout, log=self.log)

    def derive(self, name: str, script: str = "", **attributes: Any) -> str:
        """Writes a derivation; its path. The script is run by the sandbox's shell.

        Of the attributes, `inputs` are derivations that are needed, `sources` store paths, `outputs` names or a mapping
        to the JSON form of outputs, `builder`, `args` and `system` what they say; all others are variables.
        """
        outputs = attributes.pop("outputs", ["out"])
        if not isinstance(outputs, Mapping):
            outputs = {output: {} for output in outputs}
        inputs: Sequence[str] = attributes.pop("inputs", ())
        value: dict[str, Any] = {
            "version": 4,
            "name": name,
            "system": attributes.pop("system", SYSTEM),
            "builder": attributes.pop("builder", SHELL),
            "args": attributes.pop("args", ["-ec", script]),
            "inputs": {
                "srcs": [os.path.basename(path) for path in attributes.pop("sources", ())],
                "drvs": {
                    os.path.basename(path): {
                        "outputs": sorted(self.store.read_derivation(path).outputs),
                        "dynamicOutputs": {},
                    }
                    for path in inputs
                },
            },
            "outputs": outputs,
            "env": {"name": name},
        }
        structured = attributes.pop("structured", None)
        if structured is not None:
            value["structuredAttrs"] = structured
            value["env"] = {}
        for output, kind in outputs.items():
            # A path that is not known yet has a placeholder.
            value["env"][output] = placeholder(output) if "hashAlgo" in kind else ""
        value["env"] |= {key: str(text) for key, text in attributes.items()}
        derivation = self._hashes.complete(Derivation.from_json(value, self.layout.store_dir))
        path = derivation.store_path()
        references = sorted({*derivation.input_drvs, *derivation.input_srcs})
        self.store.add_texts([(path, derivation.to_aterm(), references)])
        return path

    def output(self, derivation: str, name: str = "out") -> str:
        """The path that an output will have."""
        path = self.store.read_derivation(derivation).outputs[name].path
        assert path is not None
        return path

    def run(
        self, *derivations: str, mode: Mode = Mode.NORMAL, output: str = "out", **settings: Any
    ) -> dict[str, Outcome]:
        """Builds; how each ended."""
        goals: list[Goal] = [Output(derivation, output) for derivation in derivations]
        builder = Builder(self.store, replace(self.settings, **settings), log=self.log)
        outcomes = builder.run(goals, mode).outcomes
        return {goal.derivation: outcomes[goal] for goal in goals if isinstance(goal, Output)}

    def build(self, derivation: str, **options: Any) -> Path:
        """Builds a derivation, which must succeed; where its output lies on this machine."""
        outcome = self.run(derivation, **options)[derivation]
        assert isinstance(outcome, Success), outcome
        [path] = outcome.paths.values()
        return Path(self.store.real_path(path))

    def fail(self, derivation: str, **options: Any) -> Failure:
        """Builds a derivation, which must fail; how it did."""
        outcome = self.run(derivation, **options)[derivation]
        assert isinstance(outcome, Failure), outcome
        return outcome

    def leftovers(self) -> list[str]:
        """What a build left in the store's folder and in that of builds, and should not have."""
        valid = {os.path.basename(path) for path in self.store.query_all_valid_paths()}
        names = set(os.listdir(self.store.layout.real_store_dir)) - valid - {".links"}
        builds = self.store.layout.builds_dir
        if os.path.isdir(builds):
            names.update(os.listdir(builds))
        return sorted(names)

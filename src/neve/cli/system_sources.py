"""Where the configuration of a system comes from, and how its parts are evaluated and built."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from neve.cli import common
from neve.errors import NeveError, UsageError

if TYPE_CHECKING:
    from neve._core import Value
    from neve.cli.common import EvaluationArguments
    from neve.lang.session import Session

SYSTEM_FLAKE: Final = "/etc/nixos/flake.nix"
SYSTEM_FILE: Final = "/etc/nixos/system.nix"
DEFAULT_CONFIGURATION: Final = "/etc/nixos/configuration.nix"
_ENTRY_POINT: Final = "<nixpkgs/nixos>"


@dataclass(frozen=True)
class SystemSource:
    """What a system is evaluated from: a file, or a flake, and the attribute path of the system in it."""

    file: str | None
    flake: str | None
    attr_path: str

    @property
    def is_default(self) -> bool:
        """Whether it is the configuration that `<nixos-config>` names."""
        return self.file == _ENTRY_POINT

    def evaluate(self, session: Session) -> Value:
        """The system: a set with `config`, `options`, `pkgs`."""
        if self.file is not None:
            root = session.import_argument(self.file)
            return session.auto_call(session.select(root, self.attr_path))
        from neve.cli.flakes import evaluate_flake_alone

        assert self.flake is not None  # noqa: S101 - it is one or the other
        return session.select(evaluate_flake_alone(session, self.flake), self.attr_path)


def choose_source(
    *,
    file: str | None = None,
    attr_path: str | None = None,
    flake: str | None = None,
    ignores_system_flake: bool = False,
    host: str | None = None,
) -> SystemSource:
    """The source that flags name, else that of the machine; `host` is the name of the system that is wanted."""
    if flake is None and file is None and attr_path is None:
        if not ignores_system_flake and os.path.exists(SYSTEM_FLAKE):
            flake = os.path.dirname(os.path.realpath(SYSTEM_FLAKE))
        elif os.path.exists(SYSTEM_FILE):
            file = SYSTEM_FILE
        else:
            return SystemSource(_ENTRY_POINT, None, "")
    if flake is not None:
        reference, _, name = flake.partition("#")
        return SystemSource(None, reference or ".", _configuration_path(name or host))
    if file is None:
        file = "system.nix" if os.path.exists("system.nix") else "default.nix"
    return SystemSource(file, None, attr_path or "")


def _configuration_path(name: str | None) -> str:
    return f'nixosConfigurations."{name or socket.gethostname()}"'


def build_part(
    arguments: EvaluationArguments,
    source: SystemSource,
    part: str,
    *,
    out_link: str | None = None,
    is_dry_run: bool = False,
) -> str:
    """Builds an attribute of a system, such as `config.system.build.toplevel`: its path, `""` in a dry run."""
    from neve.builder.goals import Output
    from neve.cli.building import build_flow, keep

    session = common.open_session(arguments)
    drv_path = derivation_of(session, select_part(session, source, part), part)
    session.evaluator.flush()
    goal = Output(drv_path, "out")
    with build_flow(arguments) as flow:
        if is_dry_run:
            flow.announce([goal])
            return ""
        flow.reach([goal])
        path = flow.outputs.of(drv_path)["out"]
        if out_link is not None:
            keep(flow.store, path, out_link)
    return path


def instantiate_part(arguments: EvaluationArguments, source: SystemSource, part: str) -> str:
    """The path of the derivation of an attribute, which is then in the store."""
    session = common.open_session(arguments)
    path = derivation_of(session, select_part(session, source, part), part)
    session.evaluator.flush()
    return path


def select_part(session: Session, source: SystemSource, part: str) -> Value:
    """An attribute of a system."""
    return session.select(source.evaluate(session), part)


def derivation_of(session: Session, value: Value, part: str) -> str:
    """The path of a derivation; raises `NeveError` for anything else."""
    value = session.auto_call(value)
    drv_path = value.attr("drvPath") if value.type == "set" else None
    if drv_path is None:
        raise NeveError(f"'{part}' of the configuration is no derivation, so it cannot be built")
    return drv_path.coerce_to_string()


def configuration_file(session: Session) -> str:
    """The file that describes this machine; raises `NeveError` when there is none."""
    file = os.environ.get("NIXOS_CONFIG") or _looked_up(session) or DEFAULT_CONFIGURATION
    if os.path.isdir(file):
        file = os.path.join(file, "default.nix")
    if not os.path.exists(file):
        raise UsageError(
            f"there is no configuration at '{file}'; name one with -I nixos-config=FILE, or make one with "
            "nixos-generate-config"
        )
    return file


def _looked_up(session: Session) -> str | None:
    try:
        return session.evaluator.find_file("nixos-config")
    except NeveError:
        return None

"""What a test consists of, as the wrapper's configuration file or the flags say it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from test_driver.errors import ConfigurationError

DEFAULT_TIMEOUT_SECONDS: Final = 3600
_NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9_]")


@dataclass(frozen=True, slots=True)
class MachineConfiguration:
    """A machine: its name in the network, and what starts it."""

    name: str
    start_script: str
    host_name: str = ""
    """Scripts may call it by this name, too, if no other machine has it."""


@dataclass(frozen=True)
class Configuration:
    """A test."""

    machines: tuple[MachineConfiguration, ...] = ()
    """In the order of their names."""
    vlans: tuple[int, ...] = ()
    global_timeout: int = DEFAULT_TIMEOUT_SECONDS
    """Seconds."""
    test_script: Path | None = None
    name: str = "test"
    enable_ssh_backdoor: bool = False
    vsock_cids: dict[str, int] = field(default_factory=dict)
    """By machine, with the ssh backdoor: the address of its virtual socket."""

    @classmethod
    def from_json(cls, path: Path) -> Configuration:
        """Read the file that the wrapper names with `--config`; raises `ConfigurationError`."""
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            return cls._from_data(data)
        except OSError as error:
            raise ConfigurationError(f"cannot read {path}: {error.strerror}") from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ConfigurationError(
                f"{path} is not the configuration of a test: {error!r}"
            ) from error

    @classmethod
    def _from_data(cls, data: dict[str, Any]) -> Configuration:
        if data.get("containers"):
            raise ConfigurationError("this driver runs virtual machines only, no containers")
        machines = tuple(
            MachineConfiguration(vm["name"], vm["start_script"], vm.get("host_name", ""))
            for _, vm in sorted(data["vms"].items())
        )
        return cls(
            machines=machines,
            vlans=tuple(int(nr) for nr in data["vlans"]),
            global_timeout=int(data.get("global_timeout", DEFAULT_TIMEOUT_SECONDS)),
            test_script=Path(data["test_script"]),
            name=str(data.get("name", "test")),
            enable_ssh_backdoor=bool(data.get("enable_ssh_backdoor", False)),
            vsock_cids={name: int(cid) for name, cid in data.get("vsock_cids", {}).items()},
        )


def identifier(name: str) -> str:
    """The Python name for the machine `name`."""
    cleaned = _NOT_IN_NAMES.sub("_", name)
    return cleaned if cleaned[:1].isalpha() or cleaned[:1] == "_" else f"_{cleaned[1:]}"

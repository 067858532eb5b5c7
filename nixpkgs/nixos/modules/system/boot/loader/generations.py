"""The generations of the system that a boot loader offers."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_SYSTEM_PROFILES: Final = Path("/nix/var/nix/profiles")
_BOOTSPEC: Final = "org.nixos.bootspec.v1"
_VARIANTS: Final = "org.nixos.specialisation.v1"


@dataclass(frozen=True)
class Bootable:
    """What a kernel is started with; `variant` is the specialisation's name."""

    kernel: str
    params: tuple[str, ...]
    initrd: str | None
    secrets: str | None
    toplevel: str
    label: str
    variant: str | None = None

    @classmethod
    def parse(cls, document: dict[str, Any], variant: str | None = None) -> Bootable:
        """Read the document of one system in boot.json; raises `KeyError` if it is none."""
        spec = document[_BOOTSPEC]
        return cls(
            kernel=spec["kernel"],
            params=(f"init={spec['init']}", *spec["kernelParams"]),
            initrd=spec.get("initrd"),
            secrets=spec.get("initrdSecrets"),
            toplevel=spec["toplevel"],
            label=spec["label"],
            variant=variant,
        )


@dataclass(frozen=True)
class Generation:
    """A generation of a profile, with its system and that system's specialisations."""

    profile: str | None
    number: int
    built: datetime
    systems: tuple[Bootable, ...]


def read_system(toplevel: Path) -> tuple[Bootable, ...]:
    """The system and its specialisations; raises `OSError`, `ValueError` or `KeyError` if it cannot be booted."""
    document = json.loads((toplevel / "boot.json").read_text())
    variants = document.get(_VARIANTS, {})
    children = (Bootable.parse(variants[name], name) for name in sorted(variants))
    return (Bootable.parse(document), *children)


def generations(limit: int | None, root: Path = _SYSTEM_PROFILES) -> Iterator[Generation | str]:
    """The newest `limit` generations of each profile, or a warning in place of one that cannot be booted."""
    named = root / "system-profiles"
    names = (
        {path.name.rsplit("-", 2)[0] for path in named.glob("*-*-link")}
        if named.is_dir()
        else set()
    )
    yield from _of_profile(root / "system", None, limit)
    for name in sorted(names):
        yield from _of_profile(named / name, name, limit)


def _of_profile(profile: Path, name: str | None, limit: int | None) -> Iterator[Generation | str]:
    pattern = re.compile(rf"{re.escape(profile.name)}-(\d+)-link")
    found = {}
    if profile.parent.is_dir():
        for path in profile.parent.iterdir():
            match = pattern.fullmatch(path.name)
            if match is not None:
                found[int(match[1])] = path
    for number in sorted(found, reverse=True)[:limit]:
        link = found[number]
        try:
            systems = read_system(link.resolve())
            built = datetime.fromtimestamp(link.lstat().st_mtime, tz=UTC)
        except (OSError, ValueError, KeyError) as error:
            yield f"{link} cannot be booted and is left out: {error}"
            continue
        yield Generation(name, number, built, systems)

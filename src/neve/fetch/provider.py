"""Which addresses mean nixpkgs: with `nixpkgs-provider = embedded`, Neve's own package set answers them."""

from __future__ import annotations

import re
from typing import Final

_PATTERNS: Final = (
    # Channels: https://channels.nixos.org/nixos-23.11/nixexprs.tar.xz and the older host's form.
    re.compile(r"https?://channels\.nixos\.org/(nixos-[^/]+|nixpkgs(-[^/]+)?)/nixexprs\.tar\.xz"),
    re.compile(r"https?://(www\.)?nixos\.org/channels/(nixos|nixpkgs)-[^/]+(/nixexprs\.tar\.\w+)?"),
    # Archives of branches, tags and commits.
    re.compile(
        r"https?://(www\.)?github\.com/nixos/nixpkgs/(archive|tarball|zipball)/.+", re.IGNORECASE
    ),
    re.compile(
        r"https?://codeload\.github\.com/nixos/nixpkgs/(legacy\.)?(tar\.gz|zip)/.+", re.IGNORECASE
    ),
    re.compile(
        r"https?://api\.github\.com/repos/nixos/nixpkgs/(tarball|zipball)(/.+)?", re.IGNORECASE
    ),
    re.compile(r"flake:nixpkgs(/.*)?"),
    re.compile(r"github:nixos/nixpkgs(/.*|\?.*)?", re.IGNORECASE),
)


def stands_for_nixpkgs(address: str) -> bool:
    """Whether an address is one of nixpkgs or its channels, at whatever version."""
    return any(pattern.fullmatch(address) for pattern in _PATTERNS)

"""Where `<name>` is looked up: `-I`, `NIX_PATH` or the setting `nix-path`, and the channels."""

from __future__ import annotations

import os

from neve.settings import home_dir, state_dir

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Final

    from neve.settings import Settings


EMBEDDED: Final = "nixpkgs=channel:nixpkgs"
"""No channel of upstream has this name, so it can stand for Neve's own package set."""


def lookup_path(settings: Settings, includes: Iterable[str] = ()) -> list[tuple[str, str]]:
    """The entries in the order in which they are tried, each (prefix, value); prefix may be empty.

    Pure evaluation has none, restricted evaluation no channels. Where neither `NIX_PATH` is set nor an entry says what
    `<nixpkgs>` is, Neve's own package set is, with the setting `nixpkgs-provider` at `embedded`.
    """
    if settings.flag("pure-eval"):
        return []
    entries = list(includes)
    variable = settings.environment.get("NIX_PATH")
    # The variable hides what configuration files say, a flag hides the variable.
    if variable is not None and not settings.is_set("nix-path"):
        entries += split_lookup_path(variable)
    else:
        entries += settings.words("nix-path")
    if not settings.flag("restrict-eval"):
        entries += channel_entries(settings)
        if variable is None and settings.text("nixpkgs-provider") == "embedded":
            entries += _missing_nixpkgs(entries)
    return [_split_entry(entry) for entry in entries]


def _missing_nixpkgs(entries: Iterable[str]) -> list[str]:
    return [] if any(entry.startswith("nixpkgs=") for entry in entries) else [EMBEDDED]


def channel_entries(settings: Settings) -> list[str]:
    """The channels of the user and of the system, as far as they exist."""
    environment = settings.environment
    home = home_dir(environment)
    if settings.flag("use-xdg-base-directories"):
        state = environment.get("NIX_STATE_HOME")
        if state is None:
            state = (environment.get("XDG_STATE_HOME") or f"{home}/.local/state") + "/nix"
        expressions = f"{state}/defexpr"
    else:
        expressions = f"{home}/.nix-defexpr"
    channels = f"{state_dir(environment)}/profiles/per-user/root/channels"
    candidates = (
        ("", f"{expressions}/channels"),
        ("nixpkgs=", f"{channels}/nixpkgs"),
        ("", channels),
    )
    return [prefix + path for prefix, path in candidates if os.path.exists(path)]


def _split_entry(entry: str) -> tuple[str, str]:
    prefix, separator, value = entry.partition("=")
    return (prefix, value) if separator else ("", entry)


def split_lookup_path(text: str) -> list[str]:
    """The entries of `NIX_PATH`: `:` separates, except inside `scheme://…`, `channel:…` and `flake:…`."""
    entries: list[str] = []
    start = 0
    while start < len(text):
        colon = text.find(":", start)
        if colon == -1:
            entries.append(text[start:])
            break
        value = start + text[start:colon].rfind("=") + 1
        if is_pseudo_url(text[value:]) or text.startswith("flake:", value):
            colon = text.find(":", colon + 1)
            if colon == -1:
                colon = len(text)
        entries.append(text[start:colon])
        start = colon + 1
    return entries


def is_pseudo_url(text: str) -> bool:
    """Whether a path argument is fetched rather than read: `channel:NAME` or an address."""
    if text.startswith("channel:"):
        return True
    scheme, separator, _ = text.partition("://")
    return bool(separator) and scheme in {"http", "https", "file", "channel", "git", "s3", "ssh"}

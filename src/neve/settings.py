"""The settings in force: `nix.conf` files, `NIX_CONFIG`, command line flags, and defaults.

Read in this order, later values win: `nix.conf` in `NIX_CONF_DIR` (`/etc/nix`), the user's files
(`NIX_USER_CONF_FILES`, or `nix/nix.conf` below the XDG folders, last one first), `NIX_CONFIG`, flags.
Which settings there are is a table of its own, `neve.settings_table`.

    settings = Settings.load(os.environ)
    settings.set("max-jobs", "auto")
    settings.number("max-jobs")
"""

from __future__ import annotations

import os

from neve.errors import UsageError
from neve.settings_table import FEATURES, TABLE, Setting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Final

    Parsed = bool | int | str | list[str] | dict[str, str] | None
    Warn = Callable[[str], object]

APPENDABLE: Final = frozenset({"words", "set", "map", "mounts", "features"})
"""Kinds that `extra-<name>` adds to."""

_TRUE = frozenset({"true", "yes", "1"})
_FALSE = frozenset({"false", "no", "0"})
_UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_ALIASES: Final = {alias: name for name, row in TABLE.items() for alias in row.aliases}
_FEATURE_SETTINGS = ("experimental-features", "extra-experimental-features")


class Settings:
    """Values by setting name; a name that was not set has its default.

    The accessors are named after what they return. All raise `KeyError` for a name that is no setting, which is a
    mistake in the caller; what a user may get wrong goes through `set`, which raises `UsageError`.
    """

    __slots__ = ("_unknown", "_values", "_warn", "environment")

    def __init__(self, environment: Mapping[str, str], *, warn: Warn | None = None) -> None:
        self.environment: Final = environment
        self._values: Final[dict[str, Parsed]] = {}
        self._unknown: Final[set[str]] = set()
        self._warn: Final = _warn_on_terminal if warn is None else warn

    @classmethod
    def load(cls, environment: Mapping[str, str], *, warn: Warn | None = None) -> Settings:
        """What files and environment say; raises `UsageError` for a line that is no setting."""
        settings = cls(environment, warn=warn)
        for file in (
            f"{configuration_dir(environment)}/nix.conf",
            *reversed(user_files(environment)),
        ):
            settings.apply_file(file)
        if text := environment.get("NIX_CONFIG"):
            settings.apply(text, "NIX_CONFIG")
        return settings

    def apply_file(self, file: str) -> None:
        """Applies a file; one that cannot be read is passed over."""
        try:
            with open(file, encoding="utf-8", errors="surrogateescape") as stream:
                text = stream.read()
        except OSError:
            return
        self.apply(text, file)

    def apply(self, text: str, origin: str) -> None:
        """Applies the lines of a configuration; `origin` names it in errors and anchors its includes."""
        lines = list(parse_lines(text, origin))
        # Whether another line counts may depend on the features, wherever they are enabled.
        lines.sort(key=lambda line: line[0] not in _FEATURE_SETTINGS)
        for name, value in lines:
            if name in {"nix-path", "extra-nix-path"} and "NIX_PATH" in self.environment:
                continue
            self.set(name, value)

    def set(self, name: str, value: str) -> bool:
        """Sets a setting, an alias of one, or adds to one (`extra-<name>`); false for an unknown name.

        Unknown names are remembered for `warn_unknown`. Raises `UsageError` for a value of the wrong kind.
        """
        found = find_setting(name)
        if found is None:
            self._unknown.add(name)
            return False
        canonical, row, is_addition = found
        if row.feature is not None and not self.has_feature(row.feature):
            self._warn(
                f"Ignoring setting '{canonical}' because experimental feature '{row.feature}' is not enabled"
            )
            return True
        parsed = self._parse(canonical, row, value)
        if is_addition:
            parsed = _add(row, self._get(canonical), parsed)
        self._values[canonical] = parsed
        if row.always is not None and parsed != self._parse(canonical, row, row.always):
            self._warn(f"setting '{canonical}' has no effect: {row.idle}")
        if canonical == "warn-short-path-literals":
            self._redirect_short_path_literals()
        return True

    def warn_unknown(self) -> None:
        """Warns of each name that was set but is no setting."""
        for name in sorted(self._unknown):
            self._warn(f"unknown setting '{name}'")
        self._unknown.clear()

    def is_set(self, name: str) -> bool:
        """Whether the value is another than the default's."""
        return name in self._values

    def has_feature(self, feature: str) -> bool:
        """Whether an experimental feature is enabled."""
        return feature in self.words("experimental-features")

    def flag(self, name: str) -> bool:
        """A setting of kind `bool`."""
        value = self._get(name)
        if not isinstance(value, bool):
            raise _wrong_kind(name)
        return value

    def number(self, name: str) -> int:
        """A setting of kind `int` or `jobs`."""
        value = self._get(name)
        if not isinstance(value, int):
            raise _wrong_kind(name)
        return value

    def text(self, name: str) -> str:
        """A setting of kind `text` or `path`, or the word that was chosen; an optional path that is none is empty."""
        value = self._get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise _wrong_kind(name)
        return value

    def words(self, name: str) -> list[str]:
        """A setting that is a list or a set (sorted) of words."""
        value = self._get(name)
        if not isinstance(value, list):
            raise _wrong_kind(name)
        return value

    def mapping(self, name: str) -> dict[str, str]:
        """A setting of kind `map` or `mounts` (a source that may be missing ends in `?`)."""
        value = self._get(name)
        if not isinstance(value, dict):
            raise _wrong_kind(name)
        return value

    def show(self, name: str) -> str:
        """The value as it would stand in `nix.conf`."""
        return render(TABLE[name], self._get(name))

    def to_configuration(self) -> str:
        """All that differs from the defaults as lines of `nix.conf`, for a program started with these settings."""
        return "".join(f"{name} = {self.show(name)}\n" for name in sorted(self._values))

    def default(self, name: str) -> Parsed:
        """What the setting is when nobody sets it."""
        row = TABLE[name]
        text = row.default if row.default is not None else _COMPUTED[name](self)
        return self._parse(name, row, text)

    def value(self, name: str) -> Parsed:
        """The value, whatever its kind."""
        return self._get(name)

    def _get(self, name: str) -> Parsed:
        values = self._values
        if name not in values:
            return self.default(name)
        return values[name]

    def _parse(self, name: str, row: Setting, text: str) -> Parsed:
        if row.kind == "features":
            return _parse_features(text, self._warn)
        parse = _PARSERS.get(row.kind)
        if parse is not None:
            return parse(name, text)
        if text in row.kind.split("|"):
            return text
        choices = ", ".join(f"'{choice}'" for choice in row.kind.split("|"))
        raise UsageError(f"option '{name}' has invalid value '{text}' (expected one of {choices})")

    def _redirect_short_path_literals(self) -> None:
        level = "warn" if self._values["warn-short-path-literals"] else "ignore"
        self._warn(
            f"'warn-short-path-literals' is deprecated, use 'lint-short-path-literals = {level}' instead"
        )
        self._values.setdefault("lint-short-path-literals", level)


def find_setting(name: str) -> tuple[str, Setting, bool] | None:
    """The setting that a name or alias stands for: (its name, its row, whether the name begins with `extra-`)."""
    canonical = _ALIASES.get(name, name)
    if canonical in TABLE:
        return canonical, TABLE[canonical], False
    if name.startswith("extra-"):
        base = name.removeprefix("extra-")
        canonical = _ALIASES.get(base, base)
        row = TABLE.get(canonical)
        if row is not None and row.kind in APPENDABLE:
            return canonical, row, True
    return None


def parse_lines(text: str, origin: str) -> Iterable[tuple[str, str]]:
    """The (name, value) pairs of a configuration, those of included files among them."""
    for line in text.split("\n"):
        content = line.partition("#")[0]
        words = content.split()
        if not words:
            continue
        if words[0] in {"include", "!include"}:
            if len(words) != 2:
                raise UsageError(f"syntax error in configuration line '{content}' in \"{origin}\"")
            yield from _include(words[1], origin, must_exist=words[0] == "include")
        elif len(words) >= 2 and words[1] == "=":
            yield words[0], " ".join(words[2:])
        else:
            raise UsageError(f"syntax error in configuration line '{content}' in \"{origin}\"")


def _include(name: str, origin: str, *, must_exist: bool) -> Iterable[tuple[str, str]]:
    file = os.path.normpath(os.path.join(os.path.dirname(origin), name))
    try:
        with open(file, encoding="utf-8", errors="surrogateescape") as stream:
            text = stream.read()
    except FileNotFoundError:
        if must_exist:
            raise UsageError(f'file "{file}" included from "{origin}" not found') from None
        return
    except OSError:
        return
    yield from parse_lines(text, file)


def render(row: Setting, value: Parsed) -> str:
    """A value in the notation of `nix.conf`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return ""
    if isinstance(value, list):
        return " ".join(value)
    if not isinstance(value, dict):
        return str(value)
    if row.kind == "map":
        return " ".join(f"{name}={text}" for name, text in sorted(value.items()))
    return " ".join(
        source if source.removesuffix("?") == target else f"{target}={source}"
        for target, source in sorted(value.items())
    )


def configuration_dir(environment: Mapping[str, str]) -> str:
    """The folder of the system's `nix.conf`."""
    return os.path.normpath(environment.get("NIX_CONF_DIR") or "/etc/nix")


def home_dir(environment: Mapping[str, str]) -> str:
    """The user's home folder."""
    home = environment.get("HOME")
    if home:
        return home
    import pwd

    return pwd.getpwuid(os.geteuid()).pw_dir


def user_files(environment: Mapping[str, str]) -> list[str]:
    """The user's configuration files, the strongest first."""
    if "NIX_USER_CONF_FILES" in environment:
        return [file for file in environment["NIX_USER_CONF_FILES"].split(":") if file]
    shared = environment.get("XDG_CONFIG_DIRS") or "/etc/xdg"
    return [
        f"{user_configuration_dir(environment)}/nix.conf",
        *(f"{folder}/nix/nix.conf" for folder in shared.split(":") if folder),
    ]


def user_configuration_dir(environment: Mapping[str, str]) -> str:
    """The folder of the user's own configuration files."""
    own = environment.get("NIX_CONFIG_HOME")
    if own is not None:
        return own
    return (environment.get("XDG_CONFIG_HOME") or f"{home_dir(environment)}/.config") + "/nix"


def state_dir(environment: Mapping[str, str]) -> str:
    """The folder of the system's Nix state: profiles, database, roots."""
    return os.path.normpath(environment.get("NIX_STATE_DIR") or "/nix/var/nix")


def _wrong_kind(name: str) -> TypeError:
    return TypeError(f"the setting '{name}' is of kind '{TABLE[name].kind}'")


def _warn_on_terminal(message: str) -> None:
    from neve import terminal

    terminal.warn(message)


def _add(row: Setting, old: Parsed, new: Parsed) -> Parsed:
    if isinstance(old, dict) and isinstance(new, dict):
        return {**new, **old}
    if isinstance(old, list) and isinstance(new, list):
        # The order of a list means something, and so may a repeated word.
        return old + new if row.kind == "words" else sorted({*old, *new})
    raise TypeError(row.kind)


def _parse_bool(name: str, text: str) -> Parsed:
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise UsageError(f"Boolean setting '{name}' has invalid value '{text}'")


def _parse_int(name: str, text: str) -> Parsed:
    unit = _UNITS.get(text[-1:].upper())
    digits = text[:-1] if unit else text
    if not (digits.isascii() and digits.isdigit()):
        raise UsageError(f"setting '{name}' has invalid value '{text}'")
    return int(digits) * (unit or 1)


def _parse_jobs(name: str, text: str) -> Parsed:
    if text == "auto":
        return os.cpu_count() or 1
    if not (text.isascii() and text.isdigit()):
        raise UsageError(f"configuration setting '{name}' should be 'auto' or an integer")
    return int(text)


def _parse_text(_name: str, text: str) -> Parsed:
    return text


def _parse_path(name: str, text: str) -> Parsed:
    if not text:
        raise UsageError(f"setting '{name}' is a path and paths cannot be empty")
    return text


def _parse_optional_path(name: str, text: str) -> Parsed:
    if not text:
        return None
    if not text.startswith("/"):
        raise UsageError(f"setting '{name}' has '{text}', which is not an absolute path")
    return os.path.normpath(text)


def _parse_words(_name: str, text: str) -> Parsed:
    return text.split()


def _parse_set(_name: str, text: str) -> Parsed:
    return sorted(set(text.split()))


def _parse_map(_name: str, text: str) -> Parsed:
    pairs = (word.partition("=") for word in text.split())
    return {key: value for key, separator, value in pairs if separator}


def _parse_mounts(_name: str, text: str) -> Parsed:
    mounts: dict[str, str] = {}
    for word in sorted(set(text.split())):
        inside, separator, outside = word.partition("=")
        mounts[inside if separator else word.removesuffix("?")] = outside if separator else word
    return mounts


def _parse_json(name: str, text: str) -> Parsed:
    import json

    try:
        json.loads(text)
    except ValueError as error:
        raise UsageError(f"parsing setting '{name}': {error}") from None
    return text


def _parse_features(text: str, warn: Warn) -> Parsed:
    features = set()
    for word in text.split():
        if word in FEATURES:
            features.add(word)
        elif word == "no-url-literals":
            warn(
                f"experimental feature '{word}' has been stabilized and renamed; "
                "use 'lint-url-literals = fatal' setting instead"
            )
        else:
            warn(f"unknown experimental feature '{word}'")
    if "flakes" in features:
        features.add("fetch-tree")
    return sorted(features)


_PARSERS: Final[Mapping[str, Callable[[str, str], Parsed]]] = {
    "bool": _parse_bool,
    "int": _parse_int,
    "jobs": _parse_jobs,
    "text": _parse_text,
    "path": _parse_path,
    "path?": _parse_optional_path,
    "words": _parse_words,
    "set": _parse_set,
    "map": _parse_map,
    "mounts": _parse_mounts,
    "json": _parse_json,
}


def _default_builders(settings: Settings) -> str:
    systems = settings.environment.get("NIX_REMOTE_SYSTEMS")
    if systems is not None:
        return "\n".join(f"@{file}" for file in systems.split(":") if file)
    return f"@{configuration_dir(settings.environment)}/machines"


def _default_certificates(settings: Settings) -> str:
    for variable in ("NIX_SSL_CERT_FILE", "SSL_CERT_FILE"):
        if file := settings.environment.get(variable):
            return file
    candidates = (
        "/etc/ssl/certs/ca-certificates.crt",
        "/nix/var/nix/profiles/default/etc/ssl/certs/ca-bundle.crt",
    )
    return next((file for file in candidates if os.path.exists(file)), "")


def _default_system(_settings: Settings) -> str:
    machine = os.uname().machine
    return f"{'i686' if machine in {'i386', 'i486', 'i586'} else machine}-linux"


def _default_platforms(_settings: Settings) -> str:
    if os.uname().machine != "x86_64":
        return ""
    from neve.processor import microarchitecture_levels

    return " ".join(["i686-linux", *(f"{level}-linux" for level in microarchitecture_levels())])


def _default_features(settings: Settings) -> str:
    from neve.processor import can_run_guests, probed_guests

    has_kvm = os.access("/dev/kvm", os.R_OK | os.W_OK) and probed_guests(settings.environment)
    if has_kvm is None:
        has_kvm = can_run_guests(os.uname().machine)
    # Not `uid-range`: builders get one user each.
    return "benchmark big-parallel nixos-test" + (" kvm" if has_kvm else "")


def _truth(value: bool) -> str:  # noqa: FBT001 - a conversion has nothing but its value
    return "true" if value else "false"


_COMPUTED: Final[Mapping[str, Callable[[Settings], str]]] = {
    "abort-on-warn": lambda s: _truth(s.environment.get("NIX_ABORT_ON_WARN") in _TRUE),
    "allow-symlinked-store": lambda s: _truth(s.environment.get("NIX_IGNORE_SYMLINK_STORE") == "1"),
    "build-users-group": lambda _: "nixbld" if os.geteuid() == 0 else "",
    "builders": _default_builders,
    "extra-platforms": _default_platforms,
    "netrc-file": lambda s: f"{configuration_dir(s.environment)}/netrc",
    "require-drop-supplementary-groups": lambda _: _truth(os.geteuid() == 0),
    "ssl-cert-file": _default_certificates,
    "store": lambda s: s.environment.get("NIX_REMOTE") or "auto",
    "system": _default_system,
    "system-features": _default_features,
}

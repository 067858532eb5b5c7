"""Every setting of `nix.conf`: kind, default, meaning. Data only; `neve.settings` gives it behaviour.

Names, kinds, defaults and aliases are those of Nix 2.34, so that one `nix.conf` serves both; `nixpkgs-provider` is
Neve's own.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final


class Setting:
    """One row of the table.

    `kind` is one of `bool`, `int` (K, M, G and T multiply by 1024), `jobs` (an int or `auto`), `text`, `path` (not
    empty), `path?` (absolute, or empty for none), `words` (a list), `set` (sorted words), `map` (`name=value` words),
    `mounts` (`inside=outside?` words), `features`, `json`, or a choice written `one|two`.
    `default` is text as in `nix.conf`, or `None` where `neve.settings` works it out from the machine.
    `idle` says why a setting changes nothing here. With `always`, Neve does what that value asks for, and whoever sets
    another one is told; without it nobody misses anything.
    """

    __slots__ = ("aliases", "always", "default", "feature", "idle", "kind", "meaning")

    def __init__(
        self,
        kind: str,
        default: str | None,
        meaning: str,
        aliases: tuple[str, ...] = (),
        *,
        feature: str | None = None,
        idle: str | None = None,
        always: str | None = None,
    ) -> None:
        self.kind = kind
        self.default = default
        self.meaning = meaning
        self.aliases = aliases
        self.feature = feature
        self.idle = idle
        self.always = always


FEATURES: Final = (
    "auto-allocate-uids",
    "blake3-hashes",
    "ca-derivations",
    "cgroups",
    "configurable-impure-env",
    "daemon-trust-override",
    "dynamic-derivations",
    "external-builders",
    "fetch-closure",
    "fetch-tree",
    "flakes",
    "git-hashing",
    "impure-derivations",
    "local-overlay-store",
    "mounted-ssh-store",
    "nix-command",
    "parse-toml-timestamps",
    "pipe-operators",
    "read-only-local-store",
    "recursive-nix",
    "verified-fetches",
)
"""The experimental features that `experimental-features` may name."""

DIAGNOSE: Final = "ignore|warn|fatal"

_S = Setting

_NO_DAEMON: Final = "there is no daemon: whoever may write the store does"
_NO_TUNING: Final = "memory is bounded by other means"
_ONE_MACHINE: Final = "builds run on this machine only"
_NO_PROFILER: Final = "the evaluator has no profiler"

EVALUATION: Final = {
    "abort-on-warn": _S("bool", None, "`builtins.warn` ends the evaluation with an error."),
    "allow-import-from-derivation": _S(
        "bool", "true", "Evaluation may build derivations whose output it imports or reads."
    ),
    "allow-unsafe-native-code-during-evaluation": _S(
        "bool",
        "false",
        "Expressions may run native code with `builtins.exec`.",
        idle="there is no such builtin",
        always="false",
    ),
    "allowed-uris": _S("words", "", "What restricted evaluation may fetch: URIs and those below."),
    "debugger-on-trace": _S("bool", "false", "With --debugger, `builtins.trace` stops there."),
    "debugger-on-warn": _S("bool", "false", "With --debugger, `builtins.warn` stops there."),
    "eval-attrset-update-layer-rhs-threshold": _S(
        "int",
        "16",
        "Right sides of `//` up to this size may be layered instead of copied.",
        idle="sets are copied",
    ),
    "eval-cache": _S(
        "bool",
        "true",
        "Remember what flakes evaluate to between commands.",
        idle="flakes are evaluated anew, which gives the same results",
    ),
    "eval-profile-file": _S(
        "path", "nix.profile", "Where an evaluation profile is written.", idle=_NO_PROFILER
    ),
    "eval-profiler": _S(
        "disabled|flamegraph",
        "disabled",
        "Sample the evaluator's call stack.",
        idle=_NO_PROFILER,
        always="disabled",
    ),
    "eval-profiler-frequency": _S(
        "int", "99", "Samples a second; 0 samples every call.", idle=_NO_PROFILER
    ),
    "eval-system": _S("text", "", "`builtins.currentSystem`, when it differs from `system`."),
    "ignore-try": _S("bool", "false", "With --debugger, errors inside `tryEval` do not stop."),
    "lint-absolute-path-literals": _S(DIAGNOSE, "ignore", "What to do about paths like `/a/b`."),
    "lint-short-path-literals": _S(DIAGNOSE, "ignore", "What to do about paths like `a/b`."),
    "lint-url-literals": _S(DIAGNOSE, "ignore", "What to do about unquoted URLs."),
    "max-call-depth": _S("int", "10000", "How deep function calls may nest."),
    "nix-path": _S("words", "", "Where `<name>` is looked up: `prefix=path` or `path`."),
    "nixpkgs-provider": _S(
        "embedded|upstream",
        "embedded",
        "What addresses of nixpkgs without a hash stand for: Neve's own package set, or what they name.",
    ),
    "pure-eval": _S("bool", "false", "The result depends on the declared inputs alone."),
    "restrict-eval": _S("bool", "false", "Only the lookup path and `allowed-uris` can be read."),
    "trace-function-calls": _S(
        "bool",
        "false",
        "Print each function call as it begins and ends, with the time in nanoseconds.",
    ),
    "trace-import-from-derivation": _S(
        "bool", "false", "Warn when evaluation has to build something."
    ),
    "trace-verbose": _S("bool", "false", "`builtins.traceVerbose` prints."),
    "warn-short-path-literals": _S("bool", "false", "Old way to set `lint-short-path-literals`."),
}

BUILDING: Final = {
    "allow-new-privileges": _S("bool", "false", "Builders may run setuid programs."),
    "allowed-impure-host-deps": _S("set", "", "Host folders that derivations may ask for."),
    "auto-allocate-uids": _S(
        "bool", "false", "Take build users from a range of ids.", feature="auto-allocate-uids"
    ),
    "build-dir": _S("path?", "", "Where builders work; empty is `builds` in the state folder."),
    "build-hook": _S(
        "words",
        "nix __build-remote",
        "The program that builds on other machines.",
        idle=_ONE_MACHINE,
    ),
    "build-poll-interval": _S("int", "5", "Seconds between two looks at a lock."),
    "build-users-group": _S("text", None, "The group whose members builders run as."),
    "builders": _S(
        "text",
        None,
        "Other machines that build, or `@` and a file that lists them.",
        idle=_ONE_MACHINE,
        always="",
    ),
    "builders-use-substitutes": _S(
        "bool", "false", "Those machines use their own caches.", idle=_ONE_MACHINE
    ),
    "cores": _S("int", "0", "Cores that one builder should use; 0 is all.", ("build-cores",)),
    "diff-hook": _S("path?", "", "Shows how two results of a build differ."),
    "external-builders": _S(
        "json", "[]", "Programs that build for other systems.", idle=_ONE_MACHINE, always="[]"
    ),
    "extra-platforms": _S("set", None, "Further system types that can be built here."),
    "fallback": _S("bool", "false", "Build when a download fails.", ("build-fallback",)),
    "filter-syscalls": _S("bool", "true", "Builders cannot set file privileges or attributes."),
    "id-count": _S("int", "8388608", "How many ids `auto-allocate-uids` may use."),
    "ignored-acls": _S(
        "set",
        "security.csm security.selinux system.nfs4_acl",
        "Access control attributes that are left on store objects.",
    ),
    "impersonate-linux-26": _S(
        "bool", "false", "Builders see Linux 2.6.", ("build-impersonate-linux-26",)
    ),
    "impure-env": _S(
        "map", "", "Variables for `impureEnvVars`.", feature="configurable-impure-env"
    ),
    "keep-failed": _S("bool", "false", "Leave the working folder of a failed build."),
    "keep-going": _S("bool", "false", "Build what can still be built after a failure."),
    "log-lines": _S("int", "25", "Last lines of a build log to show when the build fails."),
    "max-build-log-size": _S(
        "int", "0", "Bytes of output that end a build; 0 is no limit.", ("build-max-log-size",)
    ),
    "max-jobs": _S("jobs", "1", "Builds at a time on this machine.", ("build-max-jobs",)),
    "max-silent-time": _S(
        "int", "0", "Seconds without output that end a build.", ("build-max-silent-time",)
    ),
    "post-build-hook": _S("text", "", "A program to run after each build."),
    "pre-build-hook": _S("text", "", "A program that changes settings of each build."),
    "require-drop-supplementary-groups": _S(
        "bool", None, "A sandbox that cannot drop groups is an error."
    ),
    "run-diff-hook": _S("bool", "false", "Run `diff-hook` when a result differs."),
    "sandbox": _S(
        "true|relaxed|false",
        "true",
        "Builders see only their inputs; `relaxed` lets derivations ask for less.",
        ("build-use-chroot", "build-use-sandbox"),
    ),
    "sandbox-build-dir": _S("path", "/build", "The working folder as a sandboxed builder sees it."),
    "sandbox-dev-shm-size": _S("text", "50%", "Size of `/dev/shm` in a sandbox."),
    "sandbox-fallback": _S("bool", "true", "Build without a sandbox where none can be made."),
    "sandbox-paths": _S(
        "mounts",
        "",
        "Files of the host that builders see.",
        ("build-chroot-dirs", "build-sandbox-paths"),
    ),
    "start-id": _S("int", "872415232", "The first id that `auto-allocate-uids` may use."),
    "system": _S("text", None, "The system type that is built here."),
    "system-features": _S("set", None, "What derivations may require of this machine."),
    "timeout": _S("int", "0", "Seconds after which a build is ended.", ("build-timeout",)),
    "use-cgroups": _S(
        "bool",
        "false",
        "Put each build in a control group.",
        idle="namespaces end what a build leaves behind",
        always="false",
    ),
}

STORE: Final = {
    "allow-symlinked-store": _S("bool", None, "The store's folder may be reached by links."),
    "auto-optimise-store": _S("bool", "false", "Link equal files together as they arrive."),
    "compress-build-log": _S(
        "bool", "true", "Keep build logs compressed.", ("build-compress-log",)
    ),
    "fsync-metadata": _S("bool", "true", "Flush the database to disk after each change."),
    "fsync-store-paths": _S("bool", "false", "Flush objects to disk before they are registered."),
    "gc-reserved-space": _S(
        "int", "8388608", "Bytes set aside so that a full disk can be cleaned."
    ),
    "keep-build-log": _S("bool", "true", "Keep build logs.", ("build-keep-log",)),
    "keep-derivations": _S(
        "bool", "true", "What is in use keeps its derivation.", ("gc-keep-derivations",)
    ),
    "keep-env-derivations": _S(
        "bool", "false", "User environments keep derivations.", ("env-keep-derivations",)
    ),
    "keep-outputs": _S(
        "bool", "false", "A derivation in use keeps its outputs.", ("gc-keep-outputs",)
    ),
    "max-free": _S("int", "9223372036854775807", "Bytes free at which collection stops."),
    "min-free": _S("int", "0", "Bytes free below which a build collects garbage; 0 is never."),
    "min-free-check-interval": _S("int", "5", "Seconds between two looks at the free space."),
    "nar-buffer-size": _S(
        "int", "33554432", "Bytes of an archive that are held in memory.", idle=_NO_TUNING
    ),
    "preallocate-contents": _S(
        "bool",
        "false",
        "Reserve space for files of known size.",
        idle="files are written from their start to their end",
    ),
    "require-sigs": _S("bool", "true", "Objects from elsewhere need a trusted signature."),
    "secret-key-files": _S("words", "", "Keys that sign what is built here."),
    "store": _S("text", None, "The store to use: an address or a folder."),
    "sync-before-registering": _S("bool", "false", "Flush all disks before registering."),
    "use-case-hack": _S(
        "bool",
        "false",
        "Mark names that differ only in case.",
        idle="file systems of Linux tell cases apart",
        always="false",
    ),
    "use-sqlite-wal": _S("bool", "true", "The database keeps a write-ahead log."),
    "warn-large-path-threshold": _S("int", "0", "Bytes from which a copied path is warned of."),
}

NETWORK: Final = {
    "access-tokens": _S("map", "", "Tokens for forges: `host=token`."),
    "always-allow-substitutes": _S("bool", "false", "`allowSubstitutes = false` does not count."),
    "connect-timeout": _S("int", "15", "Seconds to wait for a connection; 0 is for ever."),
    "debian-mirror": _S(
        "text", "", "Debian's archive to read; without one apt's, or the public one."
    ),
    "debian-snapshot": _S(
        "text",
        "https://snapshot.debian.org",
        "Where packages are looked for that the mirror has dropped; empty for nowhere.",
    ),
    "download-attempts": _S("int", "5", "How often a download is tried."),
    "download-buffer-size": _S(
        "int", "1048576", "Bytes of a download that may wait in memory.", idle=_NO_TUNING
    ),
    "download-speed": _S("int", "0", "Kilobytes a second at most; 0 is no limit."),
    "hashed-mirrors": _S("words", "", "Servers that have files by hash."),
    "http-connections": _S(
        "int", "25", "Connections at a time.", ("binary-caches-parallel-connections",)
    ),
    "http2": _S("bool", "true", "Speak HTTP/2 where the server does."),
    "max-substitution-jobs": _S(
        "int", "16", "Store paths fetched at a time.", ("substitution-max-jobs",)
    ),
    "narinfo-cache-meta-ttl": _S("int", "604800", "Seconds to trust what a cache says of itself."),
    "narinfo-cache-negative-ttl": _S("int", "3600", "Seconds to trust that a path is not there."),
    "narinfo-cache-positive-ttl": _S("int", "2592000", "Seconds to trust that a path is there."),
    "netrc-file": _S("path", None, "User names and passwords for servers."),
    "ssl-cert-file": _S("path?", None, "The certificates that servers are checked against."),
    "stalled-download-timeout": _S("int", "300", "Seconds without data that end a download."),
    "substitute": _S("bool", "true", "Use binary caches.", ("build-use-substitutes",)),
    "substituters": _S("words", "https://cache.nixos.org/", "Binary caches.", ("binary-caches",)),
    "tarball-ttl": _S("int", "3600", "Seconds for which a downloaded archive is fresh."),
    "trust-tarballs-from-git-forges": _S(
        "bool",
        "true",
        "A revision locks an archive, also without a hash.",
    ),
    "trusted-public-keys": _S(
        "words",
        "cache.nixos.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY=",
        "Keys whose signatures are believed.",
        ("binary-cache-public-keys",),
    ),
    "trusted-substituters": _S(
        "set", "", "Caches that any user may choose.", ("trusted-binary-caches",), idle=_NO_DAEMON
    ),
    "user-agent-suffix": _S("text", "", "Added to the name that servers see."),
}

FLAKES: Final = {
    "accept-flake-config": _S(
        "bool",
        "false",
        "Take `nixConfig` unasked.",
        feature="flakes",
    ),
    "allow-dirty": _S("bool", "true", "Work trees with uncommitted changes may be used."),
    "allow-dirty-locks": _S(
        "bool",
        "false",
        "Such trees may be locked, by their hashes.",
        feature="flakes",
    ),
    "commit-lock-file-summary": _S(
        "text", "", "Summary of lock file commits.", ("commit-lockfile-summary",), feature="flakes"
    ),
    "flake-registry": _S(
        "text",
        "https://channels.nixos.org/flake-registry.json",
        "The list of flakes that have short names.",
        feature="flakes",
    ),
    "use-registries": _S("bool", "true", "Look short flake names up.", feature="flakes"),
    "warn-dirty": _S("bool", "true", "Warn of uncommitted changes."),
}

COMMANDS: Final = {
    "allowed-users": _S(
        "words", "*", "Who may use the daemon; `@group` is a group.", idle=_NO_DAEMON
    ),
    "bash-prompt": _S("text", "", "The prompt in `nix develop`."),
    "bash-prompt-prefix": _S("text", "", "Put before that prompt."),
    "bash-prompt-suffix": _S("text", "", "Put after that prompt."),
    "experimental-features": _S("features", "", "Features that may still change."),
    "json-log-path": _S(
        "path?", "", "A file or a socket that receives all messages and progress as JSON too."
    ),
    "nix-shell-always-looks-for-shell-nix": _S(
        "bool", "true", "`nix-shell DIR` prefers `shell.nix` too."
    ),
    "nix-shell-shebang-arguments-relative-to-script": _S(
        "bool", "true", "Paths on a `#! nix-shell` line start at the script."
    ),
    "plugin-files": _S(
        "words", "", "Plugins of C++ Nix.", idle="they are made for C++ Nix alone", always=""
    ),
    "print-missing": _S("bool", "true", "List what has to be built or fetched."),
    "show-trace": _S("bool", "false", "Errors show how evaluation came there."),
    "trusted-users": _S(
        "words", "root", "Who may do everything through the daemon.", idle=_NO_DAEMON
    ),
    "upgrade-nix-store-path-url": _S(
        "text",
        "https://github.com/NixOS/nixpkgs/raw/master/nixos/modules/installer/tools/"
        "nix-fallback-paths.nix",
        "Where `nix upgrade-nix` looks for the newest release.",
        idle="there is no such command",
    ),
    "use-xdg-base-directories": _S("bool", "false", "Keep profiles below XDG folders."),
}

TABLE: Final[dict[str, Setting]] = {
    **EVALUATION,
    **BUILDING,
    **STORE,
    **NETWORK,
    **FLAKES,
    **COMMANDS,
}
"""Setting name → row."""

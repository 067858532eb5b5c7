"""Which copy of Debian's archive to read, and how strictly its dates are taken.

A mirror that the user named comes first, then the one that the machine's apt uses, then a public one.
"""

import shlex
import shutil
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, Self

from neve.process import ProcessError, capture

PUBLIC_MIRROR: Final = "http://mirrors.kernel.org/debian"
"""For machines without apt; it carries the security archive, too. All is checked against Debian's keys."""

ARCHIVES: Final = frozenset({"debian", "debian-security"})
"""The archives that `mirror://` addresses name."""

Run = Callable[[Sequence[str]], str | None]
"""Runs a program and returns its standard output, or `None` when it is absent or fails."""


@dataclass(frozen=True)
class Mirror:
    """Where the archive is read from; addresses have no trailing slash."""

    main: str = PUBLIC_MIRROR
    security: str = PUBLIC_MIRROR + "-security"
    check_valid_until: bool = True
    """Whether a release file may not be older than it allows (apt's `Acquire::Check-Valid-Until`)."""
    check_date: bool = True
    """Whether a release file may not come from the future (apt's `Acquire::Check-Date`)."""
    proxy: str | None = None
    """The proxy that apt uses for HTTP."""

    @classmethod
    def find(cls, setting: str | None = None, *, run: Run | None = None) -> Self:
        """The mirror of the setting `debian-mirror`, else apt's, else a public one."""
        run = run or _run
        options = _apt_options(run)
        main, security = (setting, None) if setting else _apt_repositories(run)
        main = (main or PUBLIC_MIRROR).rstrip("/")
        security = (security or f"{main}-security").rstrip("/")
        return cls(
            main,
            security,
            check_valid_until=options.get("VALID_UNTIL") != "false",
            check_date=options.get("DATE") != "false",
            proxy=options.get("PROXY") or None,
        )

    def base(self, archive: str) -> str:
        """The address of an archive: `debian` or `debian-security`."""
        return self.security if archive == "debian-security" else self.main

    def resolve(self, url: str) -> str:
        """The address of `mirror://<archive>/<path>` on this mirror; other addresses are as they are."""
        archive, separator, path = url.removeprefix("mirror://").partition("/")
        if not url.startswith("mirror://") or archive not in ARCHIVES or not separator:
            return url
        return f"{self.base(archive)}/{path}"


def resolve_mirror_url(url: str, setting: str | None = None) -> str:
    """An address with `mirror://` resolved to the mirror that this machine uses, which is looked up once."""
    return find_mirror(setting).resolve(url)


def find_mirror(setting: str | None = None) -> Mirror:
    """`Mirror.find`, done once: asking apt takes longer than many a download, and many ask at the same time."""
    with _FINDING:
        return _found_mirror(setting)


_FINDING: Final = threading.Lock()


@cache
def _found_mirror(setting: str | None) -> Mirror:
    return Mirror.find(setting)


@dataclass(frozen=True)
class Suite:
    """A directory below `dists/`, with a release file of its own."""

    name: str
    archive: str = "debian"
    """The name of the archive that holds it, as in `mirror://<archive>/`."""
    is_optional: bool = False
    """Whether a mirror may lack it."""
    is_separate: bool = False
    """Whether its packages stand beside the others instead of replacing older versions (backports)."""

    @property
    def directory(self) -> str:
        """Its path below the archive's address."""
        return f"dists/{self.name}"


COMPONENTS: Final = ("main", "contrib", "non-free", "non-free-firmware")


def suites_of(release: str) -> tuple[Suite, ...]:
    """The suites that make up a Debian release, by its code name."""
    return (
        Suite(release),
        Suite(f"{release}-updates", is_optional=True),
        Suite(f"{release}-security", "debian-security", is_optional=True),
        Suite(f"{release}-backports", is_optional=True, is_separate=True),
    )


_OPTIONS: Final = (
    *("VALID_UNTIL", "Acquire::Check-Valid-Until/b"),
    *("DATE", "Acquire::Check-Date/b"),
    *("PROXY", "Acquire::http::Proxy"),
)
_TARGET_FORMAT: Final = "$(ORIGIN)\t$(RELEASE)\t$(REPO_URI)"


def _apt_options(run: Run) -> dict[str, str]:
    text = run(["apt-config", "shell", *_OPTIONS]) or ""
    return dict(word.split("=", 1) for word in shlex.split(text) if "=" in word)


def _apt_repositories(run: Run) -> tuple[str | None, str | None]:
    """The addresses of the main and the security archive; `None` for what apt does not use."""
    text = run(["apt-get", "indextargets", "--format", _TARGET_FORMAT, "Created-By: Packages"])
    main = security = None
    for line in (text or "").splitlines():
        origin, release, uri = line.split("\t")
        if not _is_debian(origin, uri):
            continue
        if release.endswith(("-security", "/updates")):
            security = security or uri
        else:
            main = main or uri
    return main, security


def _is_debian(origin: str, uri: str) -> bool:
    """Origins are known after apt's first update only; until then the address has to tell."""
    return origin == "Debian" or (not origin and _last_part(uri) in {"debian", "debian-security"})


def _last_part(uri: str) -> str:
    return uri.rstrip("/").rsplit("/", 1)[-1]


def _run(command: Sequence[str]) -> str | None:
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}
    if shutil.which(command[0], path=environment["PATH"]) is None:
        return None
    try:
        return capture(command, environment=environment).decode()
    except ProcessError:
        return None  # apt without sources, or with broken ones, has nothing to tell

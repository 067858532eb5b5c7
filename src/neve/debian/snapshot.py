"""Packages that a mirror has dropped, from the archive's snapshot service.

The service keeps every file that the archive ever had (https://salsa.debian.org/snapshot-team/snapshot, file `API`). It
knows files by their SHA-1 hash, and tells the hashes of a binary package's versions:

    /mr/binary/<name>/                                       versions
    /mr/binary/<name>/<version>/binfiles                     architecture and hash of each file
    /file/<hash>                                             the file

Whoever downloads checks the file's SHA-256 hash: what the service says is not trusted.
"""

import json
import posixpath
import re
import urllib.parse
from collections.abc import Callable, Iterator
from typing import Any, Final

from neve.debian.errors import DownloadError, NotOnMirrorError

PUBLIC_SNAPSHOT: Final = "https://snapshot.debian.org"
_FILE: Final = re.compile(r"([^_]+)_([^_]+)_([^_]+)\.deb")

Get = Callable[[str], bytes]
"""Downloads a small file; raises an error for one that does not exist."""


def find_in_snapshot(url: str, service: str, get: Get) -> Iterator[str]:
    """Addresses of the file that `mirror://<archive>/…/<name>_<version>_<architecture>.deb` names, best first.

    Raises `NotOnMirrorError` when the service does not know the package, `DownloadError` for an answer without sense.
    """
    match = _FILE.fullmatch(posixpath.basename(urllib.parse.unquote(url)))
    if match is None:
        raise NotOnMirrorError(f"{url} is no package, so that the snapshot service cannot have it")
    name, version, architecture = match.groups()
    base = f"{service.rstrip('/')}/mr/binary/{urllib.parse.quote(name)}/"
    versions = [entry["binary_version"] for entry in _results(get(base), base)]
    # Names of files leave out the epoch.
    fitting = [full for full in versions if full.partition(":")[2] == version or full == version]
    if not fitting:
        raise NotOnMirrorError(f"the snapshot service {service} has no version {version} of {name}")
    for full in fitting:
        address = f"{base}{urllib.parse.quote(full)}/binfiles"
        for entry in _results(get(address), address):
            if entry["architecture"] == architecture:
                yield f"{service.rstrip('/')}/file/{entry['hash']}"


def _results(data: bytes, address: str) -> list[dict[str, Any]]:
    try:
        results: list[dict[str, Any]] = json.loads(data)["result"]
    except (ValueError, KeyError, TypeError) as error:
        raise DownloadError(f"{address} gave no list of packages: {error}") from error
    return results

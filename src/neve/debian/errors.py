"""What can go wrong with Debian's archive and its packages.

NeveError
└── DebianError
    ├── DownloadError               a file could not be fetched
    │   └── NotOnMirrorError        … because the mirror does not have it
    ├── ArchiveSignatureError       a release file that none of the archive's keys signed
    ├── ArchiveDateError            a release file from the future, or one that has expired
    ├── ArchiveMismatchError        a file that is not what the signed release file says
    ├── ControlFormatError          an index that is no list of packages
    ├── UnsupportedSystemError      a platform that Debian or Neve has no packages for
    ├── UnsatisfiableError          packages whose dependencies nothing provides
    └── PackageFormatError          a `.deb` that cannot be unpacked safely
"""

from neve.errors import NeveError


class DebianError(NeveError):
    """Base of all errors about Debian's archive and packages."""


class DownloadError(DebianError):
    """A file could not be fetched."""


class NotOnMirrorError(DownloadError):
    """The mirror does not have the file."""


class ArchiveSignatureError(DebianError):
    """A release file carries no good signature by a key of Debian's archive."""


class ArchiveDateError(DebianError):
    """A release file is from the future or has expired."""


class ArchiveMismatchError(DebianError):
    """A file of the archive is not what the signed release file says."""


class ControlFormatError(DebianError):
    """An index is no list of packages."""


class UnsupportedSystemError(DebianError):
    """There are no packages for this platform."""


class UnsatisfiableError(DebianError):
    """Nothing in the archive provides what packages depend on."""


class PackageFormatError(DebianError):
    """A package file is damaged, or holds something that must not be unpacked."""

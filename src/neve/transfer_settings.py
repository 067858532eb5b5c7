"""The settings that transfers obey, apart from what transfers: most commands transfer nothing."""

from __future__ import annotations

from neve.named_tuple import NamedTuple


class TransferSettings(NamedTuple):
    """How files are transferred; each field is the setting of that name with `-` for `_`."""

    connect_timeout: int = 15
    """Seconds; 0 for the library's own limit."""
    stalled_download_timeout: int = 300
    """Seconds without a byte after which a transfer is given up."""
    download_attempts: int = 5
    download_speed: int = 0
    """Kilobytes (of 1024 bytes) a second that a download may take; 0 for no limit."""
    http_connections: int = 25
    """Transfers at a time; 0 for no limit."""
    http2: bool = True
    netrc_file: str | None = None
    ssl_cert_file: str | None = None
    user_agent_suffix: str = ""

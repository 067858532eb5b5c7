"""What libcurl's error codes mean in words, which its Python binding does not tell.

Words and numbers are those of libcurl 8; codes of protocols that are never used are left out.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

MEANINGS: Final = {
    1: "Unsupported protocol",
    3: "URL using bad/illegal format or missing URL",
    5: "Could not resolve proxy name",
    6: "Could not resolve hostname",
    7: "Could not connect to server",
    8: "Weird server reply",
    16: "Error in the HTTP2 framing layer",
    18: "Transferred a partial file",
    23: "Failed writing received data to disk/application",
    26: "Failed to open/read local data from file/application",
    27: "Out of memory",
    28: "Timeout was reached",
    33: "Requested range was not delivered by the server",
    35: "SSL connect error",
    47: "Number of redirects hit maximum amount",
    52: "Server returned nothing (no headers, no data)",
    55: "Failed sending data to the peer",
    56: "Failure when receiving data from the peer",
    58: "Problem with the local SSL certificate",
    59: "Could not use specified SSL cipher",
    60: "SSL peer certificate or SSH remote key was not OK",
    61: "Unrecognized or bad HTTP Content or Transfer-Encoding",
    67: "Login denied",
    77: "Problem with the SSL CA cert (path? access rights?)",
    92: "Stream error in the HTTP/2 framing layer",
    95: "HTTP/3 error",
    96: "QUIC connection error",
    97: "proxy handshake error",
}


def explain(code: int, details: str) -> str:
    """A failure as curl's users know it: its kind, its number, and what it was this time."""
    meaning = MEANINGS.get(code, "libcurl failed")
    return f"{meaning} ({code}) {details}".rstrip()

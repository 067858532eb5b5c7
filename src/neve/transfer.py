"""Downloads and uploads over HTTP and HTTPS, by libcurl.

Connections are kept and shared; transfers that fail for a passing reason are tried again, streams going on where they
broke off. Proxies come from the usual environment variables.
"""

from __future__ import annotations

import contextlib
import os
import random
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Final, Self

from neve import transfer_errors
from neve.errors import TransferError
from neve.log import Activity, ActivityType, Level, Logger
from neve.version import NEVE_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pycurl

    from neve.transfer_settings import TransferSettings

    _Handle = tuple[pycurl.Curl, pycurl.CurlMulti]

_MAX_REDIRECTS: Final = 10
_FIRST_DELAY_SECONDS: Final = 0.25
_TOO_MANY_REQUESTS_DELAY_SECONDS: Final = 60.0
_SELECT_SECONDS: Final = 1.0
_BUFFER_BYTES: Final = 1 << 17
_ERROR_TEXT_BYTES: Final = 4096
_PROGRESS_BYTES: Final = 1 << 18
_CERTIFICATE_FILES: Final = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
"""Where distributions keep the certificates that they trust."""
_HOPELESS_STATUSES: Final = frozenset({501, 505, 511})
_RETRIED_CLIENT_STATUSES: Final = frozenset({408, 429})
_LOOKUP_ATTEMPTS: Final = 2
"""For a server whose name is not found: most often there is no network, and then it will not be there in seconds."""


@dataclass
class Response:
    """A server's answer."""

    url: str
    """Where the answer came from in the end, after redirections."""
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    """By lower-case name; of several of one name, the last."""
    body: bytes = b""


@dataclass(frozen=True)
class Request:
    """What is asked of a server."""

    url: str
    method: str = "GET"
    headers: Sequence[str] = ()
    """Each `Name: value`."""
    content: IO[bytes] | None = None
    """What is uploaded; it can be rewound."""
    size: int = 0
    """Bytes of `content`."""

    @property
    def verb(self) -> str:
        """For messages."""
        return "upload" if self.method == "PUT" else "download"


class Transfers:
    """Does transfers for many threads; keep one for all that talks to the same servers."""

    def __init__(self, settings: TransferSettings, log: Logger) -> None:
        self.settings: Final = settings
        self.log: Final = log
        self._idle: Final[list[_Handle]] = []
        self._slots: Final = (
            threading.BoundedSemaphore(settings.http_connections)
            if settings.http_connections > 0
            else contextlib.nullcontext()
        )

    def close(self) -> None:
        """Closes the connections that are kept."""
        while self._idle:
            for handle in self._idle.pop():
                handle.close()

    def get(self, url: str, *, headers: Sequence[str] = ()) -> Response:
        """A small file, whole; raises `TransferError`."""
        return self._whole(Request(url, headers=headers))

    def head(self, url: str) -> Response:
        """What the server says of a file; raises `TransferError`, for a missing one too."""
        return self._whole(Request(url, "HEAD"))

    def put(self, url: str, content: IO[bytes], size: int, *, headers: Sequence[str] = ()) -> None:
        """Uploads a file; raises `TransferError`."""
        self._whole(Request(url, "PUT", headers, content, size))

    def _whole(self, request: Request) -> Response:
        with self._stream(request) as stream:
            body = b"".join(iter(stream.read_piece, b""))
            stream.response.body = body
            return stream.response

    @contextlib.contextmanager
    def open(self, url: str, *, headers: Sequence[str] = ()) -> Iterator[Stream]:
        """A file as a stream; raises `TransferError`, and reading does too."""
        with self._stream(Request(url, headers=headers)) as stream:
            stream.wait_for_headers()
            yield stream

    @contextlib.contextmanager
    def _stream(self, request: Request) -> Iterator[Stream]:
        import pycurl

        with self._slots:
            handle = self._idle.pop() if self._idle else (pycurl.Curl(), pycurl.CurlMulti())
            try:
                with Stream(self, request, handle) as stream:
                    yield stream
            finally:
                # The connection stays with the second half.
                handle[0].reset()
                self._idle.append(handle)


class Stream:
    """One transfer: pulled by whoever reads, so that nothing piles up in memory."""

    def __init__(self, transfers: Transfers, request: Request, handle: _Handle) -> None:
        self.response: Response = Response(request.url)
        self._transfers: Final = transfers
        self._request: Final = request
        self._curl, self._multi = handle
        self._pieces: Final[deque[bytes]] = deque()
        self._rest = memoryview(b"")
        self._error_text = b""
        self._received = 0
        self._reported = 0
        self._offset = 0
        self._to_skip = 0
        self._attempt = 0
        self._is_running = False
        self._is_done = False
        self._activity: Activity | None = None

    def __enter__(self) -> Self:
        verb = "uploading" if self._request.method == "PUT" else "downloading"
        self._activity = Activity(
            self._transfers.log,
            ActivityType.FILE_TRANSFER,
            f"{verb} '{self._request.url}'",
            fields=(self._request.url,),
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()
        if self._activity is not None:
            self._activity.__exit__(None, None, None)

    def read(self, size: int) -> bytes:
        """Up to that many bytes, none at the end."""
        if not self._rest:
            self._rest = memoryview(self.read_piece())
        piece, self._rest = self._rest[:size], self._rest[size:]
        return bytes(piece)

    def read_piece(self) -> bytes:
        """The next bytes, as they came; none at the end."""
        while not self._pieces and not self._is_done:
            self._pump()
        if not self._pieces:
            return b""
        piece = self._pieces.popleft()
        self._received += len(piece)
        self._report()
        return piece

    def wait_for_headers(self) -> None:
        """Returns once the server has begun to send the file."""
        while not self._pieces and not self._is_done:
            self._pump()

    def _report(self) -> None:
        if self._activity is None or self._received - self._reported < _PROGRESS_BYTES:
            return
        self._reported = self._received
        size = self.response.headers.get("content-length", "0")
        expected = int(size) if size.isdigit() else 0
        self._activity.progress(self._received, max(expected, self._received))

    # -- running

    def _pump(self) -> None:
        if not self._is_running:
            self._start()
        self._multi.perform()
        _, succeeded, failed = self._multi.info_read()
        if succeeded:
            self._finish(0, "")
        elif failed:
            _, code, text = failed[0]
            self._finish(code, text)
        elif not self._pieces:
            self._multi.select(_SELECT_SECONDS)

    def _start(self) -> None:
        import pycurl

        self.response = Response(self._request.url)
        self._error_text = b""
        self._to_skip = 0
        self._offset = self._received + sum(map(len, self._pieces))
        _configure(self._curl, self._request, self._transfers.settings, self._offset)
        self._curl.setopt(pycurl.HEADERFUNCTION, self._take_header)
        self._curl.setopt(pycurl.WRITEFUNCTION, self._take_body)
        self._multi.add_handle(self._curl)
        self._is_running = True

    def _stop(self) -> None:
        if self._is_running:
            self._multi.remove_handle(self._curl)
            self._is_running = False

    def _take_header(self, line: bytes) -> None:
        text = line.decode("latin-1").strip()
        if text.startswith("HTTP/"):
            # Each redirection begins anew.
            self.response.headers.clear()
            self.response.status = int(text.split(" ", 2)[1])
        elif ":" in text:
            name, _, value = text.partition(":")
            self.response.headers[name.strip().lower()] = value.strip()
        elif not text and self._offset and self.response.status == 200:
            # The server does not know ranges and sends all once more.
            self._to_skip = self._offset

    def _take_body(self, data: bytes) -> None:
        if self.response.status >= 300:
            self._error_text += data[: _ERROR_TEXT_BYTES - len(self._error_text)]
            return
        if self._to_skip:
            skipped = min(self._to_skip, len(data))
            self._to_skip -= skipped
            data = data[skipped:]
        if data:
            self._pieces.append(data)

    def _finish(self, code: int, text: str) -> None:
        import pycurl

        status = self.response.status
        self.response.url = self._curl.getinfo(pycurl.EFFECTIVE_URL)
        self._stop()
        if code == 0 and status < 400:
            self._is_done = True
            return
        self._attempt += 1
        error = self._error(code, text)
        if not self._may_retry(code):
            raise error
        self._wait(error, self._attempts(code))

    def _attempts(self, code: int) -> int:
        import pycurl

        attempts = self._transfers.settings.download_attempts
        if code in {pycurl.E_COULDNT_RESOLVE_HOST, pycurl.E_COULDNT_RESOLVE_PROXY}:
            return min(attempts, _LOOKUP_ATTEMPTS)
        return attempts

    def _error(self, code: int, text: str) -> TransferError:
        status = self.response.status
        beginning = f"unable to {self._request.verb} '{self._request.url}'"
        if status >= 400:
            answer = self._error_text.decode(errors="replace").strip()
            said = f"; response body:\n\n{answer}" if answer else ""
            return TransferError(
                f"{beginning}: HTTP error {status}{said}", url=self._request.url, status=status
            )
        import pycurl

        reason = transfer_errors.explain(code, text or self._curl.errstr())
        if code == pycurl.E_PEER_FAILED_VERIFICATION:
            reason += (
                " (the server's certificate is not trusted; the setting 'ssl-cert-file' or the variable"
                " NIX_SSL_CERT_FILE names the certificates that are)"
            )
        return TransferError(f"{beginning}: {reason}", url=self._request.url, status=status or None)

    def _may_retry(self, code: int) -> bool:
        if self._attempt >= self._attempts(code):
            return False
        has_partial = self._received > 0 or bool(self._pieces)
        if has_partial and "content-encoding" in self.response.headers:
            return False
        status = self.response.status
        if status >= 400:
            if status < 500:
                return status in _RETRIED_CLIENT_STATUSES
            return status not in _HOPELESS_STATUSES
        return code not in _hopeless_codes()

    def _wait(self, error: TransferError, attempts: int) -> None:
        first = (
            _TOO_MANY_REQUESTS_DELAY_SECONDS
            if self.response.status == 429
            else _FIRST_DELAY_SECONDS
        )
        delay = first * 2 ** (self._attempt - 1 + random.uniform(0, 0.5))  # noqa: S311 - no secret
        offset = self._received + sum(map(len, self._pieces))
        where = f" from offset {offset}" if offset else ""
        self._transfers.log.message(
            Level.WARN,
            f"{error}; retrying{where} in {round(delay * 1000)} ms (attempt {self._attempt}/{attempts})",
        )
        time.sleep(delay)


def _configure(
    curl: pycurl.Curl, request: Request, settings: TransferSettings, offset: int
) -> None:
    import pycurl

    curl.reset()
    curl.setopt(pycurl.URL, request.url.encode())
    curl.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
    curl.setopt(pycurl.FOLLOWLOCATION, 1)
    curl.setopt(pycurl.MAXREDIRS, _MAX_REDIRECTS)
    curl.setopt(pycurl.NOSIGNAL, 1)
    curl.setopt(pycurl.PIPEWAIT, 1)
    curl.setopt(pycurl.BUFFERSIZE, _BUFFER_BYTES)
    curl.setopt(
        pycurl.HTTP_VERSION,
        pycurl.CURL_HTTP_VERSION_2TLS if settings.http2 else pycurl.CURL_HTTP_VERSION_1_1,
    )
    agent = f"Neve/{NEVE_VERSION} {settings.user_agent_suffix}".strip()
    curl.setopt(pycurl.USERAGENT, agent)
    curl.setopt(pycurl.CONNECTTIMEOUT, settings.connect_timeout)
    curl.setopt(pycurl.LOW_SPEED_LIMIT, 1)
    curl.setopt(pycurl.LOW_SPEED_TIME, settings.stalled_download_timeout)
    if settings.download_speed > 0:
        curl.setopt(pycurl.MAX_RECV_SPEED_LARGE, settings.download_speed * 1024)
    certificates = settings.ssl_cert_file or _certificate_file()
    if certificates is not None:
        curl.setopt(pycurl.CAINFO, certificates)
    if settings.netrc_file is not None:
        curl.setopt(pycurl.NETRC, pycurl.NETRC_OPTIONAL)
        curl.setopt(pycurl.NETRC_FILE, settings.netrc_file)
    if request.headers:
        curl.setopt(pycurl.HTTPHEADER, list(request.headers))
    if request.method == "HEAD":
        curl.setopt(pycurl.NOBODY, 1)
    elif request.content is not None:
        _configure_upload(curl, request.content, request.size)
    elif offset:
        # Not libcurl's own way to resume, which gives up on a server that sends all once more.
        curl.setopt(pycurl.RANGE, f"{offset}-")
    else:
        # A compressed answer could not be resumed, so this is asked of the first attempt only.
        curl.setopt(pycurl.ACCEPT_ENCODING, "")


def _configure_upload(curl: pycurl.Curl, content: IO[bytes], size: int) -> None:
    import pycurl

    def seek(offset: int, origin: int) -> int:
        content.seek(offset, origin)
        return pycurl.SEEKFUNC_OK

    content.seek(0)
    curl.setopt(pycurl.UPLOAD, 1)
    curl.setopt(pycurl.READFUNCTION, content.read)
    curl.setopt(pycurl.SEEKFUNCTION, seek)
    curl.setopt(pycurl.INFILESIZE_LARGE, size)


def _certificate_file() -> str | None:
    """The certificates that the machine trusts; the library comes with none of its own."""
    return next((path for path in _CERTIFICATE_FILES if os.path.exists(path)), None)


def _hopeless_codes() -> frozenset[int]:
    """Failures that another attempt would not change."""
    import pycurl

    return frozenset(
        {
            pycurl.E_FAILED_INIT,
            pycurl.E_URL_MALFORMAT,
            pycurl.E_NOT_BUILT_IN,
            pycurl.E_REMOTE_ACCESS_DENIED,
            pycurl.E_FUNCTION_NOT_FOUND,
            pycurl.E_ABORTED_BY_CALLBACK,
            pycurl.E_BAD_FUNCTION_ARGUMENT,
            pycurl.E_INTERFACE_FAILED,
            pycurl.E_UNKNOWN_OPTION,
            pycurl.E_SSL_CACERT_BADFILE,
            pycurl.E_TOO_MANY_REDIRECTS,
            pycurl.E_WRITE_ERROR,
            pycurl.E_UNSUPPORTED_PROTOCOL,
            pycurl.E_BAD_CONTENT_ENCODING,
            pycurl.E_PEER_FAILED_VERIFICATION,
        }
    )

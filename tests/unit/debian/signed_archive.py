"""A small signed archive in memory, and a mirror that serves it."""

import hashlib
import lzma
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx
from pysequoia import Cert, SignatureMode, Tsk, sign

from neve.debian.download import Downloader

RELEASE = """\
Origin: Debian
Suite: stable
Codename: {codename}
Version: 13.7
Date: Sat, 12 Sep 2026 07:55:41 UTC
Valid-Until: Sat, 19 Sep 2026 07:55:41 UTC
Acquire-By-Hash: {by_hash}
SHA256:
{files}"""


@dataclass
class SignedArchive:
    """Files by address; `publish` replaces a suite's package lists and signs its release file."""

    secret: Tsk = field(default_factory=lambda: Tsk.generate("Test archive <archive@example.org>"))
    files: dict[str, bytes] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)

    @property
    def key(self) -> Cert:
        return self.secret.extract_certificate()

    def sign(self, text: str) -> bytes:
        signer = self.secret.signer()
        return sign(signer, text.encode(), mode=SignatureMode.CLEAR)

    def publish(self, suite: str, lists: dict[str, str], *, by_hash: bool = True) -> None:
        base = f"http://mirror.example/debian/dists/{suite}"
        entries = []
        for component, text in lists.items():
            path = f"{component}/binary-amd64/Packages.xz"
            data = lzma.compress(text.encode())
            digest = hashlib.sha256(data).hexdigest()
            self.files[f"{base}/{path}"] = data
            if by_hash:
                self.files[f"{base}/{component}/binary-amd64/by-hash/SHA256/{digest}"] = data
            entries.append(f" {digest} {len(data)} {path}")
        text = RELEASE.format(
            codename=suite, by_hash="yes" if by_hash else "no", files="\n".join(entries)
        )
        self.files[f"{base}/InRelease"] = self.sign(text + "\n")

    def downloader(self, on_request: Callable[[str], object] = lambda _: None) -> Downloader:
        def answer(request: httpx.Request) -> httpx.Response:
            url = str(request.url)
            self.requests.append(url)
            on_request(url)
            data = self.files.get(url)
            return httpx.Response(404) if data is None else httpx.Response(200, content=data)

        return Downloader(transport=httpx.MockTransport(answer))

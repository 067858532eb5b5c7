"""`builtin:fetchurl`: downloads a file; its hash is checked like that of any fixed output."""

import hashlib
import lzma
import os
from collections.abc import Callable, Iterator
from typing import Final

from neve import _core
from neve._core import DerivationOutput
from neve.builder.builtin import BuiltinContext, BuiltinError
from neve.errors import NeveError
from neve.log import Level

_PIECE: Final = 1 << 17


def build(context: BuiltinContext) -> None:
    """Makes the output `out`: the file, or with `unpack` what its archive holds."""
    output = context.derivation.outputs.get("out")
    if output is None:
        raise BuiltinError("'builtin:fetchurl' requires an 'out' output")
    if output.digest is None and not output.is_impure:
        raise BuiltinError("'builtin:fetchurl' must be a fixed-output or impure derivation")
    url = context.attribute("url")
    for mirror in _mirrored(context, output):
        try:
            _fetch(context, mirror, url)
        except NeveError as error:
            context.activity.logger.message(Level.DEBUG, str(error))
        else:
            return
    if url.startswith("mirror://"):
        _fetch_package(context, output, url)
    else:
        _fetch(context, url, url)


def _fetch_package(context: BuiltinContext, output: DerivationOutput, url: str) -> None:
    """A file of Debian's archive: from the mirror, or from the snapshot service when the mirror dropped it."""
    from neve.debian.mirror import resolve_mirror_url
    from neve.debian.snapshot import find_in_snapshot

    address = resolve_mirror_url(url, context.debian_mirror)
    try:
        _fetch(context, address, url)
        if _has_hash(context, output):
            return
        reason = f"what {address} gives is not what the archive had"
    except NeveError as error:
        reason = str(error)
    if not context.debian_snapshot:
        raise BuiltinError(
            f"{reason}; a newer channel may name a newer package: nix-channel --update"
        )
    context.say(f"{reason}; looking for it at {context.debian_snapshot}")
    try:
        for found in find_in_snapshot(
            url, context.debian_snapshot, lambda page: _read(context, page)
        ):
            _remove(context.outputs["out"])
            _fetch(context, found, url)
            if _has_hash(context, output):
                return
    except NeveError as error:
        raise _gone(url, reason, str(error)) from error
    raise _gone(url, reason, "the snapshot service has other files of that name")


def _gone(url: str, mirror: str, snapshot: str) -> BuiltinError:
    return BuiltinError(
        f"cannot get '{url}': {mirror}; {snapshot}. A newer channel may name a newer package (nix-channel --update), "
        "and the settings debian-mirror and debian-snapshot name other places to look at"
    )


def _has_hash(context: BuiltinContext, output: DerivationOutput) -> bool:
    """Whether the file is the one that the derivation asks for."""
    if output.digest is None or output.algorithm is None or output.method != "flat":
        return True
    with open(context.outputs["out"], "rb") as file:
        return hashlib.file_digest(file, output.algorithm).digest() == output.digest


def _read(context: BuiltinContext, url: str) -> bytes:
    pieces = []
    with context.open_url(url) as stream:
        while piece := stream.read(_PIECE):
            context.check_stop()
            pieces.append(piece)
    return b"".join(pieces)


def _remove(path: str) -> None:
    if os.path.lexists(path):
        os.unlink(path)


def _mirrored(context: BuiltinContext, output: DerivationOutput) -> Iterator[str]:
    """Addresses of the file by its hash."""
    if output.method != "flat" or output.digest is None or output.algorithm is None:
        return
    digest = _core.encode_hash(output.digest, output.algorithm, "base16")
    for mirror in context.hashed_mirrors:
        yield f"{mirror.rstrip('/')}/{output.algorithm}/{digest}"


def _fetch(context: BuiltinContext, url: str, name: str) -> None:
    """Downloads `url`; whether it is compressed shows in `name`."""
    target = context.outputs["out"]
    variables = context.derivation.env
    must_unpack = variables.get("unpack") == "1"
    with context.open_url(url) as stream:

        def read(size: int) -> bytes:
            context.check_stop()
            return stream.read(size)

        try:
            if must_unpack:
                is_compressed = name.endswith(".xz")
                _core.restore_path(target, _decompressing(read) if is_compressed else read)
            else:
                _write(target, read)
        except (ValueError, lzma.LZMAError) as error:
            raise BuiltinError(f"'{url}' is no archive that can be unpacked: {error}") from error
    if variables.get("executable") == "1":
        os.chmod(target, 0o755)  # noqa: S103 - a program is meant to be run by all


def _write(target: str, read: Callable[[int], bytes]) -> None:
    try:
        with open(target, "xb") as file:
            while piece := read(_PIECE):
                file.write(piece)
    except BaseException:
        _remove(target)
        raise


def _decompressing(read: Callable[[int], bytes]) -> Callable[[int], bytes]:
    decompressor = lzma.LZMADecompressor()

    def read_plain(size: int) -> bytes:
        while not decompressor.eof:
            data = read(_PIECE) if decompressor.needs_input else b""
            if decompressor.needs_input and not data:
                raise BuiltinError("the compressed file ends too early")
            plain = decompressor.decompress(data, size)
            if plain:
                return plain
        return b""

    return read_plain

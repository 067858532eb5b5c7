"""`builtin:unpack-channel`: unpacks the archive of a channel, whose single folder gets the channel's name."""

import os

from neve.builder.builtin import BuiltinContext, BuiltinError
from neve.fetch.archives import ArchiveError, unpack


def build(context: BuiltinContext) -> None:
    """Makes the output `out` with one folder in it."""
    name = context.attribute("channelName")
    source = context.attribute("src")
    if not name or os.path.basename(name) != name or name in {".", ".."}:
        raise BuiltinError(
            f'channelName is not allowed to contain filesystem separators, got "{name}"'
        )
    out = context.outputs["out"]
    try:
        unpack(context.store.real_path(source), out)
    except ArchiveError as error:
        raise BuiltinError(f"cannot unpack channel tarball '{source}': {error}") from error
    entries = os.listdir(out)
    if not entries:
        raise BuiltinError(f"channel tarball '{source}' is empty")
    if len(entries) != 1:
        raise BuiltinError(f"channel tarball '{source}' contains more than one file")
    os.rename(f"{out}/{entries[0]}", f"{out}/{name}")

"""Moving trees whose permissions are those of store objects."""

import os
import stat


def rename_tree(source: str, target: str) -> None:
    """Renames a file or a folder, of which an ordinary user need not have the permission to write.

    A folder must be writable while it moves, since its entry `..` changes.
    """
    mode = os.lstat(source).st_mode
    must_change = stat.S_ISDIR(mode) and not mode & stat.S_IWUSR and os.geteuid() != 0
    if must_change:
        os.chmod(source, stat.S_IMODE(mode) | stat.S_IWUSR)
    os.rename(source, target)
    if must_change:
        os.chmod(target, stat.S_IMODE(mode))

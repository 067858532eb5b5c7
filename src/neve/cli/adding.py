"""What the commands that copy files into the store share."""

import os


def canonical_name(path: str) -> str:
    """The name with links in all its folders resolved, but not in the last part: a link is copied as a link."""
    folder, name = os.path.split(os.path.abspath(path))
    return os.path.join(os.path.realpath(folder), name)


def source_name(path: str) -> str:
    """What a file is called in the store when nobody says."""
    return os.path.basename(os.path.abspath(path))

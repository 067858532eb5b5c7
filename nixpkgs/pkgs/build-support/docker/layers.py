"""Divides a closure among layers: large store paths get layers of their own, the rest share one.

    layers.py STORE-PATHS MAXIMUM

STORE-PATHS names one path a line. Writes the layers as a JSON list of lists. A path that stays the same between two
images then stays in the same layer, so that only what changed is transferred.
"""

import json
import os
import sys
from pathlib import Path


def size(path: str) -> int:
    """Bytes of all files below a path."""
    if os.path.islink(path) or not os.path.isdir(path):
        return os.lstat(path).st_size
    return sum(size(f"{path}/{name}") for name in os.listdir(path))


def main() -> None:
    """Writes the layers."""
    paths = sorted(Path(sys.argv[1]).read_text().split())
    alone = max(int(sys.argv[2]) - 1, 0)
    by_size = sorted(paths, key=lambda path: (-size(path), path))
    rest = sorted(by_size[alone:])
    layers = [[path] for path in by_size[:alone]] + ([rest] if rest else [])
    json.dump(layers, sys.stdout)


if __name__ == "__main__":
    main()

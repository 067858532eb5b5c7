"""Make the tree of /etc from a plan: `make_etc.py`, run by a derivation.

The file that `$planPath` names is a JSON list of entries: `target`, the place below /etc; `text`, or `source`, a path
that may end in `*`; and, for what has to be a copy, `mode`, `user` and `group`. The result is `$out/etc`, a tree of
links and texts. A copy has a file beside it with the ending `.mode`, and ownership in `.uid` and `.gid`.
"""

import glob
import json
import os
import sys
from typing import Any


class PlanError(Exception):
    """Two entries are for one place; the message names them."""


def _place(link: str, source: str, target: str) -> None:
    """Link `link` to `source`, which is for `target` below /etc."""
    os.makedirs(os.path.dirname(link), exist_ok=True)
    if os.path.lexists(link):
        if os.path.islink(link) and os.readlink(link) == source:
            return
        raise PlanError(
            f"environment.etc has two entries for {target}: "
            f"{os.path.realpath(link)} and {source}; remove one, or set its `enable` to false"
        )
    os.symlink(source, link)


def _add(entry: dict[str, Any], root: str) -> None:
    target = entry["target"].strip("/")
    path = f"{root}/{target}"
    source = entry.get("source")
    if source is None:
        if os.path.lexists(path):
            raise PlanError(f"environment.etc has two entries for {target}; remove one")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(entry["text"])
    elif "*" in source:
        for file in sorted(glob.glob(source)):
            _place(f"{path}/{os.path.basename(file)}", file, target)
    else:
        _place(path, source, target)
    if "mode" in entry:
        for ending, value in (("mode", "mode"), ("uid", "user"), ("gid", "group")):
            with open(f"{path}.{ending}", "w", encoding="utf-8") as stream:
                stream.write(entry[value])


def make_etc(plan: list[dict[str, Any]], root: str) -> None:
    """Make the tree `root` as `plan` says."""
    os.makedirs(root)
    # Short targets first: what lies inside a linked folder is then seen as a collision.
    for entry in sorted(plan, key=lambda entry: str(entry["target"])):
        _add(entry, root)


def main() -> int:
    """Carry out the plan of the derivation that runs this."""
    with open(os.environ["planPath"], encoding="utf-8") as stream:
        plan = json.load(stream)
    try:
        make_etc(plan, f"{os.environ['out']}/etc")
    except (PlanError, OSError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

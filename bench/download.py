"""How fast store objects come from a binary cache over HTTP on this machine, against a reference Nix in the same run.

    bench/download.py [--paths N] [--size KB] [--runs N]

Bar: 200 archives in at most 0.7 times the reference. Both sides substitute the same paths into empty stores below the
current folder. Seconds are those on the clock, and in brackets those of the processor, which other work disturbs less.
"""

import argparse
import os
import random
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cost import Cost, median, run
from peer import HOW_TO_NAME_ONE, own_program, peer_command, prefix_cost
from typing_extensions import override


class Handler(SimpleHTTPRequestHandler):
    """Serves files over connections that are kept, and says nothing."""

    protocol_version = "HTTP/1.1"

    @override
    def log_request(self, *_: Any) -> None:
        """Drops it."""


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """A web server for a folder, in a process of its own; its address."""
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), lambda *words: Handler(*words, directory=str(folder))
    )
    child = os.fork()
    if child == 0:
        server.serve_forever()
    server.server_close()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)


def make_cache(folder: Path, count: int, size: int) -> list[str]:
    """A binary cache of that many trees, and their store paths."""
    numbers = random.Random(1)
    words = [f"{numbers.randrange(1 << 30):x}\n" for _ in range(5000)]
    sources = folder / "sources"
    for number in range(count):
        tree = sources / f"tree{number}"
        tree.mkdir(parents=True)
        for part in range(4):
            content = "".join(numbers.choices(words, k=size * 1024 // 4 // 9))
            (tree / f"file{part}").write_text(content)
    store = ["--store", str(folder / "source-store")]
    add = [str(own_program("nix-store")), *store, "--add", *map(str, sorted(sources.iterdir()))]
    paths = subprocess.run(add, check=True, capture_output=True, text=True).stdout.split()
    copy = [str(own_program("nix")), *store, "copy", "--to", f"file://{folder}/cache", *paths]
    settings = {**os.environ, "NIX_CONFIG": "experimental-features = nix-command"}
    subprocess.run(copy, check=True, capture_output=True, env=settings)
    return paths


def download(command: list[str], store: Path, url: str, paths: list[str]) -> Cost:
    """What substituting the paths into an empty store takes."""
    settings = f"substituters = {url}\nrequire-sigs = false\nbuild-users-group =\n"
    environment = {**os.environ, "NIX_CONFIG": settings, "XDG_CACHE_HOME": str(store / "cache")}
    return run([*command, "--store", str(store), "-r", *paths], environment=environment)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--paths", type=int, default=200)
    parser.add_argument("--size", type=int, default=200, help="kilobytes of each tree")
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    sides = {"neve": [str(own_program("nix-store"))]}
    peer = peer_command("nix-store")
    if peer is not None:
        sides["reference"] = peer
    found: dict[str, list[Cost]] = {name: [] for name in sides}
    with tempfile.TemporaryDirectory(dir=".", ignore_cleanup_errors=True) as name:
        folder = Path(name).resolve()
        paths = make_cache(folder, arguments.paths, arguments.size)
        with serving(folder / "cache") as url:
            for number in range(arguments.runs):
                for side, command in sides.items():
                    store = folder / f"{side}{number}"
                    found[side].append(download(command, store, url, paths))
        subprocess.run(["chmod", "-R", "u+w", str(folder)], check=False)
        shutil.rmtree(folder, ignore_errors=True)
    middle = {side: median(costs) for side, costs in found.items()}
    for side, cost in middle.items():
        print(f"{side:10} {cost}")
    if peer is None:
        print(HOW_TO_NAME_ONE)
        return
    reference = middle["reference"].less_start(prefix_cost(3))
    print(f"ratio      {middle['neve'].ratio(reference)}")


if __name__ == "__main__":
    main()

"""Killing Neve at any moment leaves a store that is whole.

`NEVE_KILLS` says how many moments are tried (25); they spread over adding, building, fetching from a folder and over
HTTP, collecting, optimising, importing and switching profiles. Where `NEVE_PEER` names a reference Nix
(CONTRIBUTING.md), it looks at the store after every tenth moment too.
"""

import os
import random
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from tests.functional.builder.conftest import why_no_sandbox
from typing_extensions import override

from neve.store import Store, StoreSettings

KILLS = int(os.environ.get("NEVE_KILLS", "25"))
LONGEST_SECONDS = 1.0

pytestmark = [pytest.mark.functional, pytest.mark.timeout(3600)]

WORKER = """
import io, os, random, sys
from neve._core import Derivation, DerivationHashes
from neve.builder.building import Builder
from neve.builder.goals import Output
from neve.builder.settings import BuildSettings
from neve.cache.copying import copy_closure
from neve.cache.opening import StoreOpener
from neve.cache.settings import CacheSettings
from neve.errors import InvalidPathError
from neve.log import SILENT
from neve.store import CollectionRequest, Profile, StoreSettings

folder, url, seed, is_shared = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4] == "shared"
can_build = sys.argv[5] == "builds"
numbers = random.Random(seed)
settings = CacheSettings(store=StoreSettings(gc_reserved_space=0, require_sigs=False))


def add(opener, store):
    tree = f"{folder}/trees/{numbers.randrange(40)}"
    os.makedirs(f"{tree}/sub", exist_ok=True)
    for number in range(numbers.randrange(1, 40)):
        with open(f"{tree}/sub/{number}", "w") as file:
            file.write(str(numbers.randrange(30)) * 500)
    store.add_path(tree, name="tree")


def add_texts(opener, store):
    last = []
    for number in range(numbers.randrange(1, 60)):
        last = [store.add_text("text", f"{numbers.random()}".encode(), last)]


def collect(opener, store):
    # Another store than the one whose temporary roots keep everything.
    with StoreOpener(settings) as other:
        other.open_local(f"{folder}/store").collect_garbage(
            CollectionRequest(max_freed=numbers.choice([None, 20_000]))
        )


def optimise(opener, store):
    store.optimise()


def derive(store, name, inputs):
    value = {
        "version": 4, "name": name, "system": os.uname().machine + "-linux", "builder": "/bin/sh",
        "args": ["-ec", "for number in 1 2 3 4 5 6 7 8 9; do echo $number $inputs >> $out; done; echo $out > $doc"],
        "inputs": {"srcs": [], "drvs": {
            os.path.basename(path): {"outputs": ["doc", "out"], "dynamicOutputs": {}} for path in inputs}},
        "outputs": {"out": {}, "doc": {}},
        "env": {"name": name, "out": "", "doc": "",
                "inputs": " ".join(store.read_derivation(path).outputs["doc"].path for path in inputs)},
    }
    hashes = DerivationHashes(store.read_derivation, store.store_dir)
    derivation = hashes.complete(Derivation.from_json(value, store.store_dir))
    path = derivation.store_path()
    store.add_texts([(path, derivation.to_aterm(), sorted(derivation.input_drvs))])
    store.add_temp_root(path)
    return path


def build(opener, store):
    bases = [derive(store, f"base{numbers.randrange(20)}", []) for _ in range(3)]
    tops = [derive(store, f"top{numbers.randrange(20)}", sorted(set(bases))) for _ in range(2)]
    settings = BuildSettings(system=os.uname().machine + "-linux", sandbox_fallback=False, max_jobs=3)
    Builder(store, settings, log=SILENT).build([Output(path, "out") for path in tops])


def fetch(opener, store):
    cache = opener.open_cache(f"file://{folder}/cache")
    paths = sorted(cache.query_all_valid_paths())
    if paths:
        wanted = numbers.sample(paths, min(5, len(paths)))
        opener.substituters(store, [url]).substitute_closure(wanted)


def upload(opener, store):
    paths = sorted(store.query_all_valid_paths())
    if paths:
        copy_closure(store, opener.open_cache(f"file://{folder}/cache?compression=zstd"),
                     [numbers.choice(paths)], log=SILENT)


def download(opener, store):
    cache = opener.open_cache(f"file://{folder}/cache")
    paths = sorted(cache.query_all_valid_paths())
    if paths:
        wanted = numbers.sample(paths, min(5, len(paths)))
        opener.substituters(store, [f"file://{folder}/cache"]).substitute_closure(wanted)


def transport(opener, store):
    paths = sorted(store.query_all_valid_paths())
    if paths:
        out = io.BytesIO()
        store.export_paths(store.compute_closure([numbers.choice(paths)]), out.write)
        with StoreOpener(settings) as other:
            other.open_local(f"{folder}/other").import_paths(io.BytesIO(out.getvalue()).read)


def switch(opener, store):
    paths = sorted(store.query_all_valid_paths())
    if paths:
        profile = Profile(f"{folder}/profiles/profile", SILENT)
        with profile.locked():
            profile.switch_link(profile.create_generation(store, numbers.choice(paths)))


OPERATIONS = [add, add_texts, collect, collect, optimise, upload, download, fetch, transport, switch]
if can_build:
    OPERATIONS += [build] * 5
os.makedirs(f"{folder}/profiles", exist_ok=True)
print("ready", flush=True)
while True:
    with StoreOpener(settings) as opener:
        store = opener.open_local(f"{folder}/store")
        for _ in range(4):
            operation = numbers.choice(OPERATIONS)
            try:
                operation(opener, store)
            except InvalidPathError:
                # Somebody else may have collected what was chosen, but only where there is somebody else.
                if not is_shared:
                    raise
"""


@pytest.fixture
def numbers() -> random.Random:
    return random.Random(int(os.environ.get("NEVE_SEED", "7")))


class Files(SimpleHTTPRequestHandler):
    """The files of a folder, for whoever asks."""

    protocol_version = "HTTP/1.1"

    @override
    def log_request(self, *_: Any) -> None:
        """Says nothing."""


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """Where the cache in the folder is on the web."""
    cache = tmp_path / "cache"
    cache.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Files, directory=str(cache)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def start(folder: Path, url: str, seed: int, *, shared: bool) -> subprocess.Popen[bytes]:
    """Starts a process that works on the stores in the folder until it is killed."""
    sharing = "shared" if shared else "alone"
    building = "builds" if why_no_sandbox() is None else "cannot build"
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(folder), url, str(seed), sharing, building],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kills a process that must still be working."""
    process.send_signal(signal.SIGKILL)
    _, words = process.communicate()
    assert process.returncode == -signal.SIGKILL, words.decode()


def run_and_kill(
    folder: Path, url: str, seed: int, seconds: float, *, shared: bool = False
) -> None:
    """Lets a process work for a while, then kills it without warning."""
    process = start(folder, url, seed, shared=shared)
    time.sleep(seconds)
    kill(process)


def check(folder: Path) -> None:
    """Every valid path is whole, everything that it needs is valid, and the next run does its work."""
    for name in ("store", "other"):
        with Store.open(str(folder / name), settings=StoreSettings(gc_reserved_space=0)) as store:
            assert store.database.query("pragma integrity_check") == [("ok",)]
            assert store.database.query("pragma foreign_key_check") == []
            assert store.verify(check_contents=True)
            path = store.add_text("after", name.encode())
            assert store.is_valid_path(path)
    profile = folder / "profiles" / "profile"
    if profile.is_symlink():
        assert os.readlink(profile.parent / os.readlink(profile)).startswith("/nix/store/")


def check_with_peer(folder: Path) -> None:
    """A reference Nix, if there is one, finds nothing to complain about."""
    peer = os.environ.get("NEVE_PEER")
    if peer is None:
        return
    verify = ["nix-store", "--verify", "--check-contents", "--store", str(folder / "store")]
    command = [*shlex.split(peer), *verify]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    complaints = [line for line in done.stderr.splitlines() if "path '" in line or "error" in line]
    assert complaints == []


def test_killed_processes_leave_a_whole_store(
    tmp_path: Path, url: str, numbers: random.Random
) -> None:
    """After each kill the store verifies clean, and a collection removes whatever was left half-done."""
    for number in range(KILLS):
        run_and_kill(tmp_path, url, numbers.randrange(1 << 30), numbers.uniform(0, LONGEST_SECONDS))
        check(tmp_path)
        if number % 10 == 9:
            check_with_peer(tmp_path)
        if number % 5 == 4:
            with Store.open(
                str(tmp_path / "store"), settings=StoreSettings(gc_reserved_space=0)
            ) as store:
                store.collect_garbage()
                valid = {os.path.basename(path) for path in store.query_all_valid_paths()}
                assert set(os.listdir(store.layout.real_store_dir)) == valid | {".links"}


def test_two_processes_and_a_killed_one_share_a_store(
    tmp_path: Path, url: str, numbers: random.Random
) -> None:
    """While others add and collect, one is killed again and again; in the end all is well."""
    helpers = [start(tmp_path, url, seed, shared=True) for seed in (1, 2)]
    try:
        for _ in range(max(3, KILLS // 5)):
            seconds = numbers.uniform(0, LONGEST_SECONDS)
            run_and_kill(tmp_path, url, numbers.randrange(1 << 30), seconds, shared=True)
    finally:
        for helper in helpers:
            kill(helper)
    check(tmp_path)

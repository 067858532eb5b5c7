"""Killing Neve at any moment leaves a store that is whole.

`NEVE_KILLS` says how many moments are tried (25); they spread over adding, fetching, collecting, optimising, importing
and switching profiles.
"""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from neve.store import Store, StoreSettings

KILLS = int(os.environ.get("NEVE_KILLS", "25"))
LONGEST_SECONDS = 0.6

pytestmark = [pytest.mark.functional, pytest.mark.timeout(3600)]

WORKER = """
import io, os, random, sys
from neve.cache.copying import copy_closure
from neve.cache.opening import StoreOpener
from neve.cache.settings import CacheSettings
from neve.errors import InvalidPathError
from neve.log import SILENT
from neve.store import CollectionRequest, Profile, StoreSettings

folder, seed, is_shared = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "shared"
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


OPERATIONS = [add, add_texts, collect, collect, optimise, upload, download, transport, switch]
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


def start(folder: Path, seed: int, *, shared: bool) -> subprocess.Popen[bytes]:
    """Starts a process that works on the stores in the folder until it is killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(folder), str(seed), "shared" if shared else "alone"],
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


def run_and_kill(folder: Path, seed: int, seconds: float, *, shared: bool = False) -> None:
    """Lets a process work for a while, then kills it without warning."""
    process = start(folder, seed, shared=shared)
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


def test_killed_processes_leave_a_whole_store(tmp_path: Path, numbers: random.Random) -> None:
    """After each kill the store verifies clean, and a collection removes whatever was left half-done."""
    for number in range(KILLS):
        run_and_kill(tmp_path, numbers.randrange(1 << 30), numbers.uniform(0, LONGEST_SECONDS))
        check(tmp_path)
        if number % 5 == 4:
            with Store.open(
                str(tmp_path / "store"), settings=StoreSettings(gc_reserved_space=0)
            ) as store:
                store.collect_garbage()
                valid = {os.path.basename(path) for path in store.query_all_valid_paths()}
                assert set(os.listdir(store.layout.real_store_dir)) == valid | {".links"}


def test_two_processes_and_a_killed_one_share_a_store(
    tmp_path: Path, numbers: random.Random
) -> None:
    """While others add and collect, one is killed again and again; in the end all is well."""
    helpers = [start(tmp_path, seed, shared=True) for seed in (1, 2)]
    try:
        for _ in range(max(3, KILLS // 5)):
            seconds = numbers.uniform(0, LONGEST_SECONDS)
            run_and_kill(tmp_path, numbers.randrange(1 << 30), seconds, shared=True)
    finally:
        for helper in helpers:
            kill(helper)
    check(tmp_path)

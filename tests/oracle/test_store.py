"""A store that Neve and a reference Nix use by turns: the same bytes, the same answers, no complaints.

Needs `NEVE_PEER`, see CONTRIBUTING.md; the reference must be able to build in sandboxes. `NEVE_PEER_STEPS` says how
many operations the mixed test does (40).
"""

import json
import os
import random
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from neve.builder.shell import find_static_shell

PEER = os.environ.get("NEVE_PEER")
STEPS = int(os.environ.get("NEVE_PEER_STEPS", "40"))

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.timeout(5400),
    pytest.mark.skipif(PEER is None, reason="NEVE_PEER names no reference Nix"),
]

QUERIES = (
    "--references",
    "--referrers",
    "--requisites",
    "--referrers-closure",
    "--deriver",
    "--valid-derivers",
    "--hash",
    "--size",
    "--tree",
    "--graph",
    "--graphml",
)


class Programs:
    """Runs commands of both sides on one store in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = str(folder / "root")

    def own(self, program: str, *words: str, data: bytes = b"") -> bytes:
        return self._run([str(Path(sys.executable).parent / program)], words, data)

    def peer(self, program: str, *words: str, data: bytes = b"") -> bytes:
        return self._run([*shlex.split(PEER or ""), program], words, data)

    def both(self, program: str, *words: str, data: bytes = b"") -> tuple[bytes, bytes]:
        return self.own(program, *words, data=data), self.peer(program, *words, data=data)

    def _run(self, command: list[str], words: tuple[str, ...], data: bytes) -> bytes:
        done = subprocess.run(
            [*command, "--store", self.store, *words],
            cwd=self.folder,
            input=data,
            capture_output=True,
            check=False,
            env={**os.environ, "NIX_CONF_DIR": str(self.folder), "NIX_CONFIG": SETTINGS},
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout


SETTINGS = """\
build-users-group =
substituters =
extra-experimental-features = nix-command
"""


@pytest.fixture
def programs(tmp_path: Path) -> Programs:
    return Programs(tmp_path)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Every kind of file, with names in odd bytes."""
    corpus = tmp_path / "corpus"
    (corpus / "empty folder").mkdir(parents=True)
    (corpus / "sub" / "deeper").mkdir(parents=True)
    (corpus / "file").write_bytes(bytes(range(256)) * 700)
    (corpus / "empty").touch()
    (corpus / "program").write_bytes(b"#!/bin/sh\n")
    (corpus / "program").chmod(0o755)
    (corpus / "sub" / "link").symlink_to("../file")
    (corpus / "sub" / "dangling").symlink_to(os.fsdecode(b"no\xffwhere"))
    for name in (b"odd\xff\xfe", b"new\nline", b"B", b"a", "ü".encode(), b"-dash", b"~"):
        (corpus / "sub" / "deeper" / os.fsdecode(name)).write_bytes(name)
    return corpus


def test_archives_and_exports_are_the_same(programs: Programs, corpus: Path) -> None:
    """Archives, export streams, paths and hashes do not differ in a byte."""
    own, peer = programs.both("nix-store", "--add", str(corpus))
    assert own == peer
    path = own.decode().strip()
    own, peer = programs.both("nix-store", "--dump", str(corpus))
    assert own == peer
    own, peer = programs.both("nix-store", "--export", path)
    assert own == peer
    for words in (("sha1",), ("--recursive", "sha1"), ("--recursive", "sha256"), ("md5",)):
        source = str(corpus / "program") if "--recursive" not in words else str(corpus)
        own, peer = programs.both("nix-store", "--add-fixed", *words, source)
        assert own == peer
    programs.peer("nix-store", "--verify", "--check-contents")


def test_each_imports_what_the_other_exported(programs: Programs, corpus: Path) -> None:
    """A path travels both ways, and is then the same."""
    path = programs.own("nix-store", "--add", str(corpus)).decode().strip()
    stream = programs.own("nix-store", "--export", path)
    for delete, load in ((programs.own, programs.peer), (programs.peer, programs.own)):
        delete("nix-store", "--delete", path)
        assert load("nix-store", "--import", data=stream).decode().strip() == path
        assert programs.peer("nix-store", "--export", path) == stream


@pytest.mark.parametrize("compression", ["xz", "zstd", "none", "bzip2"])
def test_caches_are_read_by_the_other(programs: Programs, corpus: Path, compression: str) -> None:
    """What one uploads the other downloads; metadata and signatures agree but for what compressors choose."""
    folder = programs.folder
    for odd in (
        corpus / "sub" / "dangling",
        corpus / "sub" / "deeper" / os.fsdecode(b"odd\xff\xfe"),
    ):
        odd.unlink()  # listings are JSON, and cannot hold such names
    programs.own("nix-store", "--generate-binary-cache-key", "k", "secret", "public")
    public = (folder / "public").read_text()
    path = programs.own("nix-store", "--add", str(corpus)).decode().strip()
    caches = {}
    for name, run in (("own", programs.own), ("peer", programs.peer)):
        uri = f"file://{folder}/{name}?compression={compression}&secret-key={folder}/secret&write-nar-listing=true"
        run("nix", "copy", "--to", uri, path)
        caches[name] = {
            line.split(": ")[0]: line
            for line in (folder / name / f"{path[11:43]}.narinfo").read_text().splitlines()
        }
        listing = json.loads((folder / name / f"{path[11:43]}.ls").read_bytes())
        caches[name]["listing"] = json.dumps(listing, sort_keys=True)
    chosen = {"URL", "FileHash", "FileSize"} if compression != "none" else set()
    for field in caches["peer"].keys() - chosen:
        assert caches["own"][field] == caches["peer"][field]
    for source, run in (("own", programs.peer), ("peer", programs.own)):
        programs.own("nix-store", "--delete", path)
        run("nix", "copy", "--from", f"file://{folder}/{source}", path)
        run("nix", "store", "verify", "--option", "trusted-public-keys", public, path)


def compare_answers(programs: Programs) -> None:
    """Both sides say the same of everything."""
    own, peer = programs.both("nix-store", "--dump-db")
    assert own == peer
    for word in ("--print-live", "--print-dead"):
        own, peer = programs.both("nix-store", "--gc", word)
        assert set(own.splitlines()) == set(peer.splitlines())
    paths = [line for line in own_paths(programs) if not line.endswith(".drv")][:4]
    derivations = [line for line in own_paths(programs) if line.endswith(".drv")][:4]
    for query in QUERIES:
        for path in paths + derivations:
            own, peer = programs.both("nix-store", "-q", query, path)
            assert own == peer, (query, path)
    for derivation in derivations:
        for words in (("-q", "--outputs"), ("-q", "--binding", "name"), ("--print-env",)):
            own, peer = programs.both("nix-store", *words, derivation)
            assert own == peer
    for version in ("1", "2"):
        own, peer = programs.both(
            "nix", "path-info", "--json", "--json-format", version, "--all", "-S"
        )
        assert json.loads(own) == json.loads(peer)


def own_paths(programs: Programs) -> list[str]:
    listed = programs.own("nix", "path-info", "--all").decode().split()
    return sorted(listed)


def test_mixed_operations_leave_a_store_that_both_accept(programs: Programs) -> None:
    """Adding, building, rooting, copying, collecting and optimising by turns: nothing to complain of for either."""
    mixed = Mixed(programs, random.Random(20))
    for _ in range(STEPS):
        mixed.step()
    assert programs.peer("nix-store", "--verify", "--check-contents") == b""
    assert programs.own("nix-store", "--verify", "--check-contents") == b""
    compare_answers(programs)


def test_three_processes_at_once(programs: Programs) -> None:
    """Two of Neve and one of the reference build the same things, add and collect: all succeed, nothing is lost."""
    shell = find_static_shell()
    if shell is None:
        pytest.skip("needs a static shell (Debian: busybox-static)")
    shutil.copy(shell, programs.folder / "sh")
    with ThreadPoolExecutor(3) as pool:
        sides = (programs.own, programs.own, programs.peer)
        runs = [pool.submit(_work, programs, run, number) for number, run in enumerate(sides)]
        roots = [link for run in runs for link in run.result()]
    assert programs.peer("nix-store", "--verify", "--check-contents") == b""
    assert programs.own("nix-store", "--verify", "--check-contents") == b""
    valid = set(own_paths(programs))
    assert {os.readlink(link) for link in roots} <= valid
    compare_answers(programs)


def _work(programs: Programs, run: Callable[..., bytes], number: int) -> list[Path]:
    """Rounds of building, adding and collecting; the links to what must stay."""
    shell = f"/bin/sh={programs.folder}/sh"
    roots = []
    for turn in range(4):
        link = programs.folder / f"result-{number}-{turn}"
        expression = (
            'let d = n: derivation { name = "t${toString n}"; system = builtins.currentSystem; builder = "/bin/sh";'
            f' inputs = if n == 0 then [] else [ (d (n - 1)) ]; turn = "{turn}";'
            ' args = [ "-c" "echo $inputs $turn > $out" ]; }; in d 3'
        )
        options = ("--option", "sandbox-paths", shell, "-o", str(link), "-E", expression)
        run("nix-build", *options)
        roots.append(link)
        source = programs.folder / f"source-{number}-{turn}"
        source.write_text(f"{number} {turn}")
        run("nix-store", "--add", str(source))
        run("nix-store", "--gc")
    return roots


class Mixed:
    """One random operation after another, each by a random side."""

    def __init__(self, programs: Programs, numbers: random.Random) -> None:
        self._programs = programs
        self._numbers = numbers
        self._count = 0
        self._roots: list[Path] = []
        shell = find_static_shell()
        if shell is None:
            pytest.skip("needs a static shell (Debian: busybox-static)")
        shutil.copy(shell, programs.folder / "sh")
        self._operations: list[Callable[[], None]] = [
            self._add,
            self._add,
            self._instantiate,
            self._instantiate,
            self._build,
            self._build,
            self._build,
            self._root,
            self._unroot,
            self._collect,
            self._optimise,
            self._upload,
            self._download,
            self._delete,
        ]

    def step(self) -> None:
        self._count += 1
        self._numbers.choice(self._operations)()

    def _run(self, program: str, *words: str) -> str:
        run = self._numbers.choice([self._programs.own, self._programs.peer])
        return run(program, *words).decode()

    def _paths(self) -> list[str]:
        return own_paths(self._programs)

    def _add(self) -> None:
        source = self._programs.folder / f"source{self._count}"
        source.mkdir()
        for number in range(self._numbers.randrange(5)):
            (source / f"file{number}").write_text(str(number))
        self._run("nix-store", "--add", str(source))

    def _instantiate(self) -> None:
        expression = (
            f'let d = n: derivation {{ name = "d${{toString n}}"; system = "s"; builder = "/b";'
            f' inputs = if n == 0 then [] else [ (d (n - 1)) ]; text = builtins.toFile "t" "{self._count}"; }};'
            f" in d {self._numbers.randrange(6)}"
        )
        self._run("nix-instantiate", "--no-gc-warning", "-E", expression)

    def _build(self) -> None:
        """Builds a chain of derivations, part of which may have been built by the other side."""
        expression = (
            'let d = n: derivation { name = "b${toString n}"; system = builtins.currentSystem;'
            f' builder = "/bin/sh"; inputs = if n == 0 then [] else [ (d (n - 1)) ]; v = {self._numbers.randrange(4)};'
            ' outputs = [ "out" "dev" ]; args = [ "-c" "echo $inputs $v > $out; echo $out > $dev" ]; };'
            f" in d {self._numbers.randrange(6)}"
        )
        link = self._programs.folder / f"result{self._count}"
        shell = f"/bin/sh={self._programs.folder}/sh"
        self._run(
            "nix-build", "--option", "sandbox-paths", shell, "-o", str(link), "-E", expression
        )
        self._roots.append(link)

    def _root(self) -> None:
        paths = [path for path in self._paths() if not path.endswith(".drv")]
        if paths:
            link = self._programs.folder / f"root{self._count}"
            self._run("nix-store", "--add-root", str(link), "-r", self._numbers.choice(paths))
            self._roots.append(link)

    def _unroot(self) -> None:
        if self._roots:
            self._roots.pop(self._numbers.randrange(len(self._roots))).unlink(missing_ok=True)

    def _collect(self) -> None:
        self._run("nix-store", "--gc")

    def _optimise(self) -> None:
        self._run("nix-store", "--optimise")

    def _upload(self) -> None:
        paths = self._paths()
        if paths:
            self._run(
                "nix",
                "copy",
                "--to",
                f"file://{self._programs.folder}/cache",
                self._numbers.choice(paths),
            )

    def _download(self) -> None:
        cache = self._programs.folder / "cache"
        infos = sorted(cache.glob("*.narinfo"))
        if infos:
            first = self._numbers.choice(infos).read_text().splitlines()[0]
            path = first.removeprefix("StorePath: ")
            self._run("nix", "copy", "--no-check-sigs", "--from", f"file://{cache}", path)

    def _delete(self) -> None:
        dead = self._programs.own("nix-store", "--gc", "--print-dead").decode().split()
        users = {
            path
            for path in dead
            if not self._programs.own("nix-store", "-q", "--referrers", path).strip()
        }
        if users:
            self._run("nix-store", "--delete", self._numbers.choice(sorted(users)))

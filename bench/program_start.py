"""How many of Debian's programs start from the store, with an empty environment, on the machine at hand.

    python bench/program_start.py [--count 300] [--seed 4] [--json FILE] [PACKAGE…]

Takes random packages with a program in `bin/` from the archive's lists of contents, builds them, and starts the
package's programs (five of them at most) with `--version` and then `--help`, as an ordinary user without a network. A
program fails that says that a library, an interpreter, a module or a file of its own is missing, or that is killed by a
fault of its own; what else it says and its status do not count, nor that it aborts because of the option. A package
fails with the first of its programs, and when it cannot be built or has no program in `bin/` then. Needs root.
"""

import argparse
import gzip
import json
import os
import random
import re
import shutil
import signal
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from peer import own_program

from neve.debian.channel import RELEASE
from neve.debian.download import Downloader
from neve.debian.mirror import Mirror

PROGRAM: Final = re.compile(rb"^(?:usr/)?(?:s?bin|games)/([^/\s]+)\s+(\S+)$")
MISSING: Final = re.compile(
    r"error while loading shared libraries|(?:\.so|/)\S*: cannot open shared object file|bad interpreter"
    r"|ModuleNotFoundError|ImportError:|No module named|Can't locate \S+ in @INC|Can't locate loadable object"
    r"|cannot load such file|Could not find or load main class|Unable to access jarfile|NoClassDefFoundError"
    r"|can't find package|Cannot find module|module '\S+' not found|no such language|command not found"
    r"|Typelib file for namespace|Namespace \S+ not available|Failed to open file.*/usr/"
    r"|(?:/usr|/etc/(?!passwd|shadow|hosts|resolv))\S*['\"]?:? (?:No such file|not found|does not exist)"
    r"|No such file or directory:? ['\"]?/usr/|no usable .* interpreter|Settings schema '.*' is not installed"
    r"|No GSettings schemas|cannot find (?:the )?(?:data|shared|library)|could not find any (?:locale|data)",
    re.MULTILINE | re.IGNORECASE,
)
FAULTS: Final = {signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGABRT}
USER: Final = "12345"
NO_HARDWARE: Final = re.compile(
    r"could not connect to display|cannot open display|no display|unable to (?:open|init) (?:server|display)"
    r"|XOpenDisplay|Failed to create wl_display|cannot connect to X"
    r"|OpenAL call failed|ALSA lib .*(?:Unknown PCM|No such|cannot find card)|no (?:sound|audio) (?:card|device)",
    re.IGNORECASE,
)
"""A fault after which this was said would happen on any machine without a screen or without a sound card."""
REFUSED: Final = re.compile(
    r"(?:invalid|unrecognized|unknown) (?:command.line )?option|^usage:|std::invalid_argument",
    re.IGNORECASE | re.MULTILINE,
)
"""An abort that says this is how the program refuses an argument that it does not know."""
KILLED: Final = "killed by signal"
SCREENS: Final = "tmp/.X11-unix"
"""Where screens' sockets are."""
PROGRAMS_EACH: Final = 5
SAID: Final = 1 << 16
"""Bytes of what a program says that are looked at: some go on for as long as they are let."""


@dataclass
class Start:
    """What became of one program."""

    package: str
    program: str
    reason: str
    """Why it did not start; empty when it did."""


def read_contents(mirror: Mirror) -> dict[str, list[str]]:
    """Package → its programs, all of the release's main component."""
    programs: dict[str, list[str]] = defaultdict(list)
    with Downloader(proxy=mirror.proxy) as downloader:
        for architecture in ("amd64", "all"):
            url = f"{mirror.main}/dists/{RELEASE}/main/Contents-{architecture}.gz"
            for line in gzip.decompress(downloader.get(url)).splitlines():
                if match := PROGRAM.match(line):
                    for place in match[2].decode().split(","):
                        programs[place.rsplit("/", 1)[-1]].append(match[1].decode())
    return programs


def build(packages: list[str]) -> dict[str, str]:
    """Package → store path, of those that can be built."""
    expression = (
        "let pkgs = (import <nixpkgs> { config.allowUnfree = true; overlays = [ ]; }).debianPackages; in "
        "builtins.listToAttrs (map (name: { inherit name; value = pkgs.${name}; }) "
        f"(builtins.fromJSON ''{json.dumps(packages)}''))"
    )
    # As a list: of a set, attributes are passed over whose names are no identifiers, such as `7zip`.
    everything = f"builtins.attrValues ({expression})"
    command = [str(own_program("nix-build")), "--no-out-link", "--keep-going", "-E", everything]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
    paths = [str(own_program("nix-instantiate")), "--eval", "--json", "--strict", "-E"]
    text = subprocess.run(
        [*paths, f"builtins.mapAttrs (_: p: p.outPath) ({expression})"],
        capture_output=True,
        check=True,
    ).stdout
    return {name: path for name, path in json.loads(text).items() if Path(path).exists()}


@contextmanager
def virtual_screen() -> Iterator[str]:
    """The name of a display that shows nothing to nobody."""
    server = f"{build(['xvfb'])['xvfb']}/bin/Xvfb"
    with subprocess.Popen(
        [server, "-displayfd", "1", "-ac", "-nolisten", "tcp"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            yield f":{process.stdout.readline().strip()}"
        finally:
            process.terminate()


@dataclass(frozen=True)
class Place:
    """Where programs are started."""

    display: str = ""
    """The screen that they may open windows on."""
    root: Path | None = None
    """The directory that is their root, if not the machine's."""

    def run(self, program: str, argument: str) -> tuple[str, int]:
        """What a program says, and its status; running until it is stopped counts as success."""
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder, "home")
            home.mkdir()
            home.chmod(0o777)
            Path(folder).chmod(0o755)
            users = Path(folder, "passwd")
            users.write_text(f"root:x:0:0::/:/bin/sh\nuser:x:{USER}:{USER}::{home}:/bin/sh\n")
            command = ["unshare", "--net", "--pid", "--ipc", "--mount", "--fork", "--mount-proc"]
            command += ["--kill-child", "sh", "-c", f'{self._mounts(users)} && exec "$@"', "sh"]
            done = subprocess.run(
                [*command, *self._as_user(home), program, argument],
                cwd=home,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                check=False,
            )
        return done.stdout[:SAID].decode(errors="replace"), done.returncode

    def _mounts(self, users: Path) -> str:
        """A shell's commands, for namespaces of their own."""
        if self.root is None:
            return f"mount --bind {users} /etc/passwd"
        binds = [f"mount --rbind /{name} {self.root}/{name}" for name in ("proc", "dev", SCREENS)]
        return " && ".join([*binds, f"cp {users} {self.root}/etc/passwd"])

    def _as_user(self, home: Path) -> list[str]:
        """What comes before the program."""
        place = home if self.root is None else "/tmp"
        variables = [f"DISPLAY={self.display}", f"HOME={place}"] if self.display else []
        limited = ["env", "-i", *variables, "timeout", "--kill-after=1", "15"]
        if self.root is not None:
            chroot = shutil.which("chroot", path="/usr/sbin:/usr/bin") or "chroot"
            return [*limited, chroot, f"--userspec={USER}:{USER}", "--groups=", str(self.root)]
        return [
            *("setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"),
            *("--no-new-privs", *limited),
        ]


def why_not(place: Place, program: str) -> str:
    """Starts a program twice, as people first do; why it does not start, empty when it does."""
    for argument in ("--version", "--help"):
        output, status = place.run(program, argument)
        if match := MISSING.search(output):
            line = output[output.rfind("\n", 0, match.start()) + 1 :].partition("\n")[0]
            return line.strip()[:300]
        number = status - 128
        if number == signal.SIGABRT and REFUSED.search(output):
            continue
        if number in {int(fault) for fault in FAULTS} and not NO_HARDWARE.search(output):
            return f"{KILLED} {number}: {output[-200:].strip()}"
        if status in {126, 127} and not output.strip():
            return f"status {status} without a word"
    return ""


def start(package: str, program: str, display: str = "") -> Start:
    """Starts a program from the store."""
    return Start(package, program, why_not(Place(display), program))


def choose(package: str, path: str) -> list[str]:
    """The programs of a package to start, the one with its name first."""
    folder = Path(path, "bin")
    names = (
        sorted(name for name in os.listdir(folder) if not name.startswith("."))
        if folder.is_dir()
        else []
    )
    names.sort(key=lambda name: name != package)
    programs = (folder / name for name in names)
    return [str(file) for file in programs if file.is_file() and os.access(file, os.X_OK)][
        :PROGRAMS_EACH
    ]


def _why_none(path: str | None) -> str:
    """Why nothing of a package could be started, though the archive lists programs of it."""
    return "could not be built" if path is None else f"no program in {path}/bin"


def main() -> None:
    """Prints failures, then the share of packages and programs that start."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("packages", nargs="*")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    packages = options.packages
    if not packages:
        candidates = sorted(read_contents(Mirror.find()))
        packages = random.Random(options.seed).sample(candidates, options.count)
    paths = build(packages)
    with ThreadPoolExecutor(2) as pool:
        work = [
            (name, program)
            for name, path in sorted(paths.items())
            for program in choose(name, path)
        ]
        results = list(pool.map(lambda item: start(*item), work))
    if any(result.reason.startswith(KILLED) for result in results):
        with virtual_screen() as display:
            results = [
                start(result.package, result.program, display)
                if result.reason.startswith(KILLED)
                else result
                for result in results
            ]
    tried = {result.package for result in results}
    results += [
        Start(name, "", _why_none(paths.get(name))) for name in packages if name not in tried
    ]
    failed = [result for result in results if result.reason]
    for result in failed:
        print(f"{result.package}: {result.program}: {result.reason}")
    started = {result.package for result in results} - {result.package for result in failed}
    tried = {result.package for result in results}
    print(f"packages: {len(started)} of {len(tried)} ({len(started) / len(tried):.1%})")
    print(f"programs: {len(results) - len(failed)} of {len(results)}")
    if options.json:
        options.json.write_text(json.dumps([asdict(result) for result in results], indent=1))


if __name__ == "__main__":
    main()

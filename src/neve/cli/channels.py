"""The profile of channels: a user environment with one folder for each."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from neve import terminal
from neve.builder.goals import Output
from neve.cli import common
from neve.cli.building import BuildFlow, build_flow
from neve.cli.profiles import default_expression_dir, profiles_dir
from neve.cli.user_environment import UserEnvironments
from neve.errors import FetchError, TransferError
from neve.fetch.provider import stands_for_nixpkgs
from neve.lang.channel_lock import FILE, ChannelLock
from neve.lang.embedded_channel import EmbeddedChannel
from neve.lang.fetching import fetch_settings
from neve.lang.packages import Package
from neve.store.adding import Ingestion
from neve.store.roots import make_link

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from neve.cli.nix_channel import ChannelArguments
    from neve.lang.session import Session

_UNPACK: Final = """
name: channelName: file: derivation {
  inherit name channelName;
  builder = "builtin:unpack-channel";
  system = "builtin";
  src = builtins.storePath file;
  preferLocalBuild = true;
}
"""
_ARCHIVES: Final = ("nixexprs.tar.xz", "nixexprs.tar.bz2")


@dataclass(frozen=True)
class _Channels:
    """What an update works with."""

    arguments: ChannelArguments
    session: Session
    flow: BuildFlow
    environments: UserEnvironments

    def make(self, name: str, url: str) -> str:
        """The store path of a channel as it is now: a folder with one of the channel's name in it."""
        provider = self.arguments.settings.text("nixpkgs-provider")
        address = f"{url}/nixexprs.tar.xz"
        if provider == "embedded" and (stands_for_nixpkgs(address) or stands_for_nixpkgs(url)):
            return self._wrap(name, self._fetch("fetchTarball", address))
        if re.search(r"\.tar\.(gz|bz2|xz)$", url):
            return self._unpack(name, url, self._fetch("fetchurl", url))
        try:
            archive = self._fetch("fetchurl", f"{url}/{_ARCHIVES[0]}")
        except (TransferError, FetchError):
            archive = self._fetch("fetchurl", f"{url}/{_ARCHIVES[1]}")
        return self._unpack(name, url, archive)

    def _fetch(self, function: str, url: str) -> str:
        return str(self.session.host.fetch(function, {"url": url})["outPath"])

    def _wrap(self, name: str, tree: str) -> str:
        """A folder with a link to a tree that is in the store already."""
        store = self.flow.store
        with store.temporary_directory() as folder:
            target = f"{folder}/{name}"
            os.mkdir(target)
            os.symlink(tree, f"{target}/{name}")
            how = Ingestion(references=frozenset({tree}))
            return store.add_path(target, name=name, how=how).path

    def _unpack(self, name: str, url: str, archive: str) -> str:
        make = self.session.evaluator.from_python
        derivation = self.session.evaluate(_UNPACK).call(
            make(full_name(name, url)), make(name), make(archive)
        )
        drv_path = derivation.attr("drvPath")
        assert drv_path is not None  # noqa: S101 - our own expression makes a derivation
        path = drv_path.coerce_to_string()
        self.session.evaluator.flush()
        self.flow.make_builder().build([Output(path, "out")])
        return self.flow.outputs.of(path)["out"]

    def current(self, name: str) -> str | None:
        """The store path of a channel in the profile."""
        try:
            return os.path.dirname(os.readlink(f"{self.environments.profile.link}/{name}"))
        except OSError:
            return None


def full_name(name: str, url: str) -> str:
    """The name with the version that the address ends with."""
    match = re.search(r"-\d.*$", url.rpartition("/")[2])
    return name + match[0] if match else name


@contextmanager
def _open(arguments: ChannelArguments) -> Iterator[_Channels]:
    folder = profiles_dir(arguments.settings)
    os.makedirs(folder, exist_ok=True)
    # Whoever updates wants to know what there is now.
    arguments.settings.set("tarball-ttl", "0")
    session = common.open_session(arguments)
    with build_flow(arguments) as flow:
        environments = UserEnvironments(flow, session, f"{folder}/channels")
        yield _Channels(arguments, session, flow, environments)


def update_channels(
    arguments: ChannelArguments, channels: Mapping[str, str], wanted: Collection[str]
) -> None:
    """Fetches the wanted channels, all if none are named, and makes a generation of the profile."""
    with _open(arguments) as opened:
        if not channels and arguments.settings.text("nixpkgs-provider") == "embedded":
            path = opened.session.host.lookup_path_entry("channel:nixpkgs")
            terminal.say(f"<nixpkgs> is now '{path}'", level=3)
            return
        packages = []
        for name, url in channels.items():
            kept = opened.current(name) if wanted and name not in wanted else None
            path = kept or opened.make(name, url)
            packages.append(Package("", None, name=full_name(name, url), out_path=path))
        terminal.say(f"unpacking {len(packages)} channels...", level=3)
        done = False
        while not done:
            done = opened.environments.switch(packages, opened.environments.state())
    _link_default_expression(arguments)


def lock_channel(arguments: ChannelArguments, directory: str) -> None:
    """Writes the lock file of the project in a directory: it names the newest generation of Neve's own package set."""
    system = arguments.settings.text("system")
    with build_flow(arguments) as flow:
        settings = fetch_settings(arguments.settings)
        path = EmbeddedChannel(flow.store, settings, system).newest()
        info = flow.store.query_path_info(path)
        lock = ChannelLock.of_generation(info, flow.store.real_path(path), system)
    lock.write(Path(directory, FILE))
    terminal.say(f"{FILE} pins <nixpkgs> at '{path}'", level=3)


def remove_channel(arguments: ChannelArguments, name: str) -> None:
    """Takes a channel out of the profile, if it is in there."""
    with _open(arguments) as opened:
        done = opened.current(name) is None
        while not done:
            state = opened.environments.state()
            path = opened.current(name)
            packages = [
                package for package in opened.environments.installed() if package.out_path != path
            ]
            terminal.say(f"uninstalling '{name}'", level=3)
            done = opened.environments.switch(packages, state)


def _link_default_expression(arguments: ChannelArguments) -> None:
    """Makes channels known to `nix-env` and to lookup paths."""
    folder = default_expression_dir(arguments.settings)
    if os.path.islink(folder):
        # It was a link to a single expression once.
        os.unlink(folder)
    os.makedirs(folder, exist_ok=True)
    make_link(f"{folder}/channels", f"{profiles_dir(arguments.settings)}/channels")

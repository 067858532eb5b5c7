"""From what a build needs to the steps that make its sandbox: pure, so that a plan can be printed and tested.

Two orders are possible. Root makes all mounts with real power and enters the user namespace last, so that the builder
owns none of them. An ordinary user enters the user namespace first, since only in there is mounting allowed. Everything
else is the same for both.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from neve.sandbox import operations as op
from neve.sandbox.filter import assemble_filter
from neve.sandbox.identity import Identity
from neve.sandbox.operations import Namespace, Operation

BUILDER_UID: Final = 1000
BUILDER_GID: Final = 100

_DEVICES: Final = ("full", "null", "random", "tty", "urandom", "zero")
_DEVICE_LINKS: Final = {
    "fd": "/proc/self/fd",
    "stdin": "/proc/self/fd/0",
    "stdout": "/proc/self/fd/1",
    "stderr": "/proc/self/fd/2",
    "ptmx": "/dev/pts/ptmx",
}
_32_BIT_SYSTEMS: Final = {"i686-linux", "armv7l-linux", "armv6l-linux", "armv5tel-linux"}


@dataclass(frozen=True)
class Command:
    """The builder itself."""

    program: str
    arguments: tuple[str, ...]
    """The first is the program's name for itself."""
    environment: Mapping[str, str]


@dataclass(frozen=True)
class Policy:
    """Settings that restrict every builder alike."""

    filters_system_calls: bool = True
    allows_new_privileges: bool = False
    requires_dropped_groups: bool = False
    impersonates_linux_26: bool = False
    shared_memory_size: str = "50%"


@dataclass(frozen=True)
class Mount:
    """A file or folder of the host that a builder sees."""

    source: str
    is_read_only: bool = False
    is_optional: bool = False
    has_devices: bool = False


@dataclass(frozen=True)
class Spec:
    """What a sandboxed build needs."""

    system: str
    """System type of the derivation."""
    machine: str
    """This machine, as uname(2) calls it."""
    identity: Identity
    root: str
    """An empty folder, on which the sandbox's root is mounted."""
    store_dir: str
    output_dir: str
    """Where the builder's store is on the host: outputs appear there."""
    build_dir: str
    """The working folder as the builder sees it."""
    host_build_dir: str
    temporary_dir: str
    """What the builder sees as `/tmp`."""
    mounts: Mapping[str, Mount]
    """Inputs and everything else that is shown, by place in the sandbox."""
    has_network: bool = False
    policy: Policy = field(default_factory=Policy)


@dataclass(frozen=True)
class Plan:
    """Steps for the process that watches the builder, then those of the builder itself, then its command."""

    supervisor: tuple[Operation, ...]
    builder: tuple[Operation, ...]
    command: Command

    def describe(self) -> str:
        """One line for each step."""
        lines = [step.describe() for step in (*self.supervisor, *self.builder)]
        lines.append(f"run {' '.join((self.command.program, *self.command.arguments[1:]))}")
        return "\n".join(f"{number:3}. {line}" for number, line in enumerate(lines, 1))


def plan_sandbox(spec: Spec, command: Command) -> Plan:
    """The steps of a sandboxed build."""
    identity = spec.identity
    user_namespace = op.EnterUserNamespace(BUILDER_UID, BUILDER_GID, identity.uid, identity.gid)
    supervisor: list[Operation] = [_drop_groups(identity, spec.policy)]
    if identity.is_own:
        supervisor.append(user_namespace)
    supervisor.append(op.EnterNamespace(Namespace.PID))
    builder: list[Operation] = [
        *_enter_namespaces(has_network=spec.has_network),
        *_mount_root(spec),
        op.ChangeRoot(spec.root),
        op.EnterDirectory(spec.build_dir),
    ]
    if not identity.is_own:
        builder.append(user_namespace)
    builder.append(op.BecomeUser(BUILDER_UID, BUILDER_GID))
    builder += _restrict(spec.system, spec.machine, spec.policy)
    if spec.has_network:
        builder.append(op.ForbidAbstractSockets())
    if not spec.policy.allows_new_privileges:
        builder.append(op.DropCapabilities())
    return Plan(tuple(supervisor), tuple(builder), command)


def plan_unsandboxed(spec: Spec, command: Command) -> Plan:
    """The steps of a build that sees the host as it is; only `spec.host_build_dir`, identity and policy count."""
    identity = spec.identity
    builder: list[Operation] = [op.SetDefaults(), op.EnterDirectory(spec.host_build_dir)]
    if not identity.is_own:
        builder.append(_drop_groups(identity, spec.policy))
        builder.append(op.BecomeUser(identity.uid, identity.gid))
    builder += _restrict(spec.system, spec.machine, spec.policy)
    return Plan((), tuple(builder), command)


def _drop_groups(identity: Identity, policy: Policy) -> Operation:
    is_optional = identity.is_own and not policy.requires_dropped_groups
    return op.DropGroups(identity.groups, is_optional=is_optional)


def _enter_namespaces(*, has_network: bool) -> Iterator[Operation]:
    yield op.SetDefaults()
    for namespace in (Namespace.MOUNT, Namespace.IPC, Namespace.UTS):
        yield op.EnterNamespace(namespace)
    if not has_network:
        yield op.EnterNamespace(Namespace.NETWORK)
        yield op.BringUpLoopback()
    yield op.SetHostName("localhost")


def _mount_root(spec: Spec) -> Iterator[Operation]:
    root = spec.root
    yield op.MakeMountsPrivate()
    yield op.MountFileSystem("tmpfs", root, "mode=0755,size=16m")
    yield op.Bind(spec.output_dir, root + spec.store_dir)
    yield op.Bind(spec.host_build_dir, root + spec.build_dir)
    yield op.Bind(spec.temporary_dir, f"{root}/tmp")  # noqa: S108 - in the sandbox
    yield from _account_files(spec)
    if "/dev" not in spec.mounts:
        yield from _devices(root)
    for target, mount in sorted(spec.mounts.items()):
        yield op.Bind(
            mount.source,
            root + target,
            is_read_only=mount.is_read_only,
            has_devices=mount.has_devices,
            is_optional=mount.is_optional,
        )
    yield op.MountFileSystem("proc", f"{root}/proc")
    shared_memory = f"{root}/dev/shm"  # noqa: S108 - in the sandbox
    if "/dev" not in spec.mounts:
        yield op.MountFileSystem("tmpfs", shared_memory, f"size={spec.policy.shared_memory_size}")
        yield op.MountFileSystem("devpts", f"{root}/dev/pts", "newinstance,mode=0620,ptmxmode=0666")


def _account_files(spec: Spec) -> Iterator[Operation]:
    etc = f"{spec.root}/etc"
    home = f":Nix build user:{spec.build_dir}:/noshell"
    yield op.WriteFile(
        f"{etc}/passwd",
        f"root:x:0:0{home}\n"
        f"nixbld:x:{BUILDER_UID}:{BUILDER_GID}{home}\n"
        "nobody:x:65534:65534:Nobody:/:/noshell\n",
    )
    yield op.WriteFile(f"{etc}/group", f"root:x:0:\nnixbld:!:{BUILDER_GID}:\nnogroup:x:65534:\n")
    if spec.has_network:
        # Names are looked up in files and the DNS only, whatever else the host has configured.
        yield op.WriteFile(f"{etc}/nsswitch.conf", "hosts: files dns\nservices: files\n")
    else:
        yield op.WriteFile(f"{etc}/hosts", "127.0.0.1 localhost\n::1 localhost\n")


def _devices(root: str) -> Iterator[Operation]:
    for name in _DEVICES:
        yield op.Bind(f"/dev/{name}", f"{root}/dev/{name}", has_devices=True)
    for name, target in _DEVICE_LINKS.items():
        yield op.MakeLink(f"{root}/dev/{name}", target)


def _restrict(system: str, machine: str, policy: Policy) -> Sequence[Operation]:
    steps: list[Operation] = [
        op.SetPersonality(
            is_32_bit=system in _32_BIT_SYSTEMS,
            is_linux_26=policy.impersonates_linux_26 and system in {"i686-linux", "x86_64-linux"},
        )
    ]
    if not policy.allows_new_privileges:
        steps.append(op.ForbidNewPrivileges())
    if policy.filters_system_calls:
        steps.append(op.InstallFilter(assemble_filter(machine)))
    return steps

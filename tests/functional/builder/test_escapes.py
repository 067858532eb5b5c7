"""What a malicious builder tries, and does not get.

Most builders here are Python programs: the sandboxes of these tests show the interpreter and its libraries.
"""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.functional.builder.workshop import Workshop

from neve._core import encode_hash, hash_bytes

pytestmark = pytest.mark.functional

Probe = Callable[..., str]

EMPTY = encode_hash(hash_bytes("sha256", b""), "sha256", "sri")
WITH_NETWORK = {"out": {"method": "flat", "hash": EMPTY}}
TRY = """
import ctypes, errno, os, signal, socket, stat, struct
libc = ctypes.CDLL(None, use_errno=True)
def attempt(name, action):
    try:
        result = action()
    except OSError as error:
        print(name, errno.errorcode[error.errno])
    else:
        print(name, 'WORKED', result)
def call(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), '')
    return result
"""


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A server on the host's loopback interface, which counts who calls."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        yield server


def was_called(server: socket.socket) -> bool:
    try:
        server.accept()[0].close()
    except TimeoutError:
        return False
    return True


def test_the_network_of_the_host(probe: Probe, listener: socket.socket) -> None:
    """An ordinary build has a loopback interface of its own and no way out."""
    port = listener.getsockname()[1]
    output = probe(
        f"""{TRY}
attempt('loopback', lambda: socket.create_connection(('127.0.0.1', {port}), 2))
attempt('outside', lambda: socket.create_connection(('192.0.2.1', 80), 2))
print(sorted(line.split(':')[0].strip() for line in open('/proc/net/dev').readlines()[2:]))
with socket.create_server(('127.0.0.1', 0)) as server:
    socket.create_connection(server.getsockname(), 2)
    print('own loopback works')
"""
    )
    assert output.splitlines() == [
        "loopback ECONNREFUSED",
        "outside ENETUNREACH",
        "['lo']",
        "own loopback works",
    ]
    assert not was_called(listener)


def test_fixed_outputs_share_the_network(probe: Probe, listener: socket.socket) -> None:
    """A build whose result is known may use the network, and finds its configuration."""
    port = listener.getsockname()[1]
    output = probe(
        f"""{TRY}
socket.create_connection(('127.0.0.1', {port}), 2)
print(open('/etc/nsswitch.conf').read())
""",
        outputs=WITH_NETWORK,
    )
    assert was_called(listener)
    assert "hosts: files dns" in output


def test_abstract_sockets(probe: Probe) -> None:
    """Not even such a build reaches abstract sockets, through which it could hand open files to others."""
    if not _kernel_scopes_sockets():
        pytest.skip("needs Linux 6.12 with Landlock")
    name = f"\0neve-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(name)
        server.listen()
        output = probe(
            f"""{TRY}
attempt('connect', lambda: socket.socket(socket.AF_UNIX).connect({name!r}))
""",
            outputs=WITH_NETWORK,
        )
    assert output == "connect EPERM"


def _kernel_scopes_sockets() -> bool:
    import ctypes

    version: int = ctypes.CDLL(None).syscall(444, None, 0, 1)
    return version >= 6


def test_files_of_the_host(probe: Probe, tmp_path: Path) -> None:
    """Nothing of the host is there but what the sandbox was given."""
    secret = tmp_path / "secret"
    secret.write_text("secret")
    output = probe(
        f"""{TRY}
for path in ('/etc/shadow', '/root/.bashrc', '/home', '/sys', '/run', '/var', {str(secret)!r}):
    attempt(path, lambda: os.stat(path))
print(sorted(os.listdir('/etc')))
print(open('/etc/passwd').read().split()[0])
"""
    )
    assert "WORKED" not in output
    assert "['group', 'hosts', 'passwd']" in output
    assert "secret" not in output.replace(str(secret), "")


def test_the_way_up(probe: Probe) -> None:
    """The root of the sandbox is the root: neither `..`, nor /proc, nor a second chroot leads out."""
    output = probe(
        f"""{TRY}
print(os.stat('/').st_ino == os.stat('/../../..').st_ino)
attempt('chroot', lambda: os.chroot('/build'))
print(os.readlink('/proc/1/root'), os.readlink('/proc/self/root'))
print(sorted(os.listdir('/proc/1/root')) == sorted(os.listdir('/')))
"""
    )
    assert output.splitlines() == ["True", "chroot EPERM", "/ /", "True"]


def test_other_processes(probe: Probe) -> None:
    """A builder sees and kills only what it started itself."""
    with subprocess.Popen(["sleep", "60"]) as canary:
        try:
            output = probe(
                f"""{TRY}
print(sorted(name for name in os.listdir('/proc') if name.isdigit()) == ['1'], os.getpid())
attempt('signal', lambda: os.kill({canary.pid}, 9))
attempt('trace', lambda: call(libc.ptrace(16, {canary.pid}, None, None)))
attempt('everybody', lambda: os.kill(-1, 9))
"""
            )
            assert output.splitlines() == [
                "True 1",
                "signal ESRCH",
                "trace ESRCH",
                "everybody ESRCH",
            ]
            assert canary.poll() is None
        finally:
            canary.kill()


def test_other_users(probe: Probe) -> None:
    """The builder is user 1000 in group 100, cannot become anybody else, and has no capability."""
    output = probe(
        f"""{TRY}
print(os.getresuid(), os.getresgid(), open('/proc/self/uid_map').read().split()[::2])
for name, action in (('root', lambda: os.setuid(0)), ('group', lambda: os.setgid(0)),
                     ('groups', lambda: os.setgroups([0])), ('owner', lambda: os.chown('/build', 0, 0))):
    attempt(name, action)
lines = dict(line.split(':', 1) for line in open('/proc/self/status'))
print([lines[name].strip() for name in ('CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb', 'NoNewPrivs')])
"""
    )
    assert output.splitlines() == [
        "(1000, 1000, 1000) (100, 100, 100) ['1000', '1']",
        "root EINVAL",
        "group EINVAL",
        "groups EPERM",
        "owner EINVAL",
        str(["0" * 16] * 5 + ["1"]),
    ]


def test_settings_of_the_kernel(probe: Probe) -> None:
    """What /proc lets root change, a builder cannot."""
    output = probe(
        f"""{TRY}
for path in ('/proc/sysrq-trigger', '/proc/sys/kernel/core_pattern', '/proc/sys/vm/drop_caches',
             '/proc/sys/kernel/hostname', '/proc/self/uid_map'):
    attempt(path, lambda: open(path, 'wb', buffering=0).write(b'1'))
attempt('hostname', lambda: socket.sethostname('evil'))
attempt('memory', lambda: open('/proc/kcore', 'rb').read(1))
"""
    )
    assert "WORKED" not in output


def test_inputs_cannot_be_changed(make_workshop: Callable[..., Workshop]) -> None:
    """An input is read-only for the builder, as is the root of its sandbox."""
    workshop = make_workshop()
    dep = workshop.derive("dep", "mkdir $out; echo good > $out/file")
    derivation = workshop.derive(
        "attack",
        "! chmod u+w $dep $dep/file 2>/dev/null; ! rm -rf $dep 2>/dev/null;"
        " ! (echo bad > $dep/file) 2>/dev/null; ! mv $dep /build 2>/dev/null;"
        " ! touch /new /etc/new /bin/new 2>/dev/null; cat $dep/file > $out",
        inputs=[dep],
        dep=workshop.output(dep),
    )
    assert workshop.build(derivation).read_text() == "good\n"
    assert workshop.store.verify(check_contents=True)


def test_mounts(probe: Probe) -> None:
    """Mounting, unmounting and remounting are for root."""
    output = probe(
        f"""{TRY}
attempt('tmpfs', lambda: call(libc.mount(b'none', b'/build', b'tmpfs', 0, None)))
attempt('bind', lambda: call(libc.mount(b'/build', b'/tmp', None, 4096, None)))
attempt('remount', lambda: call(libc.mount(None, b'/', None, 32 | 4096, None)))
attempt('unmount', lambda: call(libc.umount2(b'/proc', 2)))
attempt('pivot', lambda: call(libc.syscall(155, b'/build', b'/build')))
"""
    )
    assert output.count("EPERM") == 5


def test_a_user_namespace_of_its_own(make_workshop: Callable[..., Workshop]) -> None:
    """A builder may make a user namespace, in which it is root, and still cannot undo what protects inputs."""
    workshop = make_workshop()
    dep = workshop.derive("dep", "echo good > $out")
    derivation = workshop.derive(
        "attack",
        "unshare -Urm /bin/sh -c '! mount -o remount,bind,rw $dep; ! mount -o remount,bind,rw /; ! umount $dep;"
        " ! (echo bad > $dep); ! touch /new; ! mount -o remount,bind,suid /build' > /build/log 2>&1 || cat /build/log;"
        " cat $dep > $out",
        inputs=[dep],
        dep=workshop.output(dep),
    )
    assert workshop.build(derivation).read_text() == "good\n"
    assert workshop.store.verify(check_contents=True)


def test_setuid_files(probe: Probe) -> None:
    """No way of making a file gives it a setuid or setgid bit."""
    output = probe(
        f"""{TRY}
open('/build/f', 'w').close()
descriptor = os.open('/build/f', os.O_RDWR)
create = os.O_CREAT | os.O_RDWR
attempt('chmod', lambda: os.chmod('/build/f', 0o4755))
attempt('chmod group', lambda: os.chmod('/build/f', 0o2755))
attempt('fchmod', lambda: os.fchmod(descriptor, 0o4755))
attempt('fchmodat', lambda: call(libc.fchmodat(-100, b'/build/f', 0o4755, 0)))
attempt('fchmodat2', lambda: call(libc.syscall(452, -100, b'/build/f', 0o4755, 0)))
attempt('open', lambda: os.open('/build/g', create, 0o4755))
attempt('creat', lambda: call(libc.creat(b'/build/h', 0o4755)))
attempt('mknod', lambda: os.mknod('/build/i', stat.S_IFREG | 0o4755))
attempt('ordinary', lambda: os.chmod('/build/f', 0o755))
"""
    )
    lines = output.splitlines()
    assert [line for line in lines if "WORKED" in line] == ["ordinary WORKED None"]
    assert all(line.endswith("EPERM") for line in lines[:-1])


def test_setuid_files_of_the_host(make_workshop: Callable[..., Workshop], as_root: None) -> None:
    """A setuid program that is shown to a builder gives it nothing."""
    del as_root
    workshop = make_workshop()
    program = workshop.root.parent / "setuid"
    program.write_bytes(Path("/bin/busybox").read_bytes())
    program.chmod(0o4755)
    workshop = make_workshop(sandbox_paths={"/bin/setuid": str(program)})
    derivation = workshop.derive(
        "attack",
        "ln -s /bin/setuid id; PATH=. id -u > $out; cat /proc/self/status | grep Uid >> $out",
    )
    text = workshop.build(derivation).read_text()
    assert text.split()[0] == "1000"
    assert text.split()[2:] == ["1000"] * 4


def test_extended_attributes(probe: Probe) -> None:
    """Extended attributes and ACLs do not exist for builders."""
    output = probe(
        f"""{TRY}
open('/build/f', 'w').close()
attempt('set', lambda: os.setxattr('/build/f', 'user.a', b'1'))
attempt('get', lambda: os.getxattr('/build/f', 'user.a'))
attempt('acl', lambda: os.setxattr('/build/f', 'system.posix_acl_access', b'1'))
attempt('io_uring', lambda: call(libc.syscall(425, 1, ctypes.create_string_buffer(120))))
"""
    )
    assert output.splitlines() == [
        "set ENOTSUP",
        "get ENOTSUP",
        "acl ENOTSUP",
        "io_uring ENOSYS",
    ]


def test_device_nodes(probe: Probe) -> None:
    """Devices cannot be made, and only harmless ones are there."""
    output = probe(
        f"""{TRY}
attempt('disk', lambda: os.mknod('/build/sda', stat.S_IFBLK | 0o600, os.makedev(8, 0)))
attempt('memory', lambda: os.mknod('/build/mem', stat.S_IFCHR | 0o600, os.makedev(1, 1)))
print(sorted(set(os.listdir('/dev')) - {{'kvm'}}))
open('/dev/null', 'w').write('x'); open('/dev/zero', 'rb').read(1); open('/dev/urandom', 'rb').read(1)
"""
    )
    lines = output.splitlines()
    assert lines[:2] == ["disk EPERM", "memory EPERM"]
    expected = [
        "fd",
        "full",
        "null",
        "ptmx",
        "pts",
        "random",
        "shm",
        "stderr",
        "stdin",
        "stdout",
        "tty",
        "urandom",
        "zero",
    ]
    assert lines[2] == str(expected)


def test_shared_memory_and_keys(probe: Probe) -> None:
    """System V objects, message queues and keys of the session are those of the sandbox."""
    output = probe(
        f"""{TRY}
print(open('/proc/sysvipc/shm').read().count(chr(10)))
attempt('key', lambda: call(libc.syscall(250, 0, -3, 0)))
print(os.listdir('/dev/shm'))
"""
    )
    lines = output.splitlines()
    assert lines[0] == "1"
    assert lines[2] == "[]"


def test_leftover_processes_cannot_change_outputs(workshop: Workshop) -> None:
    """Daemons that outlive the builder are dead before its output is looked at."""
    derivation = workshop.derive(
        "daemon",
        "mkdir $out; echo good > $out/file;"
        " (setsid sh -c 'while :; do ln -sfn /etc/shadow $out/x; echo bad > $out/file; done' >/dev/null 2>&1 &);"
        " sleep 0.2; rm -f $out/x || :; echo good > $out/file",
    )
    for _ in range(5):
        path = workshop.build(derivation)
        inodes = {
            entry.name: entry.stat(follow_symlinks=False).st_ino for entry in os.scandir(path)
        }
        threading.Event().wait(0.1)
        assert workshop.store.verify(check_contents=True)
        assert inodes == {
            entry.name: entry.stat(follow_symlinks=False).st_ino for entry in os.scandir(path)
        }
        workshop.reopen()
        workshop.store.delete_paths([workshop.output(derivation)])


def test_links_out_of_outputs(workshop: Workshop, tmp_path: Path) -> None:
    """Links that lead to files of the host are stored as links; what they lead to is not touched."""
    victim = tmp_path / "victim"
    victim.write_text("mine")
    victim.chmod(0o640)
    before = victim.stat()
    derivation = workshop.derive(
        "links",
        f"mkdir $out; ln -s {victim} $out/a; ln -s ../../../../etc/shadow $out/b; ln -s $out $out/c",
    )
    path = workshop.build(derivation)
    assert os.readlink(path / "a") == str(victim)
    after = victim.stat()
    assert (before.st_mode, before.st_mtime, before.st_uid) == (
        after.st_mode,
        after.st_mtime,
        after.st_uid,
    )
    as_link = workshop.derive("link", f"ln -s {victim} $out")
    assert os.readlink(workshop.build(as_link)) == str(victim)
    assert victim.stat().st_mode == before.st_mode


def test_hard_links_to_inputs(workshop: Workshop) -> None:
    """An output cannot be a hard link to an input, whose metadata would then change with it."""
    dep = workshop.derive("dep", "echo > $out")
    derivation = workshop.derive(
        "attack", "! ln $dep $out 2>/dev/null; echo > $out", inputs=[dep], dep=workshop.output(dep)
    )
    path = workshop.build(derivation)
    assert path.stat().st_nlink == 1


def test_open_files_do_not_survive(workshop: Workshop) -> None:
    """A file that the builder keeps open for writing is not written to afterwards."""
    derivation = workshop.derive(
        "open", "exec 3> $out; (while :; do echo x >&3; done) & sleep 0.1; exit 0"
    )
    path = workshop.build(derivation)
    size = path.stat().st_size
    threading.Event().wait(0.3)
    assert path.stat().st_size == size
    assert workshop.store.verify(check_contents=True)


def test_the_terminal_is_the_builders_own(probe: Probe) -> None:
    """The builder has no controlling terminal, and its input is empty."""
    output = probe(
        f"""{TRY}
attempt('tty', lambda: open('/dev/tty').close())
print(os.getsid(0) == os.getpid(), repr(os.read(0, 1)))
"""
    )
    assert output.splitlines() == ["tty ENXIO", "True b''"]


def test_descriptors_are_closed(probe: Probe) -> None:
    """The builder inherits nothing but the three standard descriptors."""
    with open(sys.executable, "rb") as file:
        os.set_inheritable(file.fileno(), True)  # noqa: FBT003 - its signature
        output = probe("print(sorted(int(name) for name in os.listdir('/proc/self/fd'))[:4])")
    assert output in {"[0, 1, 2, 3]", "[0, 1, 2]"}
    assert "4" not in output

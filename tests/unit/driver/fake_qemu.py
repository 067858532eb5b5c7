"""A stand-in for a start script with QEMU: QMP on its socket, a real bash as the machine's root shell.

    fake_qemu.py [--end-at-once] [--end-after N] [--silent] QEMU-ARGUMENT…

The "machine" prints a console line, and obeys `quit` and `sendkey`; `poweroff` typed in its shell ends it. What comes
in on its serial line goes out again.
"""

import json
import os
import socket
import subprocess
import sys
import threading
import time

MARKER = b"\0\nSpawning backdoor root shell...\n"
SYSTEMCTL = """() {
  local unit=${@: -1}
  case $* in
    *list-jobs*) cat "$SHARED_DIR/jobs" 2>/dev/null || echo 'No jobs running.' ;;
    *'show '*)
      [[ $unit != broken ]] || return 1
      printf 'ActiveState=%s\\nId=%s\\n' "$(cat "$SHARED_DIR/$unit" || echo inactive)" "$unit" ;;
    *) echo "$@" ;;
  esac
}"""
"""States of units are files in the shared folder."""
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c6360000000020001e221bc330000000049454e44ae426082"
)


def option(name: str) -> str:
    """The word after the QEMU flag `name`."""
    return sys.argv[sys.argv.index(name) + 1]


def say(line: str) -> None:
    """A line on the serial console."""
    sys.stdout.write(line + "\r\n")
    sys.stdout.flush()


def leave(status: int) -> None:
    """End as a process does that is killed: at once."""
    os._exit(status)


def panic() -> None:
    """End as a kernel does that is out of memory."""
    say("Kernel panic - not syncing: out of luck")
    for number in range(35):
        say(f"a line of the trace: {number}")
    leave(0)


def answer(request: dict[str, object], monitor_log: list[str]) -> object:
    """QMP's return value for `request`."""
    arguments = request.get("arguments", {})
    assert isinstance(arguments, dict)
    if request["execute"] == "human-monitor-command":
        line = str(arguments["command-line"])
        monitor_log.append(line)
        say(f"monitor: {line}")
        if line == "info network":
            return (
                "virtio-net-pci.0: index=0,type=nic,model=virtio-net-pci,macaddr=52:54:00:12:34:56\r\n"
                " \\ user.0: index=0,type=user\r\n"
                "virtio-net-pci.1: index=0,type=nic,model=virtio-net-pci,macaddr=52:54:00:12:01:02\r\n"
                " \\ vlan1: index=0,type=vde,fd=17\r\n"
            )
        return "address in use\r\n" if "tcp::666-" in line else ""
    if request["execute"] == "screendump":
        with open(str(arguments["filename"]), "wb") as file:
            file.write(PICTURE)
    return {}


def serve_qmp(path: str) -> None:
    """One client after the other."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(1)
    monitor_log: list[str] = []
    while True:
        connection, _ = listener.accept()
        connection.sendall(b'{"QMP": {"version": {}, "capabilities": []}}\r\n')
        for line in connection.makefile("rb"):
            request = json.loads(line)
            if request["execute"] == "quit":
                leave(0)
            if request["execute"] == "no-such-command":
                reply: dict[str, object] = {
                    "error": {"class": "CommandNotFound", "desc": "not found"}
                }
            else:
                reply = {"return": answer(request, monitor_log)}
                if request["execute"] == "system_reset":
                    connection.sendall(b'{"event": "RESET", "data": {"guest": false}}\r\n')
            connection.sendall(json.dumps(reply).encode() + b"\r\n")


def serve_shell(path: str) -> None:
    """A bash that reads the socket as its script, as the unit in a machine does; anew when it dies."""
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(path)
    environment = {
        **os.environ,
        "FAKE_QEMU": str(os.getpid()),
        "BASH_FUNC_poweroff%%": "() { kill -TERM $FAKE_QEMU; }",
        "BASH_FUNC_systemctl%%": SYSTEMCTL,
    }
    while True:
        try:
            connection.sendall(MARKER)
        except OSError:
            return
        subprocess.run(
            ["bash", "--norc", "-s"],
            stdin=connection.fileno(),
            stdout=connection.fileno(),
            stderr=subprocess.DEVNULL,
            env=environment,
            check=False,
        )


def main() -> None:
    """Behave like a machine."""
    if "--end-at-once" in sys.argv:
        say("qemu: no such disk")
        leave(3)
    if "--end-after" in sys.argv:
        seconds = float(option("--end-after"))
        threading.Timer(seconds, panic).start()
    threading.Thread(
        target=serve_qmp, args=[option("-qmp")[5:].partition(",")[0]], daemon=True
    ).start()
    if "--silent" not in sys.argv:
        shell = option("-chardev").partition("path=")[2]
        threading.Thread(target=serve_shell, args=[shell], daemon=True).start()
    say("Booting the fake kernel")
    for line in sys.stdin:
        say(f"echo: {line.rstrip()}")
    while True:
        time.sleep(60)


main()

"""A machine's life, its screen, its console, its files."""

import threading
import time
from pathlib import Path

import pytest
from driver_machines import MachineMaker
from test_driver.errors import ActionTimedOutError, MachineError
from test_driver.places import Places
from test_driver.qemu import QemuMachine, name_of_start_command
from test_driver.qmp import QmpError


def test_start_returns_when_qemu_answers_and_does_nothing_twice(machine: QemuMachine) -> None:
    """Its process is the same after a second start."""
    machine.start()
    pid = machine.pid
    machine.start()
    assert pid is not None
    assert machine.pid == pid
    assert not machine.is_up()


def test_state_folders_are_private(machine: QemuMachine) -> None:
    """Nobody else reads a machine's disk."""
    machine.start()
    assert machine.state_dir.stat().st_mode & 0o777 == 0o700


def test_crash_ends_at_once_and_the_machine_starts_again(machine: QemuMachine) -> None:
    """A later start finds the state of the first."""
    machine.succeed("true")
    (machine.state_dir / "disk").touch()
    machine.crash()
    assert machine.pid is None
    assert not machine.booted
    assert machine.succeed("echo again") == "again\n"
    assert (machine.state_dir / "disk").exists()


def test_shutdown_waits_for_the_end(machine: QemuMachine) -> None:
    """`poweroff` in the shell ends the process."""
    machine.succeed("true")
    machine.shutdown()
    assert machine.pid is None


def test_reboot_presses_keys_and_reconnects_later(machine: QemuMachine) -> None:
    """Ctrl-Alt-Del goes to QEMU."""
    machine.succeed("true")
    machine.reboot()
    assert not machine.connected
    machine.wait_for_console_text("monitor: sendkey ctrl-alt-delete", timeout=5)


def test_keys_are_translated(machine: QemuMachine) -> None:
    """Characters become QEMU's names of keys; names of keys stay."""
    machine.start()
    machine.send_chars("aB 1!_\n~?", delay=None)
    machine.send_key("ctrl-c")
    machine.wait_for_console_text("sendkey ctrl-c", timeout=5)
    keys = [
        line.split()[-1] for line in machine.get_console_log().splitlines() if "sendkey" in line
    ]
    assert keys == [
        "a",
        "shift-b",
        "spc",
        "1",
        "shift-0x02",
        "shift-0x0C",
        "ret",
        "shift-0x29",
        "shift-0x35",
        "ctrl-c",
    ]


def test_screenshots_go_to_the_output(machine: QemuMachine, places: Places, tmp_path: Path) -> None:
    """A bare name gets `.png`; a name with a slash is a path."""
    machine.start()
    machine.screenshot("first")
    machine.screenshot(f"{tmp_path}/second.png")
    assert (places.out_dir / "first.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "second.png").exists()


def test_text_recognition_says_how_to_enable_it(
    machine: QemuMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without Tesseract it is a problem of the test's options."""
    machine.start()
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(MachineError, match="enableOCR = true"):
        machine.get_screen_text()


def test_console_text_is_consumed_once(machine: QemuMachine) -> None:
    """A second wait does not see what the first one found; the log keeps everything."""
    machine.start()
    machine.send_console("hello\n")
    machine.wait_for_console_text("echo: hel+o", timeout=5)
    with pytest.raises(ActionTimedOutError, match="hello to appear on console of server"):
        machine.wait_for_console_text("hello", timeout=0.1)
    assert machine.get_console_log() == "Booting the fake kernel\necho: hello\n"


def test_console_waits_end_with_the_machine(make_machine: MachineMaker) -> None:
    """An unlimited wait for a text that never comes ends when QEMU does."""
    machine = make_machine("--end-after", "0.5")
    machine.start()
    with pytest.raises(MachineError, match="ended: QEMU's exit status is 0"):
        machine.wait_for_console_text("never")


def test_booting_is_not_limited_but_ends_with_the_machine(make_machine: MachineMaker) -> None:
    """A machine without a shell is waited for until it ends."""
    with pytest.raises(MachineError, match="Kernel panic"):
        make_machine("--silent", "--end-after", "2").succeed("true")


def test_ports_are_forwarded(machine: QemuMachine) -> None:
    """QEMU's monitor is told; what it objects to is an error."""
    machine.start()
    machine.forward_port(8022, 22)
    machine.wait_for_console_text("hostfwd_add tcp::8022-:22", timeout=5)
    with pytest.raises(MachineError, match="cannot forward port 666: address in use"):
        machine.forward_port(666)


def test_blocking_pulls_the_plug_of_the_first_test_network(machine: QemuMachine) -> None:
    """Not that of the card that leads outside."""
    machine.start()
    machine.block()
    machine.unblock()
    machine.wait_for_console_text(r"set_link virtio-net-pci\.1 on", timeout=5)
    assert "set_link virtio-net-pci.1 off" in machine.get_console_log()


def test_qmp_commands_errors_and_events(machine: QemuMachine) -> None:
    """Answers, refusals, and events that arrived in between."""
    machine.start()
    assert machine.qmp_client.send("query-status") == {"return": {}}
    with pytest.raises(QmpError, match="refused `no-such-command`: not found"):
        machine.qmp_client.send("no-such-command")
    machine.qmp_client.send("system_reset")
    event = machine.wait_for_qmp_event(lambda event: event["event"] == "RESET", timeout=5)
    assert event["data"] == {"guest": False}
    with pytest.raises(ActionTimedOutError, match=r"after 0\.1 seconds"):
        machine.wait_for_qmp_event(lambda _: False, timeout=0.1)


def test_a_machine_that_is_not_running_says_so(machine: QemuMachine) -> None:
    """Keys and screens need a running machine."""
    with pytest.raises(MachineError, match="machine server is not running"):
        machine.send_key("a")


def test_files_go_in_through_the_shell(machine: QemuMachine, tmp_path: Path) -> None:
    """Any bytes, into a folder that is made; folders are refused."""
    source = tmp_path / "source"
    source.write_bytes(bytes(range(256)) * 500)
    machine.copy_from_host_via_shell(str(source), f"{tmp_path}/new/target")
    assert (tmp_path / "new/target").read_bytes() == source.read_bytes()
    with pytest.raises(MachineError, match="regular files"):
        machine.copy_from_host_via_shell(str(tmp_path), "/nowhere")
    with pytest.raises(MachineError, match="no such file"):
        machine.copy_from_host("/no/such/file", "/nowhere")


def test_waits_for_files_ports_and_their_ends(machine: QemuMachine, tmp_path: Path) -> None:
    """A path is a word of the shell; ports are tried by a connection."""
    (tmp_path / "some file").touch()
    machine.wait_for_file(f"{tmp_path}/some*")
    machine.wait_for_closed_port(1)
    with pytest.raises(
        ActionTimedOutError, match="waiting for TCP port 1 on localhost to be open on server"
    ):
        machine.wait_for_open_port(1, timeout=0.2)


def test_one_machine_takes_one_command_at_a_time(machine: QemuMachine) -> None:
    """Threads of a script do not get each other's answers."""
    machine.connect()
    outputs: dict[int, str] = {}
    threads = [
        threading.Thread(target=lambda n=n: outputs.update({n: machine.succeed(f"echo {n}")}))
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outputs == {n: f"{n}\n" for n in range(8)}


def test_a_machine_outlives_the_thread_that_started_it(machine: QemuMachine) -> None:
    """The kernel's signal at a parent's death follows threads."""
    thread = threading.Thread(target=machine.start)
    thread.start()
    thread.join()
    time.sleep(0.2)
    assert machine.succeed("echo alive") == "alive\n"


def test_names_come_from_start_commands() -> None:
    """`run-<name>-vm`, wherever it is."""
    assert name_of_start_command("/nix/store/x/bin/run-web-1-vm --flag") == "web-1"
    with pytest.raises(Exception, match="needs a name"):
        name_of_start_command("/bin/qemu")


def test_two_runs_do_not_share_state(places: Places, tmp_path: Path) -> None:
    """The second run has folders of its own, unless it insists on the state of the first."""
    del places
    from test_driver.errors import ConfigurationError
    from test_driver.logger import Logger

    second = Places.claim(["server"], tmp_path, Logger(), keeps_state=False)
    try:
        assert second.state_dir("server") != tmp_path / "vm-state-server"
    finally:
        second.release()
    assert not second.scratch.exists()
    with pytest.raises(ConfigurationError, match="another run uses"):
        Places.claim(["server"], tmp_path, Logger(), keeps_state=True)

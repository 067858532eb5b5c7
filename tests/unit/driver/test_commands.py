"""Commands in a machine, through the real protocol and a real bash."""

import socket
import statistics
import time
from pathlib import Path

import pytest
from driver_machines import MachineMaker
from test_driver.errors import ActionTimedOutError, AssertionFailedError, MachineError
from test_driver.qemu import QemuMachine
from test_driver.shell import READY, Shell
from test_driver.sinks import Recorder


def test_succeed_starts_connects_and_returns_all_outputs(machine: QemuMachine) -> None:
    """The first command boots the machine; outputs of several commands are joined."""
    assert machine.succeed("echo one", "echo two") == "one\ntwo\n"
    assert machine.is_up()


def test_execute_tells_status_and_output(machine: QemuMachine) -> None:
    """Any exit status and anything on standard output, but not on standard error, comes back."""
    assert machine.execute("echo out; echo err >&2; exit 42") == (42, "out\n")


def test_special_characters_reach_the_command(machine: QemuMachine) -> None:
    """Quotes, backslashes, new lines, dollars, control characters and other alphabets are kept."""
    text = "a'b\"c\\d $HOME `x` !\t\x03\x1b é \u2603"
    assert machine.succeed(f"cat <<'END'\n{text}\nEND") == f"{text}\n"
    assert machine.succeed("for i in 1 2\ndo\n  echo $i # says it\ndone") == "1\n2\n"


def test_output_may_be_binary_and_without_a_last_newline(machine: QemuMachine) -> None:
    """NUL bytes do not end an output; what is no UTF-8 is replaced."""
    assert machine.succeed(r"printf 'a\0b\377'") == "a\0b\ufffd"


def test_large_outputs_arrive_whole(machine: QemuMachine) -> None:
    """Ten million bytes, in a few seconds."""
    begin = time.monotonic()
    assert len(machine.succeed("head -c 10000000 /dev/zero | tr '\\0' x")) == 10_000_000
    assert time.monotonic() - begin < 30


def test_a_round_trip_is_quick(machine: QemuMachine) -> None:
    """The protocol itself costs little: one fork of the shell."""
    machine.connect()
    seconds = []
    for _ in range(20):
        begin = time.monotonic()
        machine.succeed("true")
        seconds.append(time.monotonic() - begin)
    assert statistics.median(seconds) < 0.5


def test_options_of_the_shell_are_strict(machine: QemuMachine) -> None:
    """Unset variables, failing members of pipelines and failing first commands fail the whole."""
    machine.fail("echo $no_such_variable")
    machine.fail("false | cat")
    machine.fail("false; true")


def test_state_does_not_outlive_a_command(machine: QemuMachine) -> None:
    """Variables, folders and `exit` are the command's own."""
    machine.succeed("cd /; kept=1")
    machine.fail('test -n "${kept-}"')
    assert machine.execute("exit 7")[0] == 7
    assert machine.succeed('echo "$#"') == "0\n"


def test_failures_name_the_command_and_its_output(machine: QemuMachine, record: Recorder) -> None:
    """The error has command and status, the log the output."""
    with pytest.raises(
        AssertionFailedError, match=r"command `echo oops; exit 3` failed \(exit code 3\)"
    ):
        machine.succeed("echo oops; exit 3")
    assert "output: oops" in [event.text for event in record.events]
    with pytest.raises(
        AssertionFailedError, match="command `true` unexpectedly succeeded"
    ) as caught:
        machine.fail("true")
    assert caught.value.machine == "server"


def test_a_command_over_its_limit_has_status_124(machine: QemuMachine) -> None:
    """As `timeout` says it; the machine goes on working."""
    assert machine.execute("sleep 30", timeout=1)[0] == 124
    with pytest.raises(AssertionFailedError, match="exit code 124"):
        machine.succeed("sleep 30", timeout=1)
    assert machine.succeed("echo on") == "on\n"


def test_return_and_output_can_be_left_out(machine: QemuMachine) -> None:
    """-1 instead of the status; -2 and nothing at once, and the next output is the next command's."""
    assert machine.execute("echo x; false", check_return=False) == (-1, "x\n")
    begin = time.monotonic()
    assert machine.execute("echo late; sleep 1; echo later", check_output=False) == (-2, "")
    assert time.monotonic() - begin < 1
    assert machine.succeed("echo mine") == "mine\n"


def test_wait_until_succeeds_returns_the_last_output(machine: QemuMachine, tmp_path: Path) -> None:
    """It repeats until the exit status is 0."""
    machine.execute(f"(sleep 0.3; echo ready > {tmp_path}/flag) >&2 &", timeout=None)
    assert machine.wait_until_succeeds(f"cat {tmp_path}/flag") == "ready\n"
    assert machine.wait_until_fails("echo still; false") == "still\n"


def test_waits_end_at_their_limit_and_say_what_they_waited_for(machine: QemuMachine) -> None:
    """The error has the seconds, the command and the machine."""
    with pytest.raises(
        ActionTimedOutError,
        match="action timed out after 1 seconds: waiting for success of `false` on server",
    ):
        machine.wait_until_succeeds("false", timeout=1)


def test_polling_adds_little(machine: QemuMachine, tmp_path: Path) -> None:
    """A wait ends a tenth of a second at most after what it waits for, the command's own time aside."""
    machine.connect()
    machine.execute(
        f"(sleep 1; date +%s.%N > {tmp_path}/new; mv {tmp_path}/new {tmp_path}/flag) >&2 &",
        timeout=None,
    )
    machine.wait_for_file(f"{tmp_path}/flag")
    seen = time.time()
    assert seen - float((tmp_path / "flag").read_text()) < 2


def test_a_machine_that_never_starts_says_why(make_machine: MachineMaker) -> None:
    """QEMU's exit status and its words are in the error."""
    machine = make_machine("--end-at-once")
    with pytest.raises(MachineError, match=r"(?s)machine server ended.*status is 3.*no such disk"):
        machine.start()
    assert machine.pid is None


def test_a_machine_that_panics_ends_the_command(make_machine: MachineMaker) -> None:
    """The console's last lines are part of the error."""
    machine = make_machine("--end-after", "1")
    with pytest.raises(MachineError, match=r"(?s)ended.*Kernel panic.*last lines"):
        machine.succeed("sleep 60")


def test_a_shell_that_dies_is_noticed(machine: QemuMachine) -> None:
    """The unit starts it anew, and the driver does not take its greeting for an answer."""
    with pytest.raises(MachineError, match="the root shell died while it ran"):
        machine.succeed("kill -KILL $$; sleep 5")
    assert machine.succeed("echo again") == "again\n"


def test_a_person_may_end_the_shell(machine: QemuMachine) -> None:
    """The next command has the shell that follows; one that the person leaves alone goes on."""
    machine.connect()
    for typed in (b"value=1\n", b"exit\n", b"printf 'no line'; exit 3\n"):
        with machine._the_shell.borrow() as connection:
            connection.sendall(typed)
        assert machine.succeed("echo fine") == "fine\n"
        assert machine.succeed("echo again") == "again\n"


def test_a_connection_that_closes_is_the_machines_end(tmp_path: Path) -> None:
    """QEMU closes it a little before it ends; why the machine ended is what counts."""
    calls = []

    def check_alive() -> None:
        calls.append(1)
        if len(calls) > 3:
            raise MachineError("machine server ended: Kernel panic")

    shell = Shell([tmp_path / "shell"], check_alive)
    with socket.socket(socket.AF_UNIX) as qemu:
        qemu.connect(str(tmp_path / "shell"))
        qemu.sendall(READY)
        shell.wait_until_ready(lambda _: None)
    with pytest.raises(MachineError, match="Kernel panic"):
        shell.run("true")
    shell.close()

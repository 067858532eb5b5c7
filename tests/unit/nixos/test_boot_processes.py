"""What a boot need not do: processes that are not started, modules that are not unpacked."""

from pathlib import Path

import pytest

import neve

pytestmark = pytest.mark.usefixtures("packages")

NIXPKGS = Path(__file__).parents[3] / "nixpkgs"
MACHINE = """
    { modulesPath, ... }: {
      imports = [ (modulesPath + "/virtualisation/qemu-vm.nix") ];
      services.nginx.enable = true;
      system.stateVersion = "25.11";
    }
"""


def evaluate(folder: Path, configuration: str, expression: str) -> object:
    """The value of `expression`, a function of `config`."""
    (folder / "configuration.nix").write_text(configuration)
    evaluator = neve.Evaluator(
        settings={},
        store=f"local?store={folder}/store&state={folder}/state&log={folder}/log",
        read_only=False,
    )
    source = f"""
        let system = import {NIXPKGS}/nixos {{
          configuration = {folder}/configuration.nix;
          system = "x86_64-linux";
        }};
        in ({expression}) system.config
    """
    return neve.to_python(evaluator.evaluate(source))


def test_guests_load_unpacked_modules(tmp_path: Path) -> None:
    """The modules of a guest's network and of its firewall are among those that need no unpacking and verifying."""
    modules = evaluate(tmp_path, MACHINE, "c: c.system.unpackedModules")
    assert isinstance(modules, list)
    assert {"nft_compat", "nf_conntrack", "virtio_net"} <= set(modules)


def test_real_machines_keep_signatures(tmp_path: Path) -> None:
    """Secure Boot asks for the signatures of modules: only guests whose kernel QEMU loads go without."""
    configuration = '{ fileSystems."/".device = "/dev/vda"; boot.loader.grub.device = "nodev"; }'
    assert evaluate(tmp_path, configuration, "c: c.system.unpackedModules") == []


def test_modules_that_are_there_take_no_process(tmp_path: Path) -> None:
    """No process loads what is loaded or built in, nor graphics that nothing draws on."""
    units = evaluate(
        tmp_path,
        MACHINE,
        'c: map (name: c.systemd.units.${name}.text) [ "modprobe@.service" "modprobe@drm.service" ]',
    )
    assert isinstance(units, list)
    assert "ConditionPathExists=!/sys/module/%I\n" in units[0]
    assert "ConditionPathExistsGlob=|/sys/bus/pci/devices/*/boot_vga\n" in units[1]


def test_new_disks_get_the_database_as_it_is(tmp_path: Path) -> None:
    """Nix's database comes with the store; paths are loaded only for a disk that knows another store."""
    found = evaluate(
        tmp_path,
        MACHINE,
        """c: [
          c.boot.postBootCommands
          c.systemd.units."register-nix-paths.service".text
          c.system.build.vmRegistration.name
        ]""",
    )
    assert isinstance(found, list)
    assert '/db" $database' in found[0]
    assert "ConditionPathExists=/run/register-nix-paths\n" in found[1]
    assert found[2] == "vm-registration"


def test_guests_leave_out_what_changes_nothing(tmp_path: Path) -> None:
    """Coldplugging passes over drivers and modules, and neither random numbers nor mounts are done twice."""
    found = evaluate(
        tmp_path,
        MACHINE,
        """c: [
          (builtins.concatStringsSep " " c.systemd.services.systemd-udev-trigger.serviceConfig.ExecStart)
          c.systemd.services.systemd-random-seed.enable
          c.systemd.services.systemd-remount-fs.enable
          (builtins.head c.boot.kernelParams)
          c.system.usrTree.links."lib/libbpf.so.1"
        ]""",
    )
    assert isinstance(found, list)
    assert "--type=devices" in found[0]
    assert found[1:] == [False, False, "lsm=landlock,lockdown,yama,apparmor", None]


@pytest.mark.parametrize(
    "unit",
    [
        'services.shy.serviceConfig.SocketBindDeny = "any"',
        'slices.shy.sliceConfig.RestrictNetworkInterfaces = "lo"',
    ],
)
def test_guests_have_what_restricts_networks(tmp_path: Path, unit: str) -> None:
    """The library by which systemd keeps units off ports and interfaces is there if one is to be kept off."""
    configuration = MACHINE.replace("services.nginx", f"systemd.{unit}; services.nginx")
    links = evaluate(tmp_path, configuration, "c: builtins.attrNames c.system.usrTree.links")
    assert isinstance(links, list)
    assert "lib/libbpf.so.1" not in links


def test_no_prompt_where_there_is_no_screen(tmp_path: Path) -> None:
    """A guest without graphics asks for a login on its screen if QEMU gives it one; fbcon is none."""
    configuration = MACHINE.replace(
        "services.nginx", "virtualisation.graphics = false; services.nginx"
    )
    text = evaluate(tmp_path, configuration, 'c: c.systemd.units."getty@.service".text')
    assert isinstance(text, str)
    assert "ConditionPathExistsGlob=|/sys/bus/pci/devices/*/boot_vga\n" in text
    assert "ConditionPathExistsGlob=|/sys/class/graphics/fb[0-9]*\n" in text


def test_guests_do_what_their_configuration_asks_for(tmp_path: Path) -> None:
    """Options of the kernel's own file systems are applied, and services can be kept off file systems."""
    configuration = MACHINE.replace(
        "services.nginx",
        """
        virtualisation.fileSystems."/proc" = {
          device = "proc"; fsType = "proc"; options = [ "hidepid=2" ];
        };
        systemd.services.shy.serviceConfig.RestrictFileSystems = "ext4";
        services.nginx""",
    )
    found = evaluate(
        tmp_path,
        configuration,
        "c: [ c.systemd.services.systemd-remount-fs.enable c.boot.kernelParams ]",
    )
    assert isinstance(found, list)
    assert found[0] is True
    assert not any(word.startswith("lsm=") for word in found[1])


def test_devices_belong_to_nobody_made_up(tmp_path: Path) -> None:
    """What sets up devices asks no running service about each group; one process makes the roots of the system."""
    found = evaluate(
        tmp_path,
        MACHINE,
        """c: [
          (map (name: c.systemd.services.${name}.environment.SYSTEMD_NSS_DYNAMIC_BYPASS)
            [ "systemd-udevd" "systemd-tmpfiles-setup-dev" "systemd-tmpfiles-setup" ])
          c.system.build.activationScript
          c.system.systemBuilderScripts.init
        ]""",
    )
    assert isinstance(found, list)
    assert found[0] == ["1", "1", "1"]
    assert 'ln -sfn /run/current-system /run/booted-system "$_roots/"' in found[1]
    assert "gcroots" not in found[2]

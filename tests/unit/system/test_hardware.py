"""What is found in /sys and /proc of made-up machines."""

from pathlib import Path

from neve.system.hardware import Machine


def add(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


def add_device(root: Path, folder: str, values: dict[str, str], module: str | None = None) -> None:
    """A device with a driver, as sysfs shows it."""
    for name, text in values.items():
        add(root, f"{folder}/{name}", text)
    if module is not None:
        link = root / folder / "driver/module"
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(f"../../../module/{module}")


def test_nothing_there(tmp_path: Path) -> None:
    """Without /sys and /proc nothing is found, and it is taken for bare metal."""
    found = Machine(str(tmp_path)).detect()
    assert found.virtualisation == "none"
    assert found.initrd_available == found.kernel_modules == found.initrd_modules == []
    assert found.imports == ["installer/scan/not-detected.nix"]


def test_bare_metal(tmp_path: Path) -> None:
    """A machine of its own: disks, USB and keyboard for the initrd, KVM, microcode, firmware."""
    add(tmp_path, "proc/cpuinfo", "vendor_id\t: GenuineIntel\nflags\t\t: fpu vmx sse\n")
    pci, usb = "sys/bus/pci/devices", "sys/bus/usb/devices"
    disk = {"vendor": "0x8086", "device": "0xa102", "class": "0x010601"}
    add_device(tmp_path, f"{pci}/0000:00:17.0", disk, "ahci")
    host = {"vendor": "0x8086", "device": "0xa12f", "class": "0x0c0330"}
    add_device(tmp_path, f"{pci}/0000:00:14.0", host, "xhci_pci")
    network = {"vendor": "0x8086", "device": "0x4220", "class": "0x028000"}
    add_device(tmp_path, f"{pci}/0000:01:00.0", network, "ipw2200")
    radio = {"vendor": "0x14e4", "device": "0x43a3", "class": "0x028000"}
    add_device(tmp_path, f"{pci}/0000:02:00.0", radio, "brcmfmac")
    keyboard = {"bInterfaceClass": "03", "bInterfaceProtocol": "01"}
    add_device(tmp_path, f"{usb}/1-1:1.0", keyboard, "usbhid")
    mouse = {"bInterfaceClass": "03", "bInterfaceProtocol": "02"}
    add_device(tmp_path, f"{usb}/1-2:1.0", mouse, "mousedriver")
    stick = {"bInterfaceClass": "08", "bInterfaceProtocol": "50"}
    add_device(tmp_path, f"{usb}/1-3:1.0", stick, "usb_storage")
    add_device(tmp_path, "sys/class/block/sda/device", {}, "sd_mod")
    add_device(tmp_path, "sys/class/block/sdb/device", {}, "sd_mod")
    add(tmp_path, "sys/class/block/dm-0/dm/uuid", "LVM-abc")
    add(tmp_path, "dev/bcache0", "")
    found = Machine(str(tmp_path)).detect()
    wanted = ["xhci_pci", "ahci", "usbhid", "usb_storage", "sd_mod", "bcache"]
    assert found.initrd_available == wanted
    assert found.initrd_modules == ["dm-snapshot"]
    assert found.kernel_modules == ["kvm-intel"]
    assert found.imports == [
        "hardware/network/broadcom-43xx.nix",
        "installer/scan/not-detected.nix",
    ]
    assert found.attributes == [
        "networking.enableIntel2200BGFirmware = true;",
        "hardware.cpu.intel.updateMicrocode = lib.mkDefault config.hardware.enableRedistributableFirmware;",
    ]


def test_virtual_machines(tmp_path: Path) -> None:
    """Guests are known by what their firmware is called; they need no microcode."""
    add(tmp_path, "proc/cpuinfo", "vendor_id : AuthenticAMD\nflags : svm hypervisor\n")
    machine = Machine(str(tmp_path))
    assert machine.detect_virtualisation() == "vm-other"
    add(tmp_path, "sys/class/dmi/id/sys_vendor", "QEMU\n")
    found = machine.detect()
    assert (found.virtualisation, found.imports) == ("qemu", ["profiles/qemu-guest.nix"])
    assert found.kernel_modules == ["kvm-amd"]
    assert found.attributes == []
    scsi = {"vendor": "0x1af4", "device": "0x1004", "class": "0x010000"}
    add_device(tmp_path, "sys/bus/pci/devices/0000:00:05.0", scsi, "virtio_pci")
    assert machine.detect().initrd_available == ["virtio_pci", "virtio_scsi"]
    add(tmp_path, "sys/class/dmi/id/product_name", "VirtualBox")
    assert machine.detect().attributes == ["virtualisation.virtualbox.guest.enable = true;"]
    add(tmp_path, "run/systemd/container", "systemd-nspawn")
    assert machine.detect().attributes == ["boot.isContainer = true;"]

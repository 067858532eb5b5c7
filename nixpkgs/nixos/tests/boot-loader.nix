# Machines start by the boot loader on their disk, for a BIOS and for UEFI, and install it anew when they change.
import ./make-test-python.nix (
  { ... }:
  let
    common = {
      virtualisation.useBootLoader = true;
      system.switch.enable = true;
      boot.loader.timeout = 0;
      specialisation.changed.configuration.environment.etc.changed.text = "changed";
    };
  in
  {
    name = "boot-loader";
    nodes = {
      bios = {
        imports = [ common ];
        boot.loader.grub.enable = true;
      };
      uefi = {
        imports = [ common ];
        virtualisation.useEFIBoot = true;
        boot.loader.systemd-boot.enable = true;
        boot.loader.efi.canTouchEfiVariables = true;
      };
    };
    testScript = ''
      start_all()
      with subtest("the loader started the system"):
          t.assertIn("BOOT_IMAGE=", bios.succeed("cat /proc/cmdline"))
          t.assertIn("systemd-boot", uefi.succeed("cat /sys/firmware/efi/efivars/LoaderInfo-* | tr -d '\\000'"))
      for machine in machines:
          with subtest(f"{machine.name} starts what it changed to"):
              machine.fail("test -e /etc/changed")
              system = machine.succeed("realpath /run/current-system/specialisation/changed").strip()
              machine.succeed(f"nix-env --profile /nix/var/nix/profiles/system --set {system}")
              machine.succeed(f"{system}/bin/switch-to-configuration boot >&2")
              machine.shutdown()
              machine.start()
              t.assertEqual(machine.succeed("cat /etc/changed"), "changed")
    '';
  }
)

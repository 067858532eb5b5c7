# What QEMU is told about the virtual machine.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    concatStringsSep
    literalExpression
    mkOption
    optionalString
    types
    ;
  cfg = config.virtualisation;
  common = import ../../../lib/qemu-common.nix {
    inherit lib;
    inherit (pkgs) stdenv;
  };
  consoles = [
    "${common.qemuSerialDevice},115200n8"
    "tty0"
  ];

  forward =
    rule:
    if rule.from == "host" then
      "hostfwd=${rule.proto}:${rule.host.address}:${toString rule.host.port}-${rule.guest.address}:${toString rule.guest.port},"
    else
      "'guestfwd=${rule.proto}:${rule.guest.address}:${toString rule.guest.port}-cmd:${cfg.host.pkgs.netcat-openbsd}/bin/nc ${rule.host.address} ${toString rule.host.port}',";

  driveOptions = {
    options = {
      name = mkOption {
        type = types.nullOr types.str;
        default = null;
        description = "The name of the drive in QEMU.";
      };
      file = mkOption {
        type = types.str;
        example = "$PWD/data.qcow2";
        description = "The image; the start script expands variables in it.";
      };
      driveExtraOpts = mkOption {
        type = types.attrsOf types.str;
        default = { };
        example = {
          format = "raw";
        };
        description = "More of QEMU's `-drive`.";
      };
      deviceExtraOpts = mkOption {
        type = types.attrsOf types.str;
        default = { };
        example = {
          serial = "data";
        };
        description = "More of QEMU's `-device`.";
      };
    };
  };
in
{
  options.virtualisation.qemu = {
    package = mkOption {
      type = types.package;
      default =
        let
          host = cfg.host.pkgs;
        in
        if host.stdenv.hostPlatform.system == pkgs.stdenv.hostPlatform.system then host.qemu_kvm else host.qemu;
      defaultText = literalExpression "if host and guest have the same processor then pkgs.qemu_kvm else pkgs.qemu";
      example = literalExpression "pkgs.qemu_test";
      description = "The QEMU that runs the machine.";
    };

    forceAccel = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the machine only starts where the processor runs it; otherwise it is emulated where it has to be.";
    };

    enableSharedMemory = mkOption {
      type = types.bool;
      default = false;
      description = "Whether other programs of the host can share the machine's memory, as virtiofs and other vhost-user devices need.";
    };

    options = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "-vga std" ];
      description = "Arguments of QEMU; the start script expands variables and splits words.";
    };

    consoles = mkOption {
      type = types.listOf types.str;
      default = if cfg.graphics then consoles else lib.reverseList consoles;
      defaultText = literalExpression ''[ "ttyS0,115200n8" "tty0" ], the other way round without graphics'';
      example = [ "console=tty1" ];
      description = "The kernel's consoles; the last one is {file}`/dev/console`.";
      apply = map (console: if lib.hasPrefix "console=" console then console else "console=${console}");
    };

    networkingOptions = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "QEMU's arguments for the network. If they use {env}`QEMU_NET_OPTS`, a user can add to them.";
    };

    drives = mkOption {
      type = types.listOf (types.submodule driveOptions);
      default = [ ];
      description = "The disks of the machine.";
    };

    diskInterface = mkOption {
      type = types.enum [
        "virtio"
        "scsi"
        "ide"
      ];
      default = "virtio";
      example = "scsi";
      description = "What the disks are connected to.";
    };

    guestAgent.enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the guest runs QEMU's agent, for a host that wants to ask it things.";
    };

    virtioKeyboard = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the machine has a keyboard of its own beside that of the display.";
    };
  };

  config = {
    virtualisation.qemu = {
      networkingOptions = lib.mkDefault [
        # Without the ROM for starting from the network, which takes its time.
        "-device virtio-net-pci,netdev=user.0,romfile="
        "-netdev user,id=user.0,${lib.concatMapStrings forward cfg.forwardPorts}${optionalString cfg.restrictNetwork "restrict=on,"}\"$QEMU_NET_OPTS\""
      ];

      options = lib.mkMerge [
        (lib.mkIf cfg.qemu.virtioKeyboard [ "-device virtio-keyboard" ])
        # As good as one on USB, without controllers whose drivers take an emulated machine a second to load.
        (lib.mkIf (pkgs.stdenv.hostPlatform.isx86 && cfg.graphics) [ "-device virtio-tablet-pci" ])
        (lib.mkIf pkgs.stdenv.hostPlatform.isAarch [
          "-device virtio-gpu-pci"
          "-device usb-ehci,id=usb0"
          "-device usb-kbd"
          "-device usb-tablet"
        ])
        (lib.mkIf cfg.directBoot.enable [
          "-kernel \${NIXPKGS_QEMU_KERNEL_${lib.strings.sanitizeDerivationName (builtins.replaceStrings [ "-" "." ] [ "_" "_" ] config.system.name)}:-${config.system.build.vmKernel}}"
          "-initrd ${cfg.directBoot.initrd}"
          ''-append "${
            concatStringsSep " " (
              [
                "$(cat ${config.system.build.toplevel}/kernel-params)"
                "init=${config.system.build.toplevel}/init"
                "regInfo=${config.system.build.vmRegistration}/registration"
              ]
              ++ cfg.qemu.consoles
            )
          } $accelerator_kernel_params $QEMU_KERNEL_PARAMS"''
        ])
        (lib.mkIf cfg.useNixStoreImage [ "-add-fd fd=9,set=9" ])
        (lib.mkIf cfg.useEFIBoot [
          "-drive if=pflash,format=raw,unit=0,readonly=on,file=${cfg.efi.firmware}"
          "-drive if=pflash,format=raw,unit=1,readonly=off,file=\"$NIX_EFI_VARS\""
        ])
        (lib.mkIf (cfg.useSecureBoot && pkgs.stdenv.hostPlatform.isx86) [
          "-machine smm=on"
          "-global driver=cfi.pflash01,property=secure,value=on"
        ])
        (lib.mkIf (cfg.bios != null) [ "-bios ${cfg.bios}/bios.bin" ])
        (lib.mkIf (!cfg.graphics) [ "-nographic" ])
        (lib.mkIf cfg.qemu.enableSharedMemory [
          "-object memory-backend-memfd,id=mem,size=${toString cfg.memorySize}M,share=on"
          "-machine memory-backend=mem"
        ])
        (lib.mkIf cfg.qemu.guestAgent.enable [
          "-device virtio-serial"
          "-chardev socket,path=\"$TMPDIR\"/qga.sock,server=on,wait=off,id=qga0"
          "-device virtserialport,chardev=qga0,name=org.qemu.guest_agent.0"
        ])
        (lib.mkIf cfg.tpm.enable [
          "-chardev socket,id=chrtpm,path=\"$NIX_SWTPM_DIR\"/socket"
          "-tpmdev emulator,id=tpm_dev_0,chardev=chrtpm"
          "-device ${cfg.tpm.deviceModel},tpmdev=tpm_dev_0"
        ])
        (lib.mapAttrsToList (
          name: credential:
          let
            isFile = credential.source != null;
            # systemd reads texts in base64, and files as they are where the mechanism takes files.
            content =
              if isFile then
                ''$(base64 -w0 < "${credential.source}")''
              else
                ''$(printf %s ${lib.escapeShellArg credential.text} | base64 -w0)'';
          in
          if credential.mechanism == "smbios" then
            ''-smbios "type=11,value=io.systemd.credential.binary:${name}=${content}"''
          else if isFile then
            ''-fw_cfg "name=opt/io.systemd.credentials/${name},file=${credential.source}"''
          else
            ''-fw_cfg "name=opt/io.systemd.credentials/${name},string=${credential.text}"''
        ) cfg.credentials)
      ];
    };

    assertions = lib.concatLists (
      lib.imap0 (index: rule: [
        {
          assertion = rule.from == "guest" -> rule.proto == "tcp";
          message = "virtualisation.forwardPorts, entry ${toString index}: only TCP can be passed on from the guest.";
        }
        {
          assertion = rule.from == "guest" -> lib.hasPrefix "10.0.2." rule.guest.address;
          message = "virtualisation.forwardPorts, entry ${toString index}: from the guest, guest.address has to be in 10.0.2.0/24.";
        }
      ]) cfg.forwardPorts
    )
    ++ [
      {
        assertion = pkgs.stdenv.hostPlatform.is32bit -> cfg.memorySize < 2047;
        message = "virtualisation.memorySize has to be below 2047 for a machine of 32 bits.";
      }
      {
        assertion = cfg.directBoot.enable || cfg.directBoot.initrd == "${config.system.build.initialRamdisk}/${config.system.boot.loader.initrdFile}";
        message = "virtualisation.directBoot.initrd has no effect without virtualisation.directBoot.enable.";
      }
      {
        assertion = lib.isInt cfg.diskSize;
        message = "virtualisation.diskSize: `auto` is for images that are built with their content; the disk of this machine has a size in MiB.";
      }
      {
        assertion = cfg.installBootLoader -> config.system.switch.enable or true;
        message = "virtualisation.installBootLoader needs system.switch.enable, which installs it.";
      }
    ]
    ++ lib.mapAttrsToList (name: credential: {
      assertion = (credential.source == null) != (credential.text == null);
      message = "virtualisation.credentials.${name} needs either a source or a text.";
    }) cfg.credentials;
  };
}

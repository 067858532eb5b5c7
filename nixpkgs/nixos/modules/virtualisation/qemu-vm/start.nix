# The script that starts the virtual machine.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) concatStringsSep optionalString;
  cfg = config.virtualisation;
  host = cfg.host.pkgs;
  inherit (config.system) name;
  common = import ../../../lib/qemu-common.nix {
    inherit lib;
    inherit (pkgs) stdenv;
  };

  shareArguments =
    lib.mapAttrsToList (
      tag: share:
      "-virtfs local,path=${share.source},security_model=${share.securityModel},mount_tag=${tag}${optionalString (tag == "nix-store") ",multidevs=remap,readonly=on"}"
    ) cfg.sharedDirectories;

  # What `check_host.py` looks at.
  plan = host.writeText "vm-plan.json" (
    builtins.toJSON {
      inherit name;
      memory_mib = cfg.memorySize;
      ports = map (rule: {
        protocol = rule.proto;
        address = rule.host.address;
        inherit (rule.host) port;
      }) (lib.filter (rule: rule.from == "host") cfg.forwardPorts);
      force_acceleration = cfg.qemu.forceAccel;
      same_processor = host.stdenv.hostPlatform.system == pkgs.stdenv.hostPlatform.system;
      qemu = "${cfg.qemu.package}/bin/qemu-system-${host.stdenv.hostPlatform.qemuArch or "x86_64"}";
      qemu_img = "${cfg.qemu.package}/bin/qemu-img";
    }
  );

  # Compiled beforehand: it takes a fifth of a second to start otherwise.
  hostCheck = import ../../../lib/run-python.nix { pkgs = host; } {
    name = "check-host";
    script = ../../../lib/compile_program.py;
    # By a path whose last part is the module's name.
    plan.program = "${
      builtins.path {
        path = ./.;
        name = "check-host-source";
        filter = path: _: baseNameOf path == "check_host.py";
      }
    }/check_host.py";
  };

  tpm = optionalString cfg.tpm.enable ''
    NIX_SWTPM_DIR=$(readlink -f "''${NIX_SWTPM_DIR:-./${name}-swtpm}")
    mkdir -p "$NIX_SWTPM_DIR"
    ${lib.getExe cfg.tpm.package} socket --tpm2 --tpmstate dir="$NIX_SWTPM_DIR" \
      --ctrl type=unixio,path="$NIX_SWTPM_DIR"/socket,terminate \
      --pid file="$NIX_SWTPM_DIR"/pid --daemon --log file="$NIX_SWTPM_DIR"/log,level=1
    ${optionalString (cfg.tpm.provisioning != null) ''
      export TCTI="swtpm:path=$NIX_SWTPM_DIR/socket"
      (
        ${cfg.tpm.provisioning}
      )
    ''}
  '';

  certificates = optionalString cfg.useHostCerts ''
    mkdir -p "$TMPDIR/certs"
    if [[ -e ''${NIX_SSL_CERT_FILE:-} ]]; then
      cp -L "$NIX_SSL_CERT_FILE" "$TMPDIR"/certs/ca-certificates.crt
    else
      echo "$name: virtualisation.useHostCerts: NIX_SSL_CERT_FILE names no file; the machine trusts no certificates" >&2
    fi
  '';

  # Nix of another processor could not make its database here.
  hasDatabase =
    config.nix.enable or false && host.stdenv.hostPlatform.system == pkgs.stdenv.hostPlatform.system;

  optionWords = concatStringsSep " " cfg.qemu.options;

  # A graphics card that nobody sees would only take the guest the time to load its driver. A monitor of QEMU can make
  # pictures of it, though.
  withoutDisplay = optionalString (!lib.hasInfix "-vga" optionWords) ''
    display=
    case " ${optionalString (!cfg.graphics) "-nographic"} $QEMU_OPTS $* " in
      *" -vga "* | *" -qmp "* | *" -monitor "* | *" -device virtio-gpu"*) ;;
      *" -nographic "*) display="-vga none" ;;
    esac
  '';

  # Words by which options of QEMU ask for a disk or a drive on the machine's own SATA controller.
  sataWords = [
    "-cdrom"
    "-hda"
    "-hdb"
    "-hdc"
    "-hdd"
    "ide-"
    "ahci"
    "sata"
  ];
  usesSata =
    cfg.qemu.diskInterface == "ide"
    || lib.any (
      option:
      lib.any (word: lib.hasInfix word option) sataWords
      || lib.hasInfix "-drive" option && !lib.hasInfix "if=" option
    ) cfg.qemu.options;

  # A controller that nothing is connected to would only take the guest the time to load its drivers.
  controllers = optionalString (pkgs.stdenv.hostPlatform.isx86_64 && !usesSata) ''
    case " $QEMU_OPTS $* " in
      *" -drive "* | *" -M "* | *" -machine "* | ${concatStringsSep " | " (map (word: "*${word}*") sataWords)}) ;;
      *) controllers="-machine sata=off" ;;
    esac
  '';

  # Nor a port for printers.
  parallel = optionalString (pkgs.stdenv.hostPlatform.isx86_64 && !lib.hasInfix "parallel" optionWords) ''
    [[ " $QEMU_OPTS $* " == *parallel* ]] || controllers+=" -parallel none"
  '';

  usb = optionalString (pkgs.stdenv.hostPlatform.isx86 && cfg.graphics) (
    if lib.any (lib.hasInfix "usb") cfg.qemu.options then
      ''controllers+=" -usb"''
    else
      ''[[ " $QEMU_OPTS $* " != *usb* ]] || controllers+=" -usb"''
  );

  # Firmware that does nothing but start a kernel saves the time of a PC's. It could not wake a machine up that is
  # suspended to memory, so such machines do not offer that.
  quickFirmware =
    optionalString
      (
        cfg.directBoot.enable
        && pkgs.stdenv.hostPlatform.isx86_64
        && cfg.bios == null
        && !cfg.useEFIBoot
        && !lib.any (lib.hasPrefix "-bios") cfg.qemu.options
      )
      ''
        firmware="-bios qboot.rom -global ICH9-LPC.disable_s3=1"
        case " $QEMU_OPTS $* " in
          *" -bios "* | *" -boot "* | *" -machine "* | *" -M "* | *pflash*) firmware= ;;
        esac
      '';

  arguments = concatStringsSep " \\\n  " (
    [
      "$accelerator"
      "-name ${name}"
      "-m ${toString cfg.memorySize}"
      "-smp ${toString cfg.cores}"
      "-device virtio-rng-pci"
    ]
    ++ cfg.qemu.networkingOptions
    ++ shareArguments
    ++ cfg.qemu.driveArguments
    ++ cfg.qemu.options
    ++ [
      "\${display:-}"
      "\${controllers:-}"
      "\${firmware:-}"
      "$QEMU_OPTS"
      ''"$@"''
    ]
  );

  script = host.writeShellScript "run-${name}-vm" ''
    # Starts the virtual machine ${name} with QEMU. Arguments are passed on to QEMU.
    #
    # NIX_DISK_IMAGE      the disk; it keeps what the machine writes (default ${toString cfg.diskImage})
    # QEMU_OPTS, QEMU_NET_OPTS, QEMU_KERNEL_PARAMS   more for QEMU, its user network, and the kernel's command line
    # SHARED_DIR          the folder that the machine has at /tmp/shared
    # TMPDIR, USE_TMPDIR=1   use this folder for what is not kept, instead of a fresh one
    export PATH=${lib.makeBinPath [ host.coreutils ]}''${PATH:+:}$PATH
    set -e
    name=''${0##*/}

    NIX_DISK_IMAGE=''${NIX_DISK_IMAGE-${lib.escapeShellArg (toString cfg.diskImage)}}
    [[ -z $NIX_DISK_IMAGE ]] || NIX_DISK_IMAGE=$(readlink -f -- "$NIX_DISK_IMAGE")
    export NIX_DISK_IMAGE

    # What would go wrong is said now; the answer is how the processor is run.
    host_answer=$(${host.python3}/bin/python3 -I -S -B \
      -c 'import sys; sys.path.insert(0, "${hostCheck}"); from check_host import run; sys.exit(run(sys.argv[1]))' ${plan})
    eval "$host_answer"

    ${cfg.diskCommands.root}
    if [[ -z $TMPDIR || -z $USE_TMPDIR ]]; then
      TMPDIR=$(mktemp -d nix-vm.XXXXXXXXXX --tmpdir)
    fi
    export TMPDIR
    ${cfg.diskCommands.store}
    mkdir -p "$TMPDIR/xchg"
    ${certificates}
    ${cfg.diskCommands.efiVariables}
    ${tpm}
    cd "$TMPDIR"
    ${cfg.diskCommands.empty}

    ${withoutDisplay}
    controllers=
    ${controllers}
    ${parallel}
    ${usb}
    ${quickFirmware}
    exec ${common.qemuBinary cfg.qemu.package} ${arguments}
  '';
in
{
  config.system.build = {
    # What the guest's Nix is to know of the store.
    vmRegistration =
      if hasDatabase then
        import ./registration.nix {
          inherit host;
          rootPaths = cfg.additionalPaths;
          nix = config.nix.package;
        }
      else
        host.closureInfo { rootPaths = cfg.additionalPaths; };

    # Unpacked by the host once, the kernel need not unpack itself at each start.
    vmKernel =
      if pkgs.stdenv.hostPlatform.isx86_64 then
        "${pkgs.unpackKernel config.boot.kernelPackages.kernel}/vmlinux"
      else
        "${config.boot.kernelPackages.kernel}/${config.system.boot.loader.kernelFile}";

    vm =
      host.runCommandLocal "nixos-vm"
        {
          meta.mainProgram = "run-${name}-vm";
        }
        ''
          mkdir -p $out/bin
          ln -s ${config.system.build.toplevel} $out/system
          ln -s ${script} $out/bin/run-${name}-vm
        '';
  };
}

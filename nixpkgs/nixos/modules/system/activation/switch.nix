# Making a new system the running one: `bin/switch-to-configuration`.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkOption types;
  cfg = config.system;

  program = derivation {
    name = "switch-to-configuration";
    inherit (pkgs.stdenv.hostPlatform) system;
    builder = "${pkgs.bash}/bin/bash";
    args = [
      "-e"
      ./build-switch.sh
    ];
    # Not what Python wrote beside it.
    source = lib.sourceFilesBySuffices ./switch [ ".py" ];
    python = "${pkgs.python3}/bin/python3";
    PATH = "${pkgs.python3}/bin:${pkgs.coreutils}/bin";
  };

  checks = pkgs.writeShellScript "pre-switch-checks" (
    lib.concatStrings (
      lib.mapAttrsToList (name: text: ''
        # ${name}
        (
        ${text}
        ) || { echo "Pre-switch check '${name}' failed" >&2; exit 1; }
      '') cfg.preSwitchChecks
    )
  );
in
{
  options.system = {
    switch.enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the running system can be switched to another; not in images that are replaced as a whole.";
    };

    preSwitchChecks = mkOption {
      type = types.attrsOf types.str;
      default = { };
      example = {
        room = "[ $(df --output=avail /boot | tail -n 1) -gt 100000 ]";
      };
      description = ''
        Shell commands that run before a switch changes anything. They get the current and the new system, and the action, as
        arguments; where one fails, there is no switch.
      '';
    };
  };

  config = mkIf cfg.switch.enable {
    # Systems without a boot loader have nothing to install.
    system.build.installBootLoader = lib.mkDefault "${pkgs.coreutils}/bin/true";

    system.systemBuilderScripts."bin/switch-to-configuration" = ''
      #!${pkgs.dash}/bin/dash
      export TOPLEVEL=@out@ OUT=@out@
      export SYSTEMD=${config.systemd.package}
      export DISTRO_ID=${lib.escapeShellArg cfg.nixos.distroId}
      export INSTALL_BOOTLOADER=${cfg.build.installBootLoader}
      export PRE_SWITCH_CHECK=${checks}
      export RUNUSER=${pkgs.util-linux}/bin/runuser
      export SWITCH_PROGRAM=${program}
      export PATH=${
        lib.makeBinPath [
          pkgs.coreutils
          pkgs.util-linux
        ]
      }:$PATH
      exec ${pkgs.python3}/bin/python3 -I -c 'import os, sys
      sys.path.insert(0, os.environ["SWITCH_PROGRAM"])
      from switch.main import main
      sys.exit(main(sys.argv[1:]))' "$@"
    '';
  };
}

# Programs that the kernel starts by way of another one: interpreters, emulators.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkOption types;
  cfg = config.boot.binfmt;

  # Debian's name of an emulator's architecture.
  emulators = {
    aarch64-linux = "aarch64";
    armv6l-linux = "arm";
    armv7l-linux = "arm";
    loongarch64-linux = "loongarch64";
    mips-linux = "mips";
    mips64-linux = "mips64";
    mips64el-linux = "mips64el";
    mipsel-linux = "mipsel";
    powerpc-linux = "ppc";
    powerpc64-linux = "ppc64";
    powerpc64le-linux = "ppc64le";
    riscv32-linux = "riscv32";
    riscv64-linux = "riscv64";
    s390x-linux = "s390x";
  };

  registrationType = types.submodule {
    options = {
      recognitionType = mkOption {
        type = types.enum [
          "magic"
          "extension"
        ];
        default = "magic";
        description = "Whether a file is known by its first bytes or by the ending of its name.";
      };
      offset = mkOption {
        type = types.nullOr types.int;
        default = null;
        description = "Where the bytes stand.";
      };
      magicOrExtension = mkOption {
        type = types.str;
        description = "The bytes, as `\\x7f`, or the ending.";
      };
      mask = mkOption {
        type = types.nullOr types.str;
        default = null;
        description = "Which bits of the bytes count.";
      };
      interpreter = mkOption {
        type = types.path;
        description = "The program that starts the file.";
      };
      preserveArgvZero = mkOption {
        type = types.bool;
        default = false;
        description = "Whether the program gets the name that the file was started by.";
      };
      openBinary = mkOption {
        type = types.bool;
        default = false;
        description = "Whether the program gets the file opened.";
      };
      matchCredentials = mkOption {
        type = types.bool;
        default = false;
        description = "Whether the program runs with the rights of the file.";
      };
      fixBinary = mkOption {
        type = types.bool;
        default = false;
        description = "Whether the program is opened at once, so that it serves containers too.";
      };
    };
  };

  line =
    name: entry:
    let
      flags =
        lib.optionalString entry.preserveArgvZero "P"
        + lib.optionalString (entry.openBinary && !entry.matchCredentials) "O"
        + lib.optionalString entry.matchCredentials "C"
        + lib.optionalString entry.fixBinary "F";
      kind = if entry.recognitionType == "magic" then "M" else "E";
      offset = if entry.offset == null then "" else toString entry.offset;
      mask = if entry.mask == null then "" else entry.mask;
    in
    ":${name}:${kind}:${offset}:${entry.magicOrExtension}:${mask}:${entry.interpreter}:${flags}\n";

  isUsed = cfg.registrations != { } || cfg.emulatedSystems != [ ];
in
{
  options.boot.binfmt = {
    registrations = mkOption {
      type = types.attrsOf registrationType;
      default = { };
      description = "Kinds of programs, by name.";
    };

    emulatedSystems = mkOption {
      type = types.listOf (types.enum (lib.attrNames emulators));
      default = [ ];
      example = [ "aarch64-linux" ];
      description = "Platforms whose programs run here, emulated by QEMU; Nix builds for them too.";
    };

    addEmulatedSystemsToNixSandbox = mkOption {
      type = types.bool;
      default = true;
      description = "Whether builds see the emulators.";
    };
  };

  config = mkIf isUsed {
    assertions = [
      {
        assertion = !lib.elem pkgs.stdenv.hostPlatform.system cfg.emulatedSystems;
        message = "boot.binfmt.emulatedSystems has ${pkgs.stdenv.hostPlatform.system}, which this machine is: remove it.";
      }
    ];

    systemd.additionalUpstreamSystemUnits = [ "systemd-binfmt.service" ];
    systemd.services.systemd-binfmt.restartTriggers = [
      config.environment.etc."binfmt.d/nixos.conf".text
      cfg.emulatedSystems
    ];

    environment.etc = {
      "binfmt.d/nixos.conf".text = lib.concatStrings (lib.mapAttrsToList line cfg.registrations);
    }
    // lib.listToAttrs (
      map (
        system:
        lib.nameValuePair "binfmt.d/qemu-${emulators.${system}}.conf" {
          source = "${pkgs.debianPackages.qemu-user-binfmt}/lib/binfmt.d/qemu-${emulators.${system}}.conf";
        }
      ) cfg.emulatedSystems
    );

    # The registrations name emulators by their places below /usr.
    system.usrTree.packages = mkIf (cfg.emulatedSystems != [ ]) [ pkgs.debianPackages.qemu-user ];

    nix.settings = mkIf (cfg.emulatedSystems != [ ]) {
      extra-platforms = cfg.emulatedSystems;
      extra-sandbox-paths = mkIf cfg.addEmulatedSystemsToNixSandbox [
        "${pkgs.debianPackages.qemu-user}"
      ];
    };
  };
}

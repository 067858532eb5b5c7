# Secrets of the initrd: the program `append-initrd-secrets INITRD` adds them to it.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  copies = lib.concatStrings (
    lib.mapAttrsToList (
      target: source:
      let
        file = lib.escapeShellArg (toString (if source == null then target else source));
        place = lib.escapeShellArg "./${lib.removePrefix "/" target}";
      in
      ''
        mkdir -p "$(dirname ${place})"
        cp -a ${file} ${place}
      ''
    ) config.boot.initrd.secrets
  );

  appender = pkgs.writeShellScriptBin "append-initrd-secrets" ''
    set -e
    if [ $# != 1 ]; then
      echo "usage: append-initrd-secrets INITRD" >&2
      exit 1
    fi
    PATH=${
      lib.makeBinPath [
        pkgs.coreutils
        pkgs.cpio
        pkgs.findutils
        pkgs.gzip
      ]
    }
    initrd=$(readlink -f "$1")
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    cd "$work"
    ${copies}
    find . -mindepth 1 -print0 | sort -z | cpio --quiet -o -H newc -R +0:+0 --reproducible --null | gzip >> "$initrd"
  '';
in
{
  options.boot.initrd.secrets = lib.mkOption {
    type = lib.types.attrsOf (lib.types.nullOr lib.types.path);
    default = { };
    example = lib.literalExpression ''{ "/etc/keyfile" = "/root/keyfile"; }'';
    description = ''
      Files that get into the initrd when the boot loader is installed, not when the system is built, so that they are never in
      the store: place in the initrd → file on the machine, null for the same place.
    '';
  };

  config = lib.mkIf config.boot.initrd.enable {
    assertions = [
      {
        assertion = config.boot.initrd.secrets == { } || config.boot.loader.supportsInitrdSecrets;
        message = ''
          boot.initrd.secrets: there is no boot loader here that adds files to the initrd when it is installed. In a virtual machine,
          set virtualisation.vmVariant.boot.initrd.secrets = lib.mkForce { }.
        '';
      }
    ];
    system.build.initialRamdiskSecretAppender = appender;
  };
}

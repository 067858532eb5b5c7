# Parameters of the kernel that can be set while it runs.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;

  valueType = types.nullOr (
    types.oneOf [
      types.bool
      types.int
      types.str
      types.path
    ]
  );

  # Several modules may each need a large enough limit.
  highest =
    what:
    mkOption {
      type = types.nullOr (
        types.ints.unsigned
        // {
          merge = _: defs: lib.foldl' lib.max 0 (map (def: def.value) defs);
        }
      );
      default = null;
      description = "The ${what}, at most: the largest definition counts.";
    };

  show =
    value:
    if value == true then
      "1"
    else if value == false then
      "0"
    else
      toString value;

  text = lib.concatStrings (
    lib.mapAttrsToList (name: value: "${name}=${show value}\n") (
      lib.filterAttrs (_: value: value != null) config.boot.kernel.sysctl
    )
  );
in
{
  options.boot.kernel.sysctl = mkOption {
    type = types.submodule {
      freeformType = types.attrsOf valueType;
      options = {
        "net.core.rmem_max" = highest "bytes a socket may buffer on its way in";
        "net.core.wmem_max" = highest "bytes a socket may buffer on its way out";
      };
    };
    default = { };
    example = {
      "vm.swappiness" = 60;
      "kernel.sysrq" = 1;
    };
    description = "Parameters by their names below {file}`/proc/sys`, with dots; null leaves one as the kernel has it.";
  };

  config = {
    environment.etc."sysctl.d/60-nixos.conf".text = text;

    systemd.services.systemd-sysctl = {
      wantedBy = [ "multi-user.target" ];
      restartTriggers = [ text ];
    };

    boot.kernel.sysctl = {
      # Kernel addresses are for root.
      "kernel.kptr_restrict" = lib.mkDefault 1;
      # Programs that watch folders run out of the kernel's own numbers.
      "fs.inotify.max_user_instances" = lib.mkDefault 524288;
      "fs.inotify.max_user_watches" = lib.mkDefault 524288;
      # A PID is never used again soon.
      "kernel.pid_max" = lib.mkDefault 4194304;
    };
  };
}

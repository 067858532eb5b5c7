# `nixos-version` of the system itself, which knows what it was made from.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) escapeShellArg;
  cfg = config.system.tools.nixos-version;
  inherit (config.system) configurationRevision;
  inherit (config.system.nixos) codeName revision version;

  facts = lib.filterAttrs (_: value: value != null) {
    nixosVersion = version;
    nixpkgsRevision = revision;
    inherit configurationRevision;
  };
  # A fact, or what is missing.
  tell =
    what: value:
    if value == null then
      ''echo "$0: the ${what} is unknown to this system" >&2; exit 1''
    else
      "echo ${escapeShellArg value}";

  script = pkgs.writeTextFile {
    name = "nixos-version";
    executable = true;
    destination = "/bin/nixos-version";
    text = ''
      #!${pkgs.dash}/bin/dash
      case "$1" in
      --hash | --revision) ${tell "revision of nixpkgs" revision} ;;
      --configuration-revision) ${tell "revision of the configuration" configurationRevision} ;;
      --kernel-version) exec ls /run/current-system/kernel-modules/lib/modules ;;
      --specialisations) exec ls /run/current-system/specialisation ;;
      --json) echo ${escapeShellArg (builtins.toJSON facts)} ;;
      --help) echo "usage: nixos-version [--hash | --revision | --configuration-revision | --kernel-version | --specialisations | --json]" ;;
      "") echo ${escapeShellArg "${version} (${codeName})"} ;;
      *) echo "$0: unexpected argument '$1'; try --help" >&2; exit 1 ;;
      esac
    '';
  };
in
{
  options.system.tools.nixos-version.enable = lib.mkOption {
    type = lib.types.bool;
    default = true;
    description = "Whether {command}`nixos-version` is on the system's search path.";
  };

  config.environment.systemPackages = lib.mkIf cfg.enable [ script ];
}

# What boot menus call a generation.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.system.nixos;
  variable = builtins.getEnv "NIXOS_LABEL";
  version = builtins.getEnv "NIXOS_LABEL_VERSION";
in
{
  options.system.nixos = {
    label = mkOption {
      type = types.strMatching "[a-zA-Z0-9:_./-]*";
      description = ''
        What boot menus show of a generation: letters, digits and `:_.-`. {env}`NIXOS_LABEL` has the last word on it.
      '';
      default =
        if variable != "" then
          variable
        else
          lib.concatStringsSep "-" (
            lib.sort (a: b: a < b) cfg.tags ++ [ (if version != "" then version else cfg.version) ]
          );
      defaultText = lib.literalMD "the tags and the version, joined with dashes";
      example = "with-docker";
    };

    tags = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "with-docker" ];
      description = "Words in front of the version in {option}`system.nixos.label`.";
    };
  };
}

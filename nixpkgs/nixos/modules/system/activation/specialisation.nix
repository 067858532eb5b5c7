# Variants of the system that its boot menu offers.
{
  config,
  extendModules,
  lib,
  noUserModules,
  options,
  ...
}:
let
  inherit (lib) literalExpression mkOption types;
in
{
  options = {
    isSpecialisation = mkOption {
      type = types.bool;
      internal = true;
      default = false;
      description = "Whether this configuration is a variant of another.";
    };

    specialisation = mkOption {
      default = { };
      example = literalExpression "{ quiet.configuration.services.nginx.enable = false; }";
      description = ''
        Variants of the system. Each is in the boot menu, and
        {command}`/run/current-system/specialisation/‹name›/bin/switch-to-configuration test` changes to it.
      '';
      type = types.attrsOf (
        types.submodule (
          local@{ ... }:
          let
            extended =
              if local.config.inheritParentConfig then extendModules else noUserModules.extendModules;
          in
          {
            options = {
              inheritParentConfig = mkOption {
                type = types.bool;
                default = true;
                description = "Whether the variant has everything that the system itself has.";
              };
              configuration = mkOption {
                default = { };
                description = "What is different; a configuration of its own without {option}`inheritParentConfig`.";
                visible = "shallow";
                inherit
                  (extended {
                    modules = [
                      {
                        isSpecialisation = true;
                        # Variants have none of their own.
                        specialisation = lib.mkOverride 0 { };
                      }
                    ]
                    ++ lib.optional (!local.config.inheritParentConfig) {
                      nixpkgs.hostPlatform = lib.mkDefault config.nixpkgs.hostPlatform;
                    };
                  })
                  type
                  ;
              };
            };
          }
        )
      );
    };
  };
}

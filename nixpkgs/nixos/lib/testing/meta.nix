# What a test says of itself.
{ lib, ... }:
let
  inherit (lib) mkOption types;
in
{
  options.meta = mkOption {
    default = { };
    description = "The `meta` attributes of the test's derivation.";
    type = types.submodule {
      freeformType = types.lazyAttrsOf types.raw;
      options = {
        maintainers = mkOption {
          type = types.listOf types.raw;
          default = [ ];
          description = "Who looks after the test.";
        };
        teams = mkOption {
          type = types.listOf types.raw;
          default = [ ];
          description = "Teams that look after the test.";
        };
        timeout = mkOption {
          type = types.nullOr types.int;
          default = 3600;
          description = "How many seconds the whole build may take, for continuous integration.";
        };
        broken = mkOption {
          type = types.bool;
          default = false;
          description = "Whether the test is known to fail; it is then not evaluated.";
        };
        platforms = mkOption {
          type = types.listOf types.raw;
          default = lib.platforms.linux;
          defaultText = lib.literalExpression "lib.platforms.linux";
          description = "Where the test runs.";
        };
        hydraPlatforms = mkOption {
          type = types.raw;
          default = lib.platforms.linux;
          defaultText = lib.literalExpression "lib.platforms.linux";
          description = "Where continuous integration runs the test.";
        };
      };
    };
  };
}

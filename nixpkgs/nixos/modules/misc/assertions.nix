# What must hold for a configuration, and what its owner should know.
{ lib, ... }:
let
  inherit (lib) mkOption types;
in
{
  options = {
    assertions = mkOption {
      type = types.listOf types.unspecified;
      internal = true;
      default = [ ];
      example = [
        {
          assertion = false;
          message = "this can never be built";
        }
      ];
      description = ''
        Conditions that must hold. Each has an `assertion`, which is true or false, and a `message`; those that
        are false stop the evaluation, all with their messages.
      '';
    };

    warnings = mkOption {
      type = types.listOf types.str;
      internal = true;
      default = [ ];
      example = [ "the service `foo` will be removed soon" ];
      description = "What evaluating the system prints on standard error.";
    };
  };
}

# Options that configurations set and that do not exist here.
{
  config,
  lib,
  undeclaredDefinitions,
  ...
}:
let
  cfg = config.neve;
in
{
  options.neve.unknownOptions = lib.mkOption {
    type = lib.types.enum [
      "error"
      "warn"
    ];
    default = "error";
    description = ''
      What happens when the configuration sets an option that does not exist. With `warn` the definitions are listed and
      left out, so that a large configuration can be taken over step by step.
    '';
  };

  config = {
    _module.check = lib.mkDefault (cfg.unknownOptions == "error");
    warnings = lib.optional (cfg.unknownOptions == "warn" && undeclaredDefinitions != [ ]) ''
      These options do not exist, and what is set there has no effect:
      ${lib.concatMapStringsSep "\n" (definition: "- ${definition}") undeclaredDefinitions}'';
  };
}

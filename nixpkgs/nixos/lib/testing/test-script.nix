# The test's script.
{
  config,
  extendModules,
  hostPkgs,
  lib,
  ...
}:
let
  inherit (lib) mkOption types;

  # Nodes with a store image of their own: the image must contain what the script mentions, and the script may mention
  # the image. So the script's function sees such nodes as they are without that part.
  withoutReferences =
    (extendModules { modules = [ { includeTestScriptReferences = false; } ]; }).config;
  hasImage = node: node.virtualisation.useNixStoreImage;
  nodesForScript = lib.mapAttrs (
    name: node: if hasImage node then withoutReferences.nodesCompat.${name} else node
  ) config.nodesCompat;
in
{
  options = {
    testScript = mkOption {
      type = types.either types.str (types.functionTo types.str);
      example = lib.literalExpression ''
        { nodes, ... }: '''
          server.wait_for_unit("nginx.service")
          client.succeed("curl http://''${nodes.server.networking.hostName}/")
        '''
      '';
      description = "The test in Python, or a function of the nodes' configurations to it.";
    };
    testScriptString = mkOption {
      type = types.str;
      readOnly = true;
      internal = true;
      description = "The text of the script.";
    };
    includeTestScriptReferences = mkOption {
      type = types.bool;
      default = true;
      internal = true;
      description = "Whether store images of nodes contain what the script mentions.";
    };
  };

  config = {
    testScriptString =
      if lib.isFunction config.testScript then
        config.testScript { nodes = nodesForScript; }
      else
        config.testScript;

    extraBaseModules =
      node:
      let
        isWanted = config.includeTestScriptReferences && hasImage node.config;
      in
      {
        # A file that mentions what the script mentions, by way of its context.
        virtualisation.additionalPaths = lib.mkIf isWanted [
          (hostPkgs.writeText "references-of-test-script" config.testScriptString)
        ];
      };
  };
}

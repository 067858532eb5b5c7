# The outputs of a flake, from its lock file: inputs are fetched as it says, each when it is needed.
#
# `lockText` is the lock file (JSON, version 7), `fetched` holds `{ sourceInfo, dir }` for nodes whose trees are there already
# (the flake itself, and inputs that the user replaced), `fetchFinalTree` fetches what `locked` attributes describe.
lockText: fetched: fetchFinalTree:
let
  lock = __fromJSON lockText;

  # An input is the name of a node, or a path of inputs that starts at the root (`follows`).
  find = input: if __isList input then __foldl' (node: name: find lock.nodes.${node}.inputs.${name}) lock.root input else input;

  nodes = __mapAttrs load lock.nodes;

  load =
    name: node:
    let
      isFetched = fetched ? ${name};
      # Relative paths lie within the flake that asks for them.
      isBelowParent = !isFetched && node.locked.type or null == "path" && __substring 0 1 node.locked.path != "/";
      parent = nodes.${find node.parent};

      sourceInfo =
        if isFetched then fetched.${name}.sourceInfo
        else if isBelowParent then parent.sourceInfo
        else fetchFinalTree (node.info or { } // removeAttrs node.locked [ "dir" ]);

      below = path: if path == "" then "" else "/" + path;
      outPath =
        if isBelowParent then parent.outPath + below node.locked.path
        else sourceInfo.outPath + below (fetched.${name}.dir or node.locked.dir or "");

      flake = import (outPath + "/flake.nix");
      inputs = __mapAttrs (_: input: nodes.${find input}.result) (node.inputs or { });
      outputs = flake.outputs (inputs // { self = result; });
      result = outputs // sourceInfo // {
        inherit outPath inputs outputs sourceInfo;
        _type = "flake";
      };
    in
    {
      inherit outPath sourceInfo;
      result =
        if node.flake or true then assert builtins.isFunction flake.outputs; result
        else sourceInfo // { inherit sourceInfo outPath; };
    };
in
nodes.${lock.root}.result

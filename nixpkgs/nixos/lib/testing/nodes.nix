# The machines of a test.
{
  config,
  hostPkgs,
  lib,
  options,
  ...
}:
let
  inherit (lib) mkOption types;

  machine = import ../eval-config.nix {
    inherit lib;
    system = null;
    inherit (config.node) specialArgs;
    # In `baseModules`, so that specialisations without their parent's configuration have them, too.
    baseModules = import ../../modules/module-list.nix ++ [
      ./node.nix
      ../../modules/virtualisation/qemu-vm.nix
      ../../modules/testing/test-instrumentation.nix
      {
        _module.args.nodes = config.nodesCompat;
        virtualisation.qemu.package = lib.mkDefault config.qemu.package;
        virtualisation.qemu.forceAccel = lib.mkDefault config.qemu.forceAccel;
        virtualisation.host.pkgs = lib.mkDefault hostPkgs;
      }
      (lib.optionalAttrs (config.node.pkgs != null) {
        nixpkgs.pkgs =
          if config.node.pkgsReadOnly then lib.mkForce config.node.pkgs else lib.mkDefault config.node.pkgs;
      })
      (lib.optionalAttrs config.sshBackdoor.enable {
        testing.sshBackdoor.enable = true;
      })
      config.extraBaseModules
    ];
    modules = [ config.defaults ];
  };
in
{
  options = {
    nodes = mkOption {
      type = types.lazyAttrsOf config.node.type;
      default = { };
      visible = "shallow";
      example = lib.literalExpression ''
        {
          server = { services.nginx.enable = true; };
          client = { };
        }
      '';
      description = "The machines: NixOS configurations by name.";
    };
    defaults = mkOption {
      type = types.deferredModule;
      default = { };
      description = "Configuration that all nodes have.";
    };
    extraBaseModules = mkOption {
      type = types.deferredModule;
      default = { };
      description = "Configuration that all nodes have, and that specialisations without their parent's configuration keep.";
    };
    node = {
      type = mkOption {
        type = types.raw;
        default = machine.type;
        internal = true;
        description = "The type of a node.";
      };
      pkgs = mkOption {
        type = types.nullOr types.raw;
        default = null;
        description = "The package set of all nodes; null lets every node's `nixpkgs.*` options describe one.";
      };
      pkgsReadOnly = mkOption {
        type = types.bool;
        default = config.node.pkgs != null;
        defaultText = lib.literalExpression "node.pkgs != null";
        description = "Whether nodes cannot change their package set.";
      };
      specialArgs = mkOption {
        type = types.lazyAttrsOf types.raw;
        default = { };
        description = "Further arguments for the nodes' modules, which can be used in `imports`.";
      };
    };
    nodesCompat = mkOption {
      internal = true;
      readOnly = true;
      type = types.raw;
      description = "The nodes' configurations, for who still writes `nodes.<name>.config`.";
    };
  };

  config.nodesCompat = lib.mapAttrs (
    name: node:
    node
    // {
      config = lib.warn "Module argument `nodes.${name}.config` is deprecated. Use `nodes.${name}` instead." node;
    }
  ) config.nodes;
}

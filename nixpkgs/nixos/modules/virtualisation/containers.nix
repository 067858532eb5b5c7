# What the programs of the containers project share: registries, storage, policy.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkOption types;
  cfg = config.virtualisation.containers;
  toml = pkgs.formats.toml { };
in
{
  options.virtualisation.containers = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the files in `/etc/containers` are there.";
    };
    containersConf.settings = mkOption {
      inherit (toml) type;
      default = { };
      description = "Settings of containers.conf(5).";
    };
    storage.settings = mkOption {
      inherit (toml) type;
      description = "Settings of storage.conf(5).";
    };
    registries = {
      search = mkOption {
        type = types.listOf types.str;
        default = [
          "docker.io"
          "quay.io"
        ];
        description = "Registries in which short names are looked up.";
      };
      insecure = mkOption {
        type = types.listOf types.str;
        default = [ ];
        description = "Registries that need not prove who they are.";
      };
      block = mkOption {
        type = types.listOf types.str;
        default = [ ];
        description = "Registries that nothing is taken from.";
      };
    };
    policy = mkOption {
      type = types.attrs;
      default = { };
      description = "Which images are trusted: policy.json, as containers-policy.json(5) describes it; empty accepts all.";
    };
  };

  config = mkIf cfg.enable {
    virtualisation.containers = {
      containersConf.settings.network.network_backend = lib.mkDefault "netavark";
      containersConf.settings.engine = {
        helper_binaries_dir = lib.mkDefault [
          "${pkgs.netavark}/lib/podman"
          "${pkgs.aardvark-dns}/lib/podman"
          "${pkgs.passt}/bin"
        ];
        conmon_path = lib.mkDefault [ "${pkgs.conmon}/bin/conmon" ];
      };
      storage.settings.storage = {
        driver = lib.mkDefault "overlay";
        graphroot = lib.mkDefault "/var/lib/containers/storage";
        runroot = lib.mkDefault "/run/containers/storage";
      };
    };

    environment.etc = {
      "containers/containers.conf".source = toml.generate "containers.conf" cfg.containersConf.settings;
      "containers/storage.conf".source = toml.generate "storage.conf" cfg.storage.settings;
      "containers/registries.conf".source = toml.generate "registries.conf" {
        unqualified-search-registries = cfg.registries.search;
        registry =
          map (location: {
            inherit location;
            insecure = true;
          }) cfg.registries.insecure
          ++ map (location: {
            inherit location;
            blocked = true;
          }) cfg.registries.block;
      };
      "containers/policy.json".text = builtins.toJSON (
        if cfg.policy != { } then cfg.policy else { default = [ { type = "insecureAcceptAnything"; } ]; }
      );
    };
  };
}

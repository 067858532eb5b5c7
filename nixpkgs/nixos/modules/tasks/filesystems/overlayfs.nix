# Overlays: one file system in which changes go to another place than what is changed.
{
  config,
  lib,
  utils,
  ...
}:
let
  inherit (lib) mkOption types;
  prefixInStage1 = "/mnt-root";
  pathOption =
    example: description:
    mkOption {
      type = types.nullOr types.path;
      default = null;
      inherit example description;
    };

  overlayOptions =
    { config, ... }:
    let
      cfg = config.overlay;
      isOverlay = cfg.lowerdir != null;
      inStage1 = utils.fsNeededForBoot config && cfg.useStage1BaseDirectories;
      placed = path: if inStage1 then prefixInStage1 + path else path;
    in
    {
      options.overlay = {
        lowerdir = mkOption {
          type = types.nullOr (types.nonEmptyListOf (types.either types.path types.package));
          default = null;
          example = [ "/nix/.ro-store" ];
          description = "The folders that the overlay shows, the uppermost first; null for a file system that is no overlay.";
        };
        upperdir = pathOption "/nix/.rw-store/upper" "The folder that changes go to; null for an overlay that cannot be changed.";
        workdir = pathOption "/nix/.rw-store/work" "A folder of the overlay's own, on the same file system as the upper folder.";
        useStage1BaseDirectories = mkOption {
          type = types.bool;
          default = true;
          description = "Whether the paths are those of the running system also where stage 1, which mounts it elsewhere, uses them.";
        };
      };

      config = lib.mkIf isOverlay {
        fsType = "overlay";
        device = lib.mkDefault "overlay";
        depends = map toString (
          lib.filter (path: lib.hasPrefix "/" (toString path)) (
            cfg.lowerdir ++ lib.optional (cfg.upperdir != null) cfg.upperdir ++ lib.optional (cfg.workdir != null) cfg.workdir
          )
        );
        options = [
          "lowerdir=${lib.concatMapStringsSep ":" (path: placed (toString path)) cfg.lowerdir}"
        ]
        ++ lib.optionals (cfg.upperdir != null) [
          "upperdir=${placed cfg.upperdir}"
          "workdir=${placed cfg.workdir}"
        ];
      };
    };

  used = config.boot.supportedFilesystems.overlay or false;
in
{
  options.fileSystems = mkOption {
    type = types.attrsOf (types.submodule [ overlayOptions ]);
  };

  config = {
    assertions = lib.mapAttrsToList (name: fs: {
      assertion = (fs.overlay.upperdir == null) == (fs.overlay.workdir == null);
      message = "fileSystems.\"${name}\".overlay: `upperdir` and `workdir` need each other.";
    }) config.fileSystems;

    boot.initrd.availableKernelModules = lib.mkIf (
      used && config.boot.initrd.supportedFilesystems.overlay or false
    ) [ "overlay" ];
  };
}

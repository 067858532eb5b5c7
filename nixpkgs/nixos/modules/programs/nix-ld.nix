# Programs that were built for other distributions.
#
# They ask for a loader in /lib64, which is there: it is that of Debian's C library, as everywhere in the system. What
# is made here is its cache, by which it finds their libraries.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) literalExpression mkIf mkOption types;
  cfg = config.programs.nix-ld;
  folders = lib.concatMapStringsSep "\n" (package: "${lib.getLib package}/lib") cfg.libraries;
  cache = pkgs.runCommandLocal "ld.so.cache" { inherit folders; } ''
    printf '%s\n' "$folders" > ld.so.conf
    ${pkgs.debianPackages.libc-bin}/bin/ldconfig -X -f ld.so.conf -C $out
  '';
in
{
  options.programs.nix-ld = {
    enable = lib.mkEnableOption "libraries for programs that were built for other distributions";
    libraries = mkOption {
      type = types.listOf types.package;
      default = [ ];
      example = literalExpression "[ pkgs.zlib pkgs.openssl ]";
      description = "Packages with libraries that such programs find, beside {option}`programs.nix-ld.defaultLibraries`.";
      apply = own: cfg.defaultLibraries ++ own;
    };
    defaultLibraries = mkOption {
      type = types.listOf types.package;
      default = map (name: pkgs.debianPackages.${name}) [
        "libc6"
        "libstdc++6"
        "zlib1g"
        "libzstd1"
        "libcurl4t64"
        "libssl3t64"
        "libattr1"
        "libacl1"
        "libbz2-1.0"
        "liblzma5"
        "libuuid1"
        "libudev1"
        "libsystemd0"
      ];
      defaultText = lib.literalMD "the libraries that most programs need";
      internal = true;
      description = "Libraries that most programs need.";
    };
  };

  config = mkIf cfg.enable {
    environment.etc."ld.so.cache".source = cache;
  };
}

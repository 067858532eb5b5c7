# The tree that /usr is: what Debian's programs look for at places that were compiled into them.
#
# It is a union of links to the Debian packages in the system's closure. Being there puts nothing on anyone's search
# path, and what would make a package act merely by being there (units, udev rules, generators, tmpfiles) is left out:
# the options of the module set decide about those.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.system;

  triplet =
    {
      x86_64-linux = "x86_64-linux-gnu";
      aarch64-linux = "aarch64-linux-gnu";
    }
    .${pkgs.stdenv.hostPlatform.system};

  tree = import ../../../lib/run-python.nix { inherit pkgs; } {
    name = "usr";
    script = ./make_usr.py;
    plan = {
      inherit (cfg.usrTree) links;
      order = map toString cfg.usrTree.packages;
    };
    arguments = {
      # Which packages are in the closure is known once it is built.
      __structuredAttrs = false;
      exportReferencesGraph = lib.concatLists (
        lib.imap0 (index: root: [
          "closure-${toString index}"
          root
        ]) cfg.usrTree.roots
      );
    };
  };
in
{
  options.system = {
    usr = mkOption {
      type = types.package;
      internal = true;
      readOnly = true;
      default = tree // { inherit (tree) outPath; };
      defaultText = lib.literalMD "the union of the system's Debian packages";
      description = "The tree that {file}`/usr` links to.";
    };

    usrTree = {
      roots = mkOption {
        type = types.listOf types.package;
        internal = true;
        default = [ ];
        description = "What the closure is of in which packages are looked for.";
      };
      packages = mkOption {
        type = types.listOf types.package;
        default = [ ];
        example = lib.literalExpression "[ pkgs.hunspell-de-de ]";
        description = ''
          Packages whose files programs find below {file}`/usr` although the system has nothing else of them. Where packages
          have a file of the same name, these come first.
        '';
      };
      links = mkOption {
        type = types.attrsOf (types.nullOr types.str);
        internal = true;
        default = { };
        description = "Links that take the place of what packages have, by path below {file}`/usr`; null leaves one out.";
      };
    };
  };

  config = {
    system.usrTree.roots = [
      config.system.path
      config.system.build.etc
      config.systemd.package
    ];

    # The loader looks in the system's `lib` for what no program is linked against, such as modules of the C library.
    system.systemBuilderLinks = {
      usr = "${cfg.usr}";
      lib = "${cfg.usr}/lib";
    };

    system.usrTree.packages = cfg.nssModules ++ [
      config.systemd.package
      pkgs.coreutils
      pkgs.util-linux
      pkgs.bash
      pkgs.kmod
    ];

    system.usrTree.links = {
      # Debian has programs and libraries in more than one folder; packages of the store do not.
      sbin = "bin";
      games = "bin";
      lib64 = "lib";
      "lib/${triplet}" = ".";
      "bin/env" = config.environment.usrbinenv;
      "bin/sh" = config.environment.binsh;
      # Two packages share these folders, with a link for each of 2,000 terminals.
      "share/terminfo" = "${pkgs.ncurses}/share/terminfo";
      # Modules of the running kernel, firmware of the running system.
      "lib/modules" = "/run/booted-system/kernel-modules/lib/modules";
      "lib/firmware" = "/run/current-system/firmware";
    };
  };
}

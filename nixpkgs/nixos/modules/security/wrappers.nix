# Programs that run with other rights than those of who starts them.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkOption types;
  cfg = config.security;

  wrapperType = types.submodule (
    { name, ... }:
    {
      options = {
        enable = mkOption {
          type = types.bool;
          default = true;
          description = "Whether the program is there.";
        };
        program = mkOption {
          type = types.str;
          default = name;
          defaultText = "‹name›";
          description = "The name to start it by.";
        };
        source = mkOption {
          type = types.path;
          example = lib.literalExpression ''"''${pkgs.iputils}/bin/ping"'';
          description = "The program, which cannot be a script.";
        };
        owner = mkOption {
          type = types.str;
          description = "The user that it belongs to.";
        };
        group = mkOption {
          type = types.str;
          description = "The group that it belongs to.";
        };
        permissions = mkOption {
          type = types.strMatching "([ugoa]+[+=-][rwx]*)(,[ugoa]+[+=-][rwx]*)*|[0-7]{3,4}";
          default = "u+rx,g+x,o+x";
          example = "a+rx";
          description = "Who may start it, as for {manpage}`chmod(1)`.";
        };
        capabilities = mkOption {
          type = types.commas;
          default = "";
          example = "cap_net_raw+ep";
          description = "What the program may do, as in {manpage}`capabilities(7)`; it cannot be set-id then.";
        };
        setuid = mkOption {
          type = types.bool;
          default = false;
          description = "Whether it runs with its owner's rights.";
        };
        setgid = mkOption {
          type = types.bool;
          default = false;
          description = "Whether it runs with its group's rights.";
        };
      };
    }
  );

  used = lib.filter (wrapper: wrapper.enable) (lib.attrValues cfg.wrappers);

  rootOwned = source: {
    owner = "root";
    group = "root";
    setuid = true;
    inherit source;
  };
in
{
  options.security = {
    enableWrappers = mkOption {
      type = types.bool;
      default = true;
      description = "Whether there are such programs at all.";
    };

    wrappers = mkOption {
      type = types.attrsOf wrapperType;
      default = { };
      example = lib.literalExpression ''
        {
          ping = {
            owner = "root";
            group = "root";
            capabilities = "cap_net_raw+ep";
            source = "''${pkgs.iputils}/bin/ping";
          };
        }
      '';
      description = "Programs in {file}`/run/wrappers/bin`, which is first on the search path, by name.";
    };

    wrapperDirSize = mkOption {
      type = types.str;
      default = "50%";
      example = "10G";
      description = "How large the programs may be together, as for {manpage}`tmpfs(5)`.";
    };

    wrapperDir = mkOption {
      type = types.path;
      default = "/run/wrappers/bin";
      internal = true;
      readOnly = true;
      description = "The folder of the programs.";
    };
  };

  config = mkIf cfg.enableWrappers {
    assertions = map (wrapper: {
      assertion = wrapper.capabilities == "" || !(wrapper.setuid || wrapper.setgid);
      message = ''
        security.wrappers.${wrapper.program} has capabilities and is set-id, of which only one counts:
        remove `capabilities`, or `setuid` and `setgid`.'';
    }) used;

    security.wrappers = {
      mount = rootOwned "${pkgs.util-linux}/bin/mount";
      umount = rootOwned "${pkgs.util-linux}/bin/umount";
      newgrp = rootOwned "${pkgs.shadow}/bin/newgrp";
      sg = rootOwned "${pkgs.shadow}/bin/sg";
      newuidmap = rootOwned "${pkgs.shadow}/bin/newuidmap";
      newgidmap = rootOwned "${pkgs.shadow}/bin/newgidmap";
    };

    # Programs that start these by the path compiled into them get those that have the rights.
    system.usrTree.links = lib.listToAttrs (
      map (wrapper: lib.nameValuePair "bin/${wrapper.program}" "${cfg.wrapperDir}/${wrapper.program}") used
    );

    system.activation.plan.wrappers = {
      mount = [
        "${pkgs.util-linux}/bin/mount"
        "-t"
        "tmpfs"
        "-o"
        "nodev,mode=755,size=${cfg.wrapperDirSize}"
        "tmpfs"
        "/run/wrappers"
      ];
      wrappers = map (wrapper: {
        inherit (wrapper)
          capabilities
          group
          owner
          permissions
          program
          setgid
          setuid
          ;
        source = "${wrapper.source}";
      }) used;
    };
  };
}

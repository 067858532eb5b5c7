# nftables: tables of rules that the kernel takes in one transaction.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    concatMapStrings
    mkEnableOption
    mkIf
    mkOption
    optionalString
    types
    ;

  cfg = config.networking.nftables;
  tables = builtins.filter (table: table.enable) (builtins.attrValues cfg.tables);

  tableType = types.submodule (
    { name, ... }:
    {
      options = {
        enable = mkOption {
          type = types.bool;
          default = true;
          description = "Whether the table is loaded.";
        };
        name = mkOption {
          type = types.str;
          default = name;
          description = "Name of the table.";
        };
        family = mkOption {
          type = types.enum [
            "ip"
            "ip6"
            "inet"
            "arp"
            "bridge"
            "netdev"
          ];
          description = "Family of packets that the table sees.";
        };
        content = mkOption {
          type = types.lines;
          description = "Chains and sets of the table.";
        };
      };
    }
  );

  # Empty tables of these names first, so that there is something to delete.
  forget = table: ''
    table ${table.family} ${table.name}
    delete table ${table.family} ${table.name}
  '';
  deletions = concatMapStrings forget tables + cfg.extraDeletions;

  rulesText =
    (if cfg.flushRuleset then "flush ruleset\n" else deletions)
    + optionalString (cfg.rulesetFile != null) ''include "${cfg.rulesetFile}"
    ''
    + cfg.ruleset
    + concatMapStrings (table: ''
      table ${table.family} ${table.name} {
      ${table.content}
      }
    '') tables;

  load = "${pkgs.nftables}/bin/nft -f ${pkgs.writeText "nftables-rules" rulesText}";
  unload = pkgs.writeText "nftables-unload" (if cfg.flushRuleset then "flush ruleset\n" else deletions);
in
{
  options.networking.nftables = {
    enable = mkEnableOption "nftables, which then is what the firewall and NAT are made of";

    flushRuleset = mkOption {
      type = types.bool;
      default = cfg.ruleset != "" || cfg.rulesetFile != null;
      defaultText = lib.literalExpression ''config.networking.nftables.ruleset != "" || config.networking.nftables.rulesetFile != null'';
      description = "Whether everything is removed before the rules are loaded, and not only the tables below.";
    };

    extraDeletions = mkOption {
      type = types.lines;
      default = "";
      example = "delete table ip old-table";
      description = "Commands that remove more before the rules are loaded.";
    };

    ruleset = mkOption {
      type = types.lines;
      default = "";
      example = ''
        table inet filter {
          chain output {
            type filter hook output priority 100; policy accept;
          }
        }
      '';
      description = "Rules to load.";
    };

    rulesetFile = mkOption {
      type = types.nullOr types.path;
      default = null;
      description = "File of rules to load.";
    };

    tables = mkOption {
      type = types.attrsOf tableType;
      default = { };
      example.filter = {
        family = "inet";
        content = "chain input { type filter hook input priority 0; policy accept; }";
      };
      description = "Tables to load.";
    };
  };

  config = mkIf cfg.enable {
    boot.blacklistedKernelModules = [ "ip_tables" ];
    environment.systemPackages = [ pkgs.nftables ];

    systemd.services.nftables = {
      description = "nftables firewall";
      # Before sockets and networks of the early boot, and while that waits for devices.
      wantedBy = [ "sysinit.target" ];
      wants = [ "network-pre.target" ];
      before = [
        "network-pre.target"
        "shutdown.target"
      ];
      conflicts = [ "shutdown.target" ];
      after = [ "systemd-modules-load.service" ];
      reloadIfChanged = true;
      unitConfig.DefaultDependencies = false;
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
        ExecStart = load;
        ExecReload = load;
        ExecStop = "${pkgs.nftables}/bin/nft -f ${unload}";
      };
    };
  };
}

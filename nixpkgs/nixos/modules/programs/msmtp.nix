# msmtp: sending mail by way of another server.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkOption types;
  cfg = config.programs.msmtp;
  values = types.attrsOf (
    types.oneOf [
      types.bool
      types.int
      types.str
      types.path
    ]
  );
  show =
    value:
    if value == true then
      "on"
    else if value == false then
      "off"
    else
      toString value;
  lines = lib.generators.toKeyValue { mkKeyValue = name: value: "${name} ${show value}"; };
in
{
  options.programs.msmtp = {
    enable = lib.mkEnableOption "msmtp, which sends mail by way of another server";
    package = lib.mkPackageOption pkgs "msmtp" { };
    setSendmail = mkOption {
      type = types.bool;
      default = true;
      description = "Whether {command}`sendmail` is msmtp.";
    };
    defaults = mkOption {
      type = values;
      default = { };
      example = {
        port = 587;
        tls = true;
      };
      description = "Settings of all accounts.";
    };
    accounts = mkOption {
      type = types.attrsOf values;
      default = { };
      example.default = {
        host = "mail.example.org";
        auth = true;
        user = "me";
        passwordeval = "cat /etc/secrets/mail";
      };
      description = "Accounts by name; `default` is used when none is named.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Lines that are added to {file}`/etc/msmtprc`.";
    };
  };

  config = mkIf cfg.enable {
    environment.systemPackages = [
      cfg.package
    ]
    ++ lib.optional cfg.setSendmail (
      pkgs.linkFarm "msmtp-sendmail" { "bin/sendmail" = "${cfg.package}/bin/msmtp"; }
    );
    environment.etc.msmtprc.text = ''
      defaults
      ${lines cfg.defaults}
      ${lib.concatStringsSep "\n" (
        lib.mapAttrsToList (name: account: "account ${name}\n${lines account}") cfg.accounts
      )}
      ${cfg.extraConfig}
    '';
  };
}

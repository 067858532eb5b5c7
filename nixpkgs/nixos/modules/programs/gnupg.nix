# GnuPG's agent in users' sessions.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkEnableOption mkIf mkOption types;
  cfg = config.programs.gnupg;
  agent = cfg.agent;
  keyValue = pkgs.formats.keyValue { mkKeyValue = lib.generators.mkKeyValueDefault { } " "; };

  socket = description: file: mode: {
    inherit description;
    wantedBy = [ "sockets.target" ];
    listenStreams = [ "%t/gnupg/${file}" ];
    socketConfig = {
      FileDescriptorName = mode;
      Service = "gpg-agent.service";
      SocketMode = "0600";
      DirectoryMode = "0700";
    };
  };
in
{
  options.programs.gnupg = {
    package = lib.mkPackageOption pkgs "gnupg" { };
    agent = {
      enable = mkEnableOption "GnuPG's agent";
      enableSSHSupport = mkOption {
        type = types.bool;
        default = false;
        description = "Whether GnuPG's agent is the agent for SSH keys too.";
      };
      enableExtraSocket = mkOption {
        type = types.bool;
        default = false;
        description = "Whether there is a socket for other machines.";
      };
      enableBrowserSocket = mkOption {
        type = types.bool;
        default = false;
        description = "Whether there is a socket for browsers.";
      };
      pinentryPackage = mkOption {
        type = types.nullOr types.package;
        default = if config.services.xserver.enable then pkgs.pinentry-gnome3 else pkgs.pinentry-curses;
        defaultText = lib.literalExpression "if config.services.xserver.enable then pkgs.pinentry-gnome3 else pkgs.pinentry-curses";
        description = "Package of the program that asks for passwords; `null` leaves it to the user.";
      };
      settings = mkOption {
        inherit (keyValue) type;
        default = { };
        example.default-cache-ttl = 600;
        description = "Lines of gpg-agent.conf.";
      };
    };
    dirmngr.enable = mkEnableOption "GnuPG's look-ups of keys and certificates in the network";
  };

  config = mkIf agent.enable {
    assertions = [
      {
        assertion = agent.enableSSHSupport -> !config.programs.ssh.startAgent;
        message = "programs.gnupg.agent.enableSSHSupport and programs.ssh.startAgent would both be the agent for SSH keys.";
      }
    ];

    programs.gnupg.agent.settings = mkIf (agent.pinentryPackage != null) {
      pinentry-program = lib.mkDefault "${agent.pinentryPackage}/bin/${
        agent.pinentryPackage.meta.mainProgram or "pinentry"
      }";
    };
    environment.etc."gnupg/gpg-agent.conf".source = keyValue.generate "gpg-agent.conf" agent.settings;
    environment.systemPackages = [
      cfg.package
      pkgs.debianPackages.gpg-agent
    ];

    systemd.user.services.gpg-agent = {
      description = "GnuPG cryptographic agent and passphrase cache";
      unitConfig.RefuseManualStart = true;
      serviceConfig = {
        ExecStart = "${pkgs.debianPackages.gpg-agent}/bin/gpg-agent --supervised";
        ExecReload = "${pkgs.debianPackages.gpgconf}/bin/gpgconf --reload gpg-agent";
      };
    };
    systemd.user.sockets = {
      gpg-agent = socket "GnuPG cryptographic agent" "S.gpg-agent" "std";
    }
    // lib.optionalAttrs agent.enableSSHSupport {
      gpg-agent-ssh = socket "GnuPG cryptographic agent (ssh-agent emulation)" "S.gpg-agent.ssh" "ssh";
    }
    // lib.optionalAttrs agent.enableExtraSocket {
      gpg-agent-extra = socket "GnuPG cryptographic agent (restricted)" "S.gpg-agent.extra" "extra";
    }
    // lib.optionalAttrs agent.enableBrowserSocket {
      gpg-agent-browser = socket "GnuPG cryptographic agent (browsers)" "S.gpg-agent.browser" "browser";
    }
    // lib.optionalAttrs cfg.dirmngr.enable {
      dirmngr = {
        description = "GnuPG network certificate management daemon";
        wantedBy = [ "sockets.target" ];
        listenStreams = [ "%t/gnupg/S.dirmngr" ];
        socketConfig = {
          SocketMode = "0600";
          DirectoryMode = "0700";
        };
      };
    };
    systemd.user.services.dirmngr = mkIf cfg.dirmngr.enable {
      description = "GnuPG network certificate management daemon";
      unitConfig.RefuseManualStart = true;
      serviceConfig.ExecStart = "${pkgs.debianPackages.dirmngr}/bin/dirmngr --supervised";
    };

    environment.interactiveShellInit = ''
      export GPG_TTY=$(tty)
    '';
    environment.extraInit = mkIf agent.enableSSHSupport ''
      if [ -z "$SSH_AUTH_SOCK" ] && [ -n "$XDG_RUNTIME_DIR" ]; then
        export SSH_AUTH_SOCK="$XDG_RUNTIME_DIR/gnupg/S.gpg-agent.ssh"
      fi
    '';
  };
}

# The OpenSSH client: its system-wide settings, known hosts and agent.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    concatMapStringsSep
    concatStringsSep
    mkIf
    mkOption
    optionalString
    types
    ;

  cfg = config.programs.ssh;
  knownHosts = builtins.attrValues cfg.knownHosts;

  hostType = types.submodule (
    { name, config, ... }:
    {
      options = {
        certAuthority = mkOption {
          type = types.bool;
          default = false;
          description = "Whether the key signs the keys of hosts, instead of being a host's.";
        };
        hostNames = mkOption {
          type = types.listOf types.str;
          default = [ name ] ++ config.extraHostNames;
          defaultText = lib.literalExpression "[ name ] ++ config.extraHostNames";
          description = "Names and addresses of the host.";
        };
        extraHostNames = mkOption {
          type = types.listOf types.str;
          default = [ ];
          description = "Names and addresses beside the attribute's name.";
        };
        publicKey = mkOption {
          type = types.nullOr types.str;
          default = null;
          example = "ecdsa-sha2-nistp521 AAAAE2VjZHN…UEPg==";
          description = "The host's public key.";
        };
        publicKeyFile = mkOption {
          type = types.nullOr types.path;
          default = null;
          description = "File with the host's public key, read when the system is built.";
        };
      };
    }
  );

  knownHostLine =
    host:
    optionalString host.certAuthority "@cert-authority "
    + concatStringsSep "," host.hostNames
    + " "
    + (if host.publicKey != null then host.publicKey else lib.trim (builtins.readFile host.publicKeyFile));

  algorithms =
    what: example:
    mkOption {
      type = types.nullOr (types.listOf types.str);
      default = null;
      example = [ example ];
      description = "${what} that the client takes part in; `null` keeps its own choice.";
    };
  algorithmLine =
    keyword: value: optionalString (value != null) "${keyword} ${concatStringsSep "," value}\n";
in
{
  options.programs.ssh = {
    package = lib.mkPackageOption pkgs "openssh" { };

    enableAskPassword = mkOption {
      type = types.bool;
      default = config.services.xserver.enable;
      defaultText = lib.literalExpression "config.services.xserver.enable";
      description = "Whether a window asks for passwords where there is no terminal.";
    };

    askPassword = mkOption {
      type = types.str;
      default = "${pkgs.debianPackages.ssh-askpass}/lib/ssh/x11-ssh-askpass";
      defaultText = lib.literalExpression ''"''${pkgs.debianPackages.ssh-askpass}/lib/ssh/x11-ssh-askpass"'';
      description = "Program of that window.";
    };

    forwardX11 = mkOption {
      type = types.nullOr types.bool;
      default = false;
      description = "Whether X11 connections are forwarded by default.";
    };

    setXAuthLocation = mkOption {
      type = types.bool;
      default = config.services.xserver.enable;
      defaultText = lib.literalExpression "config.services.xserver.enable";
      description = "Whether the client and the server know the place of `xauth`, which forwarding X11 needs.";
    };

    systemd-ssh-proxy.enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether `ssh vsock/…` and `ssh machine/…` reach virtual machines and containers.";
    };

    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Text at the start of ssh_config(5); hosts described here come before the defaults.";
    };

    startAgent = mkOption {
      type = types.bool;
      default = false;
      description = "Whether an agent for SSH keys runs in each user's session.";
    };

    agentTimeout = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "1h";
      description = "How long the agent keeps a key; `null` keeps it until the end of the session.";
    };

    agentPKCS11Whitelist = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = lib.literalExpression ''"''${pkgs.opensc}/lib/opensc-pkcs11.so"'';
      description = "Pattern of the PKCS#11 libraries that the agent may load.";
    };

    knownHosts = mkOption {
      type = types.attrsOf hostType;
      default = { };
      example.myhost = {
        extraHostNames = [
          "myhost.mydomain.com"
          "10.10.1.4"
        ];
        publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI…";
      };
      description = "Hosts whose keys are known.";
    };

    knownHostsFiles = mkOption {
      type = types.listOf types.path;
      default = [ ];
      description = "More files of known hosts.";
    };

    ciphers = algorithms "Ciphers" "chacha20-poly1305@openssh.com";
    kexAlgorithms = algorithms "Key exchanges" "curve25519-sha256@libssh.org";
    macs = algorithms "Message authentication codes" "hmac-sha2-512-etm@openssh.com";
    hostKeyAlgorithms = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "ssh-ed25519" ];
      description = "Algorithms of host keys that the client accepts; none keeps its own choice.";
    };
    pubkeyAcceptedKeyTypes = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "ssh-ed25519" ];
      description = "Algorithms of keys that the client logs in with; none keeps its own choice.";
    };
  };

  config = {
    assertions = map (host: {
      assertion = (host.publicKey == null) != (host.publicKeyFile == null);
      message = "programs.ssh.knownHosts: ${toString host.hostNames} needs either a publicKey or a publicKeyFile.";
    }) knownHosts
    ++ [
      {
        assertion = cfg.forwardX11 == true -> cfg.setXAuthLocation;
        message = "programs.ssh.forwardX11 needs programs.ssh.setXAuthLocation.";
      }
    ];

    environment.systemPackages = [ cfg.package ];

    environment.etc = {
      "ssh/ssh_config".text =
        cfg.extraConfig
        + lib.optionalString cfg.systemd-ssh-proxy.enable ''

          Host unix/* vsock/* machine/*
            ProxyCommand /usr/lib/systemd/systemd-ssh-proxy %h %p
            ProxyUseFdpass yes
            CheckHostIP no
        ''
        + ''

          Host *
          GlobalKnownHostsFile ${toString cfg.knownHostsFiles} /etc/ssh/ssh_known_hosts
        ''
        + optionalString (!config.networking.enableIPv6) "AddressFamily inet\n"
        + optionalString cfg.setXAuthLocation "XAuthLocation ${pkgs.xorg.xauth}/bin/xauth\n"
        + optionalString (cfg.forwardX11 != null) "ForwardX11 ${lib.boolToYesNo cfg.forwardX11}\n"
        + optionalString (cfg.pubkeyAcceptedKeyTypes != [ ]) "PubkeyAcceptedAlgorithms ${concatStringsSep "," cfg.pubkeyAcceptedKeyTypes}\n"
        + optionalString (cfg.hostKeyAlgorithms != [ ]) "HostKeyAlgorithms ${concatStringsSep "," cfg.hostKeyAlgorithms}\n"
        + algorithmLine "KexAlgorithms" cfg.kexAlgorithms
        + algorithmLine "Ciphers" cfg.ciphers
        + algorithmLine "MACs" cfg.macs;
    }
    // lib.optionalAttrs (knownHosts != [ ]) {
      "ssh/ssh_known_hosts".text = concatMapStringsSep "\n" knownHostLine knownHosts + "\n";
    };

    systemd.user.services.ssh-agent = mkIf cfg.startAgent {
      description = "SSH Agent";
      wantedBy = [ "default.target" ];
      unitConfig.ConditionUser = "!@system";
      environment = lib.optionalAttrs cfg.enableAskPassword {
        SSH_ASKPASS = cfg.askPassword;
        DISPLAY = "fake";
      };
      serviceConfig = {
        Type = "forking";
        ExecStartPre = "${pkgs.coreutils}/bin/rm -f %t/ssh-agent";
        ExecStart =
          "${cfg.package}/bin/ssh-agent "
          + optionalString (cfg.agentTimeout != null) "-t ${cfg.agentTimeout} "
          + optionalString (cfg.agentPKCS11Whitelist != null) "-P ${cfg.agentPKCS11Whitelist} "
          + "-a %t/ssh-agent";
        StandardOutput = "null";
        Restart = "on-failure";
        # 2 is what the agent ends with when it is told to.
        SuccessExitStatus = "0 2";
      };
    };

    environment.extraInit = mkIf cfg.startAgent ''
      if [ -z "$SSH_AUTH_SOCK" ] && [ -n "$XDG_RUNTIME_DIR" ]; then
        export SSH_AUTH_SOCK="$XDG_RUNTIME_DIR/ssh-agent"
      fi
    '';
    environment.variables = lib.optionalAttrs cfg.enableAskPassword { SSH_ASKPASS = cfg.askPassword; };
  };
}

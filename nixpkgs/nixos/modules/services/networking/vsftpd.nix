# vsftpd, a server of FTP.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkOption types;

  cfg = config.services.vsftpd;

  flags = {
    allow_writeable_chroot = cfg.allowWriteableChroot;
    anon_mkdir_write_enable = cfg.anonymousMkdirEnable;
    anon_upload_enable = cfg.anonymousUploadEnable;
    anonymous_enable = cfg.anonymousUser;
    chroot_local_user = cfg.chrootlocalUser;
    force_local_data_ssl = cfg.forceLocalDataSSL;
    force_local_logins_ssl = cfg.forceLocalLoginsSSL;
    local_enable = cfg.localUsers;
    no_anon_password = cfg.anonymousUserNoPassword;
    port_promiscuous = cfg.portPromiscuous;
    ssl_sslv2 = cfg.ssl_sslv2;
    ssl_sslv3 = cfg.ssl_sslv3;
    ssl_tlsv1 = cfg.ssl_tlsv1;
    userlist_deny = cfg.userlistDeny;
    userlist_enable = cfg.userlistEnable;
    virtual_use_local_privs = cfg.virtualUseLocalPrivs;
    write_enable = cfg.writeEnable;
    guest_enable = cfg.enableVirtualUsers;
    ssl_enable = cfg.rsaCertFile != null;
    # An IPv6 socket hears IPv4 as well.
    listen = !config.networking.enableIPv6;
    listen_ipv6 = config.networking.enableIPv6;
    background = false;
    # Its filter of system calls knows none that the C library came to use since.
    seccomp_sandbox = false;
    syslog_enable = true;
  };
  texts = {
    anon_root = cfg.anonymousUserHome;
    anon_umask = cfg.anonymousUmask;
    guest_username = if cfg.enableVirtualUsers then "vsftpd" else null;
    local_root = cfg.localRoot;
    nopriv_user = "vsftpd";
    pam_service_name = "vsftpd";
    rsa_cert_file = cfg.rsaCertFile;
    rsa_private_key_file = cfg.rsaKeyFile;
    secure_chroot_dir = "/var/empty";
    userlist_file = cfg.userlistFile;
  };

  configFile = pkgs.writeText "vsftpd.conf" (
    lib.generators.toKeyValue { } (
      lib.mapAttrs (_: value: if value then "YES" else "NO") flags
      // lib.filterAttrs (_: value: value != null) texts
    )
    + cfg.extraConfig
  );

  userdb = "${pkgs.debianPackages.libpam-modules}/lib/security/pam_userdb.so";

  flag = default: description: mkOption {
    type = types.bool;
    inherit default description;
  };
  fileOption = description: mkOption {
    type = types.nullOr types.path;
    default = null;
    inherit description;
  };
in
{
  options.services.vsftpd = {
    enable = lib.mkEnableOption "vsftpd, a server of FTP";

    anonymousUser = flag false "Whether anybody may log in as `anonymous` and read.";
    anonymousUserNoPassword = flag false "Whether that user is not asked for a password.";
    anonymousUploadEnable = flag false "Whether that user may upload files.";
    anonymousMkdirEnable = flag false "Whether that user may make folders.";
    anonymousUserHome = mkOption {
      type = types.path;
      default = "/home/ftp/";
      description = "What that user sees.";
    };
    anonymousUmask = mkOption {
      type = types.str;
      default = "077";
      example = "002";
      description = "Permissions that what that user uploads does not have.";
    };

    localUsers = flag false "Whether the machine's users may log in, with their passwords.";
    localRoot = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "/var/www/$USER";
      description = "Folder that users start in; their home without it.";
    };
    writeEnable = flag false "Whether anything may be changed at all.";
    chrootlocalUser = flag false "Whether users see nothing but the folder that they start in.";
    allowWriteableChroot = flag false "Whether such a folder may be writable, which the server refuses otherwise.";

    userlistEnable = flag false "Whether `userlist` decides who may log in.";
    userlistDeny = flag false "Whether that list has who may not log in, and not who may.";
    userlist = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Users to let in or to keep out.";
    };
    userlistFile = mkOption {
      type = types.nullOr types.path;
      default = pkgs.writeText "vsftpd-users" (lib.concatMapStrings (name: "${name}\n") cfg.userlist);
      defaultText = lib.literalMD "a file made of `userlist`";
      description = "File of those users, one a line.";
    };

    enableVirtualUsers = flag false "Whether logins are those of `userDbPath`, all of them the machine's user `vsftpd`.";
    userDbPath = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "/etc/vsftpd/users";
      description = "Database of virtual users for pam_userdb(8), without its ending `.db`.";
    };
    virtualUseLocalPrivs = flag false "Whether virtual users may what the machine's users may, and not only what anybody may.";

    rsaCertFile = fileOption "Certificate of the server, which turns TLS on.";
    rsaKeyFile = fileOption "Its private key; without it, the key is in the certificate's file.";
    forceLocalLoginsSSL = flag false "Whether the machine's users must send their passwords over TLS.";
    forceLocalDataSSL = flag false "Whether the machine's users must send files over TLS.";
    ssl_tlsv1 = flag true "Whether TLS 1 and later are spoken.";
    ssl_sslv2 = flag false "Whether SSL 2 is spoken.";
    ssl_sslv3 = flag false "Whether SSL 3 is spoken.";

    portPromiscuous = flag false "Whether a client may have files sent to another machine than its own.";

    extraConfig = mkOption {
      type = types.lines;
      default = "";
      example = "ftpd_banner=Hello";
      description = "Lines at the end of vsftpd.conf(5).";
    };
  };

  config = mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.forceLocalLoginsSSL || cfg.forceLocalDataSSL -> cfg.rsaCertFile != null;
        message = "services.vsftpd.forceLocalLoginsSSL and forceLocalDataSSL need services.vsftpd.rsaCertFile.";
      }
      {
        assertion = cfg.enableVirtualUsers -> cfg.userDbPath != null && cfg.localUsers;
        message = "services.vsftpd.enableVirtualUsers needs services.vsftpd.userDbPath and localUsers.";
      }
    ];

    users.users = {
      vsftpd = {
        uid = config.ids.uids.vsftpd;
        group = "vsftpd";
        description = "VSFTPD user";
        isSystemUser = true;
        home = if cfg.localRoot != null && cfg.enableVirtualUsers then cfg.localRoot else "/var/empty";
      };
    }
    // lib.optionalAttrs cfg.anonymousUser {
      ftp = {
        uid = config.ids.uids.ftp;
        group = "ftp";
        description = "Anonymous FTP user";
        isSystemUser = true;
        home = cfg.anonymousUserHome;
      };
    };
    users.groups = {
      vsftpd.gid = config.ids.gids.vsftpd;
    }
    // lib.optionalAttrs cfg.anonymousUser { ftp.gid = config.ids.gids.ftp; };

    services.vsftpd.userlist = mkIf cfg.userlistDeny [ "root" ];

    security.pam.services.vsftpd = mkIf (cfg.localUsers || cfg.enableVirtualUsers) {
      text = mkIf cfg.enableVirtualUsers ''
        auth required ${userdb} db=${cfg.userDbPath}
        account required ${userdb} db=${cfg.userDbPath}
      '';
    };

    # Nobody writes into the folder itself: the server refuses one that the anonymous user could write to.
    systemd.tmpfiles.settings.vsftpd = mkIf cfg.anonymousUser {
      ${lib.removeSuffix "/" (toString cfg.anonymousUserHome)}.d = {
        mode = "0555";
        user = "ftp";
        group = "ftp";
      };
    };

    systemd.services.vsftpd = {
      description = "Vsftpd Server";
      after = [ "network.target" ];
      wantedBy = [ "multi-user.target" ];
      serviceConfig = {
        ExecStart = "${pkgs.vsftpd}/bin/vsftpd ${configFile}";
        Restart = "always";
        Type = "simple";
      };
    };
  };
}

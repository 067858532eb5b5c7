# A server on the Internet: nginx with certificates before an application, PostgreSQL, backups.
{ config, pkgs, lib, ... }:
{
  imports = [ ./hardware.nix ];
  boot.loader.systemd-boot.enable = true;
  boot.loader.efi.canTouchEfiVariables = true;
  boot.tmp.cleanOnBoot = true;
  zramSwap.enable = true;
  networking = {
    hostName = "web01";
    domain = "example.org";
    nameservers = [ "9.9.9.9" "1.1.1.1" ];
    interfaces.ens3.ipv4.addresses = [ { address = "203.0.113.10"; prefixLength = 24; } ];
    defaultGateway = "203.0.113.1";
    useDHCP = false;
    firewall.allowedTCPPorts = [ 80 443 ];
  };
  time.timeZone = "Europe/Berlin";
  i18n.defaultLocale = "en_US.UTF-8";
  services.openssh = {
    enable = true;
    ports = [ 2222 ];
    settings = { PasswordAuthentication = false; KbdInteractiveAuthentication = false; PermitRootLogin = "prohibit-password"; };
    extraConfig = "AllowTcpForwarding no";
  };
  users.mutableUsers = false;
  users.users.root.openssh.authorizedKeys.keys = [ "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleExampleExampleExampleExampleExample admin" ];
  users.users.deploy = {
    isNormalUser = true;
    extraGroups = [ "wheel" "docker" ];
    hashedPassword = "$y$j9T$abc$def";
    openssh.authorizedKeys.keys = config.users.users.root.openssh.authorizedKeys.keys;
  };
  security.sudo.wheelNeedsPassword = false;
  security.acme = { acceptTerms = true; defaults.email = "admin@example.org"; };
  services.nginx = {
    enable = true;
    recommendedGzipSettings = true;
    recommendedOptimisation = true;
    recommendedProxySettings = true;
    recommendedTlsSettings = true;
    clientMaxBodySize = "100m";
    virtualHosts."app.example.org" = {
      enableACME = true;
      forceSSL = true;
      locations."/" = { proxyPass = "http://127.0.0.1:8000"; proxyWebsockets = true; };
      locations."/static/".alias = "/srv/app/static/";
    };
    virtualHosts."example.org" = {
      serverAliases = [ "www.example.org" ];
      enableACME = true;
      addSSL = true;
      root = "/srv/www";
      locations."~ \\.php$".extraConfig = ''
        fastcgi_pass unix:${config.services.phpfpm.pools.www.socket};
        fastcgi_index index.php;
      '';
    };
  };
  services.phpfpm.pools.www = {
    user = "nginx"; group = "nginx";
    settings = { "listen.owner" = "nginx"; "pm" = "dynamic"; "pm.max_children" = 8; "pm.start_servers" = 2; "pm.min_spare_servers" = 1; "pm.max_spare_servers" = 4; };
  };
  services.postgresql = {
    enable = true;
    package = pkgs.postgresql_17;
    ensureDatabases = [ "app" ];
    ensureUsers = [ { name = "app"; ensureDBOwnership = true; } ];
    authentication = lib.mkOverride 10 ''
      local all all peer
      host all all 127.0.0.1/32 scram-sha-256
    '';
    settings.shared_buffers = "256MB";
  };
  services.postgresqlBackup = { enable = true; databases = [ "app" ]; startAt = "*-*-* 02:00:00"; };
  services.redis.servers.app = { enable = true; port = 6379; };
  services.fail2ban = { enable = true; maxretry = 5; bantime = "1h"; bantime-increment = { enable = true; maxtime = "168h"; }; };
  services.restic.backups.remote = {
    paths = [ "/srv" "/var/backup/postgresql" ];
    repository = "sftp:backup@backup.example.org:/web01";
    passwordFile = "/etc/secrets/restic";
    initialize = true;
    timerConfig.OnCalendar = "03:30";
    pruneOpts = [ "--keep-daily 7" "--keep-weekly 4" ];
  };
  services.prometheus.exporters.node = { enable = true; enabledCollectors = [ "systemd" ]; listenAddress = "127.0.0.1"; };
  systemd.services.app = {
    description = "Application";
    wantedBy = [ "multi-user.target" ];
    after = [ "network.target" "postgresql.service" ];
    environment.DATABASE_URL = "postgres:///app";
    serviceConfig = { ExecStart = "${pkgs.python3}/bin/python3 -m http.server 8000"; DynamicUser = true; Restart = "always"; StateDirectory = "app"; };
  };
  nix = {
    settings = { experimental-features = [ "nix-command" "flakes" ]; auto-optimise-store = true; trusted-users = [ "root" "@wheel" ]; };
    gc = { automatic = true; dates = "weekly"; options = "--delete-older-than 30d"; };
  };
  services.journald.extraConfig = "SystemMaxUse=500M";
  environment.systemPackages = with pkgs; [ vim git htop tmux curl wget jq ripgrep ncdu ];
  programs.vim = { enable = true; defaultEditor = true; };
  system.stateVersion = "25.05";
}

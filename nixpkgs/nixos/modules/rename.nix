# Options that have another name now, or none: those that no module of their own is left for.
{ lib, ... }:
let
  inherit (lib) mapAttrsToList splitString;

  # Both names are in wide use.
  aliases = {
    "environment.checkConfigurationOptions" = "_module.check";
    "users.extraGroups" = "users.groups";
    "users.extraUsers" = "users.users";
  };

  renamed = {
    "boot.binfmtMiscRegistrations" = "boot.binfmt.registrations";
    "boot.cleanTmpDir" = "boot.tmp.cleanOnBoot";
    "boot.earlyVconsoleSetup" = "console.earlySetup";
    "boot.loader.gummiboot.enable" = "boot.loader.systemd-boot.enable";
    "boot.loader.gummiboot.timeout" = "boot.loader.timeout";
    "boot.tmpOnTmpfs" = "boot.tmp.useTmpfs";
    "boot.tmpOnTmpfsSize" = "boot.tmp.tmpfsSize";
    "environment.gnome3.excludePackages" = "environment.gnome.excludePackages";
    "hardware.bluetooth.config" = "hardware.bluetooth.settings";
    "i18n.consoleColors" = "console.colors";
    "i18n.consoleFont" = "console.font";
    "i18n.consoleKeyMap" = "console.keyMap";
    "i18n.consolePackages" = "console.packages";
    "i18n.consoleUseXkbConfig" = "console.useXkbConfig";
    "networking.dnsExtensionMechanism" = "networking.resolvconf.dnsExtensionMechanism";
    "networking.dnsSingleRequest" = "networking.resolvconf.dnsSingleRequest";
    "networking.extraResolvconfConf" = "networking.resolvconf.extraConfig";
    "networking.networkmanager.packages" = "networking.networkmanager.plugins";
    "networking.resolvconfOptions" = "networking.resolvconf.extraOptions";
    "nix.allowedUsers" = "nix.settings.allowed-users";
    "nix.autoOptimiseStore" = "nix.settings.auto-optimise-store";
    "nix.binaryCachePublicKeys" = "nix.settings.trusted-public-keys";
    "nix.binaryCaches" = "nix.settings.substituters";
    "nix.buildCores" = "nix.settings.cores";
    "nix.maxJobs" = "nix.settings.max-jobs";
    "nix.sandboxPaths" = "nix.settings.extra-sandbox-paths";
    "nix.systemFeatures" = "nix.settings.system-features";
    "nix.trustedBinaryCaches" = "nix.settings.trusted-substituters";
    "nix.trustedUsers" = "nix.settings.trusted-users";
    "nix.useChroot" = "nix.settings.sandbox";
    "nix.useSandbox" = "nix.settings.sandbox";
    "programs.info.enable" = "documentation.info.enable";
    "programs.man.enable" = "documentation.man.enable";
    "programs.zsh.enableAutosuggestions" = "programs.zsh.autosuggestions.enable";
    "programs.zsh.enableSyntaxHighlighting" = "programs.zsh.syntaxHighlighting.enable";
    "security.acme.email" = "security.acme.defaults.email";
    "security.acme.server" = "security.acme.defaults.server";
    "security.acme.validMin" = "security.acme.defaults.validMinDays";
    "security.pam.enableSSHAgentAuth" = "security.pam.sshAgentAuth.enable";
    "services.dnsmasq.servers" = "services.dnsmasq.settings.server";
    "services.gnome.chrome-gnome-shell.enable" = "services.gnome.gnome-browser-connector.enable";
    "services.gnome.core-utilities.enable" = "services.gnome.core-apps.enable";
    "services.gnome3.chrome-gnome-shell.enable" = "services.gnome.gnome-browser-connector.enable";
    "services.gnome3.gnome-keyring.enable" = "services.gnome.gnome-keyring.enable";
    "services.locate.locate" = "services.locate.package";
    "services.nixosManual.enable" = "documentation.nixos.enable";
    "services.redshift.latitude" = "location.latitude";
    "services.redshift.longitude" = "location.longitude";
    "services.redshift.provider" = "location.provider";
    "services.syncthing.declarative.devices" = "services.syncthing.settings.devices";
    "services.syncthing.declarative.folders" = "services.syncthing.settings.folders";
    "services.syncthing.devices" = "services.syncthing.settings.devices";
    "services.syncthing.folders" = "services.syncthing.settings.folders";
    "services.transmission.port" = "services.transmission.settings.rpc-port";
    "services.unbound.allowedAccess" = "services.unbound.settings.server.access-control";
    "services.unbound.interfaces" = "services.unbound.settings.server.interface";
    "services.xserver.desktopManager.gnome3.enable" = "services.desktopManager.gnome.enable";
    "services.xserver.desktopManager.plasma6.enable" = "services.desktopManager.plasma6.enable";
    "virtualisation.libvirtd.qemuPackage" = "virtualisation.libvirtd.qemu.package";
    "virtualisation.libvirtd.qemuRunAsRoot" = "virtualisation.libvirtd.qemu.runAsRoot";
    "virtualisation.libvirtd.qemuVerbatimConfig" = "virtualisation.libvirtd.qemu.verbatimConfig";
  };

  # What to do instead.
  removed = {
    "boot.loader.grub.version" = "Remove it: GRUB 2 is the only version.";
    "boot.zfs.enableUnstable" = "Set boot.zfs.package instead.";
    "environment.noXlibs" = "Packages from Debian are built once, with their X libraries.";
    "hardware.bluetooth.extraConfig" = "Use hardware.bluetooth.settings instead.";
    "hardware.video.hidpi.enable" = "Set console.font and services.xserver.dpi instead.";
    "nix.daemonIONiceLevel" = "Use nix.daemonIOSchedPriority instead.";
    "nix.daemonNiceLevel" = "Use nix.daemonCPUSchedPolicy instead.";
    "programs.gnupg.agent.pinentryFlavor" = "Use programs.gnupg.agent.pinentryPackage instead.";
    "services.earlyoom.notificationsCommand" = "Use services.earlyoom.enableNotifications instead.";
    "services.earlyoom.useKernelOOMKiller" = "earlyoom ends processes itself.";
    "services.postgresql.extraConfig" = "Use services.postgresql.settings instead.";
    "services.printing.gutenprint" = "Use services.printing.drivers = [ pkgs.gutenprint ] instead.";
    "services.samba.syncPasswordsByPam" = "Users change Samba's passwords with smbpasswd.";
    "services.tlp.extraConfig" = "Use services.tlp.settings instead.";
    "services.unbound.forwardAddresses" = "Use services.unbound.settings.forward-zone instead.";
    "services.xserver.desktopManager.plasma5.enable" = "Plasma 5 is not supported any more; use services.desktopManager.plasma6.enable instead.";
    "sound.enable" = "Remove it: sound needs pipewire or pulseaudio, which their own options enable.";
    "systemd.extraConfig" = "Use systemd.settings.Manager instead.";
    "systemd.watchdog.rebootTime" = "Use systemd.settings.Manager.RebootWatchdogSec instead.";
    "systemd.watchdog.runtimeTime" = "Use systemd.settings.Manager.RuntimeWatchdogSec instead.";
    "virtualisation.docker.enableNvidia" = "There are no drivers of NVIDIA's cards.";
  };

  twoNames = make: mapAttrsToList (old: new: make (splitString "." old) (splitString "." new));
in
{
  imports =
    twoNames lib.mkAliasOptionModule aliases
    ++ twoNames lib.mkRenamedOptionModule renamed
    ++ mapAttrsToList (old: advice: lib.mkRemovedOptionModule (splitString "." old) advice) removed;
}

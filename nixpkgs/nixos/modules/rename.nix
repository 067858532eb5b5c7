# Options that have another name now, or none: those that no module of their own is left for.
{ lib, ... }:
let
  inherit (lib) mkAliasOptionModule mkRemovedOptionModule mkRenamedOptionModule;
in
{
  imports = [
    # Both names are in wide use.
    (mkAliasOptionModule [ "users" "extraUsers" ] [ "users" "users" ])
    (mkAliasOptionModule [ "users" "extraGroups" ] [ "users" "groups" ])
    (mkAliasOptionModule [ "environment" "checkConfigurationOptions" ] [ "_module" "check" ])

    (mkRenamedOptionModule [ "boot" "cleanTmpDir" ] [ "boot" "tmp" "cleanOnBoot" ])
    (mkRenamedOptionModule [ "boot" "tmpOnTmpfs" ] [ "boot" "tmp" "useTmpfs" ])
    (mkRenamedOptionModule [ "boot" "tmpOnTmpfsSize" ] [ "boot" "tmp" "tmpfsSize" ])
    (mkRenamedOptionModule [ "i18n" "consoleFont" ] [ "console" "font" ])
    (mkRenamedOptionModule [ "i18n" "consoleKeyMap" ] [ "console" "keyMap" ])
    (mkRenamedOptionModule [ "i18n" "consoleColors" ] [ "console" "colors" ])
    (mkRenamedOptionModule [ "i18n" "consolePackages" ] [ "console" "packages" ])
    (mkRenamedOptionModule [ "i18n" "consoleUseXkbConfig" ] [ "console" "useXkbConfig" ])
    (mkRenamedOptionModule [ "boot" "earlyVconsoleSetup" ] [ "console" "earlySetup" ])
    (mkRenamedOptionModule [ "nix" "allowedUsers" ] [ "nix" "settings" "allowed-users" ])
    (mkRenamedOptionModule [ "nix" "autoOptimiseStore" ] [ "nix" "settings" "auto-optimise-store" ])
    (mkRenamedOptionModule [ "nix" "binaryCachePublicKeys" ] [ "nix" "settings" "trusted-public-keys" ])
    (mkRenamedOptionModule [ "nix" "binaryCaches" ] [ "nix" "settings" "substituters" ])
    (mkRenamedOptionModule [ "nix" "buildCores" ] [ "nix" "settings" "cores" ])
    (mkRenamedOptionModule [ "nix" "maxJobs" ] [ "nix" "settings" "max-jobs" ])
    (mkRenamedOptionModule [ "nix" "sandboxPaths" ] [ "nix" "settings" "extra-sandbox-paths" ])
    (mkRenamedOptionModule [ "nix" "systemFeatures" ] [ "nix" "settings" "system-features" ])
    (mkRenamedOptionModule [ "nix" "trustedBinaryCaches" ] [ "nix" "settings" "trusted-substituters" ])
    (mkRenamedOptionModule [ "nix" "trustedUsers" ] [ "nix" "settings" "trusted-users" ])
    (mkRenamedOptionModule [ "nix" "useSandbox" ] [ "nix" "settings" "sandbox" ])
    (mkRenamedOptionModule [ "security" "pam" "enableSSHAgentAuth" ] [ "security" "pam" "sshAgentAuth" "enable" ])

    (mkRemovedOptionModule [ "environment" "noXlibs" ] "Packages from Debian are built once, with their X libraries.")
    (mkRemovedOptionModule [ "nix" "daemonNiceLevel" ] "Use nix.daemonCPUSchedPolicy instead.")
    (mkRemovedOptionModule [ "nix" "daemonIONiceLevel" ] "Use nix.daemonIOSchedPriority instead.")
    (mkRemovedOptionModule [ "sound" "enable" ] "Remove it: sound needs pipewire or pulseaudio, which their own options enable.")
  ];
}

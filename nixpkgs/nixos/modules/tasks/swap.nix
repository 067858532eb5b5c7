# Swap: devices and files.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:
let
  inherit (lib)
    literalExpression
    mkIf
    mkOption
    types
    ;

  encryptionOptions = {
    options = {
      enable = mkOption {
        type = types.bool;
        default = false;
        description = "Whether the device is encrypted with a new key at each boot. Hibernation is not possible then.";
      };
      cipher = mkOption {
        type = types.str;
        default = "aes-xts-plain64";
        example = "serpent-xts-plain64";
        description = "The cipher.";
      };
      keySize = mkOption {
        type = types.nullOr types.int;
        default = null;
        example = 512;
        description = "The size of the key in bits; null for cryptsetup's own.";
      };
      sectorSize = mkOption {
        type = types.nullOr types.int;
        default = null;
        example = 4096;
        description = "The size of the sectors that are encrypted, in bytes; null for the device's.";
      };
      source = mkOption {
        type = types.str;
        default = "/dev/urandom";
        example = "/dev/random";
        description = "Where the key comes from.";
      };
      allowDiscards = mkOption {
        type = types.bool;
        default = false;
        description = "Whether the device hears of blocks that are free, which tells an attacker which ones are.";
      };
    };
  };

  swapOptions =
    { config, options, ... }:
    {
      options = {
        device = mkOption {
          type = types.nonEmptyStr;
          example = "/dev/sda3";
          description = "A device, or a file.";
        };
        label = mkOption {
          type = types.str;
          example = "swap";
          description = "The label of the device, in place of `device`.";
        };
        size = mkOption {
          type = types.nullOr types.int;
          default = null;
          example = 2048;
          description = "The size in MiB of a file, which is made if it is not there; null for what there is already.";
        };
        priority = mkOption {
          type = types.nullOr (types.ints.between 0 32767);
          default = null;
          example = 2048;
          description = "Which device is used first: the one with the highest number.";
        };
        randomEncryption = mkOption {
          type = types.coercedTo types.bool (enable: { inherit enable; }) (types.submodule encryptionOptions);
          default = false;
          example = true;
          description = "Whether and how the device is encrypted with a new key at each boot.";
        };
        discardPolicy = mkOption {
          type = types.nullOr (
            types.enum [
              "once"
              "pages"
              "both"
            ]
          );
          default = null;
          example = "once";
          description = "When the device is told which blocks are free: at the start, whenever pages become free, or both.";
        };
        options = mkOption {
          type = types.nonEmptyListOf types.nonEmptyStr;
          default = [ "defaults" ];
          example = [ "nofail" ];
          description = "Options as in fstab.";
        };
        deviceName = mkOption {
          type = types.str;
          internal = true;
          description = "The name of the encrypted device.";
        };
        realDevice = mkOption {
          type = types.path;
          internal = true;
          description = "The device that is used for swap.";
        };
        swapOptions = mkOption {
          type = types.listOf types.str;
          internal = true;
          readOnly = true;
          description = "All options in fstab.";
        };
      };

      config = {
        device = mkIf options.label.isDefined "/dev/disk/by-label/${config.label}";
        deviceName = lib.replaceStrings [ "\\" ] [ "" ] (utils.escapeSystemdPath config.device);
        realDevice =
          if config.randomEncryption.enable then "/dev/mapper/${config.deviceName}" else config.device;
        swapOptions =
          config.options
          ++ lib.optional (config.priority != null) "pri=${toString config.priority}"
          ++ lib.optional (config.discardPolicy != null) (
            if config.discardPolicy == "both" then "discard" else "discard=${config.discardPolicy}"
          );
      };
    };

  # Makes the file, or the encrypted device, before systemd looks for it.
  serviceFor =
    swap:
    let
      encryption = swap.randomEncryption;
      realUnit = utils.escapeSystemdPath swap.realDevice;
      file = lib.escapeShellArg swap.device;
      makeFile = ''
        size=$((${toString swap.size} * 1024 * 1024))
        if [ "$(stat -c %s ${file} 2>/dev/null || echo 0)" != $size ]; then
          mkdir -p "$(dirname ${file})"
          rm -f ${file}
          touch ${file}
          chmod 0600 ${file}
          # A file with copy on write cannot be used for swap.
          chattr +C ${file} 2>/dev/null || true
          fallocate -l $size ${file} || dd if=/dev/zero of=${file} bs=1M count=${toString swap.size}
          ${lib.optionalString (!encryption.enable) "mkswap ${file}"}
        fi
      '';
      encrypt = ''
        cryptsetup plainOpen -c ${encryption.cipher} -d ${encryption.source} ${
          lib.concatStringsSep " " (
            lib.optional (encryption.keySize != null) "--key-size=${toString encryption.keySize}"
            ++ lib.optional (encryption.sectorSize != null) "--sector-size=${toString encryption.sectorSize}"
            ++ lib.optional encryption.allowDiscards "--allow-discards"
          )
        } ${file} ${lib.escapeShellArg swap.deviceName}
        mkswap ${lib.escapeShellArg swap.realDevice}
      '';
    in
    lib.nameValuePair "mkswap-${lib.replaceStrings [ "\\" ] [ "" ] (utils.escapeSystemdPath swap.device)}" {
      description = "Swap Space on ${swap.device}";
      wantedBy = [ "${realUnit}.swap" ];
      before = [
        "${realUnit}.swap"
        "shutdown.target"
      ];
      conflicts = [ "shutdown.target" ];
      path = [
        pkgs.util-linux
        pkgs.e2fsprogs
        pkgs.coreutils
      ]
      ++ lib.optional encryption.enable pkgs.cryptsetup-bin;
      script =
        lib.optionalString (swap.size != null) makeFile + lib.optionalString encryption.enable encrypt;
      preStop = lib.optionalString encryption.enable "cryptsetup luksClose ${lib.escapeShellArg swap.deviceName}";
      unitConfig.RequiresMountsFor = [ (dirOf swap.device) ];
      unitConfig.DefaultDependencies = false;
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = encryption.enable;
        UMask = "0177";
      };
      restartIfChanged = false;
    };

  needsService = swap: swap.size != null || swap.randomEncryption.enable;
in
{
  options.swapDevices = mkOption {
    type = types.listOf (types.submodule swapOptions);
    default = [ ];
    example = literalExpression ''
      [
        { device = "/dev/disk/by-label/swap"; }
        { device = "/var/lib/swapfile"; size = 4096; }
      ]
    '';
    description = "What is used for swap.";
  };

  config = mkIf (config.swapDevices != [ ]) {
    assertions = map (swap: {
      assertion =
        swap.randomEncryption.enable -> builtins.match "/dev/disk/by-(uuid|label)/.*" swap.device == null;
      message = ''
        swapDevices: ${swap.device} is encrypted with a new key at each boot, which destroys the label or UUID that it is found by;
        name it by /dev/disk/by-partuuid, by-partlabel or by-id.'';
    }) config.swapDevices;

    systemd.services = lib.listToAttrs (map serviceFor (lib.filter needsService config.swapDevices));
  };
}

# Encrypted disks (LUKS) that stage 1 opens.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    escapeShellArg
    literalExpression
    mkOption
    optionalString
    types
    ;
  cfg = config.boot.initrd.luks;
  devices = lib.attrValues cfg.devices;

  deviceOptions =
    { name, ... }:
    {
      options = {
        name = mkOption {
          type = types.str;
          default = name;
          defaultText = literalExpression "‹name›";
          example = "luksroot";
          description = "The name of the open device below {file}`/dev/mapper`.";
        };
        device = mkOption {
          type = types.path;
          example = "/dev/disk/by-uuid/430e9eff-d852-4f68-aa3b-2fa3599ebe08";
          description = "The device that is encrypted.";
        };
        header = mkOption {
          type = types.nullOr types.str;
          default = null;
          example = "/root/header.img";
          description = "A file or device with the header, if it is not on the device itself.";
        };
        keyFile = mkOption {
          type = types.nullOr types.str;
          default = null;
          example = "/dev/sdb1";
          description = "A file or device with the key; null asks for a passphrase.";
        };
        keyFileSize = mkOption {
          type = types.nullOr types.int;
          default = null;
          example = 4096;
          description = "How many bytes of the key file are the key; null for all.";
        };
        keyFileOffset = mkOption {
          type = types.nullOr types.int;
          default = null;
          example = 4096;
          description = "How many bytes at the start of the key file are passed over.";
        };
        keyFileTimeout = mkOption {
          type = types.nullOr types.int;
          default = null;
          example = 5;
          description = "Seconds to wait for the key file before a passphrase is asked for; null for 10.";
        };
        preLVM = mkOption {
          type = types.bool;
          default = true;
          description = "Whether the device is opened before LVM's volumes are looked for.";
        };
        allowDiscards = mkOption {
          type = types.bool;
          default = false;
          description = "Whether the device hears of blocks that are free, which tells an attacker which ones are.";
        };
        bypassWorkqueues = mkOption {
          type = types.bool;
          default = false;
          description = "Whether reads and writes are not queued, which is faster on fast devices.";
        };
        fallbackToPassword = mkOption {
          type = types.bool;
          default = false;
          description = "Whether a passphrase is asked for when the key file cannot be used.";
        };
        tryEmptyPassphrase = mkOption {
          type = types.bool;
          default = false;
          description = "Whether an empty passphrase is tried before one is asked for.";
        };
        preOpenCommands = mkOption {
          type = types.lines;
          default = "";
          description = "Shell commands that run before the device is opened.";
        };
        postOpenCommands = mkOption {
          type = types.lines;
          default = "";
          description = "Shell commands that run when the device is open.";
        };
        crypttabExtraOpts = mkOption {
          type = types.listOf types.str;
          default = [ ];
          visible = false;
          description = "Options for a stage 1 with systemd, which there is none of.";
        };
      };
    };

  openCommands =
    device:
    let
      flags = lib.concatStringsSep " " (
        lib.optional device.allowDiscards "--allow-discards"
        ++ lib.optionals device.bypassWorkqueues [
          "--perf-no_read_workqueue"
          "--perf-no_write_workqueue"
        ]
        ++ lib.optional (device.header != null) "--header=${escapeShellArg device.header}"
      );
      keyFlags = lib.concatStringsSep " " (
        lib.optional (device.keyFileSize != null) "--keyfile-size=${toString device.keyFileSize}"
        ++ lib.optional (device.keyFileOffset != null) "--keyfile-offset=${toString device.keyFileOffset}"
      );
      keyTimeout = if device.keyFileTimeout == null then 10 else device.keyFileTimeout;
    in
    ''
      luks_open ${escapeShellArg device.device} ${escapeShellArg device.name} ${escapeShellArg flags} \
        ${escapeShellArg (toString device.keyFile)} ${escapeShellArg keyFlags} ${toString keyTimeout} \
        ${if device.fallbackToPassword then "fallback" else "strict"} ${if device.tryEmptyPassphrase then "empty" else "ask"}
    '';

  functions = ''
    # luks_open DEVICE NAME FLAGS KEYFILE KEYFLAGS KEYTIMEOUT strict|fallback ask|empty
    luks_open() {
        local encrypted name=$2 flags=$3 key=$4 key_flags=$5 key_timeout=$6 mode=$7 waited=0 passphrase
        wait_for "$1" || fail "the encrypted device $1 did not appear within $deviceTimeout s"
        encrypted=$device
        if [ -n "$key" ]; then
            until [ -e "$key" ] || [ $waited -ge $((key_timeout * 10)) ]; do sleep 0.1; waited=$((waited + 1)); done
            /bin/cryptsetup open $flags $key_flags --key-file="$key" "$encrypted" "$name" && return
            [ "$mode" = fallback ] || { fail "the key file $key does not open $encrypted"; return; }
        fi
        if [ "$8" = empty ]; then
            printf "" | /bin/cryptsetup open $flags --key-file=- "$encrypted" "$name" && return
        fi
        ${optionalString cfg.reusePassphrases ''
          if [ -n "$luks_passphrase" ]; then
              printf %s "$luks_passphrase" | /bin/cryptsetup open $flags --key-file=- "$encrypted" "$name" && return
          fi
        ''}
        while :; do
            printf 'Passphrase for %s: ' "$1"
            IFS= read -r -s passphrase <"$console" || { fail "no passphrase for $1 could be read"; return; }
            say
            if printf %s "$passphrase" | /bin/cryptsetup open $flags --key-file=- "$encrypted" "$name"; then
                luks_passphrase=$passphrase
                return
            fi
            say "This passphrase does not open $1."
        done
    }
  '';

  commandsFor =
    preLVM:
    lib.concatMapStrings (
      device: device.preOpenCommands + openCommands device + device.postOpenCommands
    ) (lib.filter (device: device.preLVM == preLVM) devices);
in
{
  options.boot.initrd.luks = {
    devices = mkOption {
      type = types.attrsOf (types.submodule deviceOptions);
      default = { };
      example = {
        luksroot.device = "/dev/disk/by-uuid/430e9eff-d852-4f68-aa3b-2fa3599ebe08";
      };
      description = "Encrypted devices that stage 1 opens, by their names below {file}`/dev/mapper`.";
    };

    reusePassphrases = mkOption {
      type = types.bool;
      default = true;
      description = "Whether a passphrase that opened one device is tried on the next ones.";
    };

    mitigateDMAAttacks = mkOption {
      type = types.bool;
      default = true;
      description = "Whether drivers of devices that could read keys out of the memory (FireWire) are not loaded.";
    };

    cryptoModules = mkOption {
      type = types.listOf types.str;
      default = [
        "aes"
        "aes_generic"
        "aesni_intel"
        "blowfish"
        "twofish"
        "serpent"
        "cbc"
        "xts"
        "lrw"
        "sha1"
        "sha256"
        "sha512"
        "af_alg"
        "algif_skcipher"
        "cryptd"
        "input_leds"
      ];
      description = "Kernel modules with ciphers.";
    };
  };

  config = {
    assertions = map (device: {
      assertion = device.crypttabExtraOpts == [ ];
      message = "boot.initrd.luks.devices.${device.name}.crypttabExtraOpts is for a stage 1 with systemd, which there is none of; remove it.";
    }) devices;

    boot.blacklistedKernelModules = lib.optionals (cfg.mitigateDMAAttacks && devices != [ ]) [
      "firewire_ohci"
      "firewire_core"
      "firewire_sbp2"
    ];

    boot.initrd = lib.mkIf (devices != [ ]) {
      availableKernelModules = [
        "dm_mod"
        "dm_crypt"
      ]
      ++ cfg.cryptoModules;
      allowMissingModules = lib.mkDefault true;
      programs.cryptsetup = "${pkgs.cryptsetup-bin}/bin/cryptsetup";
      preDeviceCommands = functions;
      preLVMCommands = lib.mkAfter (commandsFor true);
      postDeviceCommands = lib.mkBefore (commandsFor false);
    };

    environment.systemPackages = lib.mkIf (devices != [ ]) [ pkgs.cryptsetup-bin ];
  };
}

# The derivation that runs the test.
{
  config,
  extendModules,
  hostPkgs,
  lib,
  ...
}:
let
  inherit (lib) mkOption types;

  extend =
    {
      modules ? [ ],
      specialArgs ? { },
    }:
    (extendModules { inherit modules specialArgs; }).config.test;
in
{
  options = {
    passthru = mkOption {
      type = types.lazyAttrsOf types.raw;
      default = { };
      description = "Further attributes of the test.";
    };
    rawTestDerivationArg = mkOption {
      type = types.functionTo types.raw;
      internal = true;
      description = "The final attributes → the arguments of `mkDerivation`.";
    };
    rawTestDerivation = mkOption {
      type = types.package;
      readOnly = true;
      internal = true;
      description = "The derivation alone.";
    };
    test = mkOption {
      type = types.package;
      readOnly = true;
      description = "The derivation that runs the test, with the parts of the test as its attributes.";
    };
  };

  config = {
    rawTestDerivationArg = _: {
      name = "vm-test-run-${config.name}";
      # Nodes are emulated in software where the processor's help is missing, so only who insists requires it.
      requiredSystemFeatures = [ "nixos-test" ] ++ lib.optional config.qemu.forceAccel "kvm";
      buildCommand = ''
        mkdir -p $out
        # The log that `LOGFILE` asks for has no reader here.
        unset LOGFILE
        if ! ${config.driver}/bin/nixos-test-driver --output_directory $out --log-file log.txt \
          --junit-xml junit.xml --report report.html; then
          # A failed build has no output, but its folder can be kept.
          cp -r $out "$NIX_BUILD_TOP/result"
          echo "report.html, junit.xml, log.txt and screenshots: in 'result' of the build directory, which --keep-failed keeps" >&2
          exit 1
        fi
      '';
      inherit (config) meta;
    };
    rawTestDerivation = hostPkgs.stdenvNoCC.mkDerivation (final: config.rawTestDerivationArg final);

    test = lib.lazyDerivation {
      derivation = config.rawTestDerivation;
      inherit (config) meta;
      passthru = config.passthru // {
        inherit config extend;
        inherit (config) driver nodes test;
        driverInteractive = config.interactive.driver;
        extendNixOS =
          {
            module,
            specialArgs ? { },
          }:
          extend {
            modules = [
              {
                extraBaseModules = module;
                node = { inherit specialArgs; };
              }
            ];
          };
        overrideTestDerivation =
          change:
          extend {
            modules = [
              {
                rawTestDerivationArg = lib.mkForce (
                  final:
                  let
                    previous = config.rawTestDerivationArg final;
                    applied = if lib.isFunction change then change previous else change;
                  in
                  previous // (if lib.isFunction applied then change final previous else applied)
                );
              }
            ];
          };
      };
    };
  };
}

# Where the files of a package come from, for `meta.sourceProvenance`.
{ ... }:
builtins.mapAttrs
  (
    shortName: isSource: {
      inherit shortName isSource;
    }
  )
  {
    fromSource = true;

    # Machine code, for instance a vendor's executable.
    binaryNativeCode = false;

    # Code for a virtual machine, for instance a `.jar`.
    binaryBytecode = false;

    # Code that runs elsewhere than on the host's processor.
    binaryFirmware = false;

    # Source, but not in the form in which it is written.
    obfuscatedCode = false;
  }

# What is known of processors in addition to their names: what GCC is told about them.
{ lib }:
let
  inherit (lib) versionOlder;

  gcc = settings: { gcc = settings; };

  mips =
    arch: abi:
    gcc {
      inherit abi arch;
    };

  platforms = {
    # ARM
    armv5tel-multiplatform = gcc { arch = "armv5te"; };
    raspberrypi = gcc {
      arch = "armv6kz";
      fpu = "vfpv2";
    };
    armv7a-android = gcc {
      arch = "armv7-a";
      float-abi = "softfp";
      fpu = "vfpv3-d16";
    };
    # As Debian has it: some of these processors have no NEON.
    armv7l-hf-multiplatform = gcc {
      arch = "armv7-a";
      fpu = "vfpv3-d16";
    };
    raspberrypi2 = platforms.armv7l-hf-multiplatform;
    zero-gravitas = gcc {
      cpu = "cortex-a9";
      fpu = "neon";
    };
    zero-sugar = gcc {
      cpu = "cortex-a7";
      float-abi = "hard";
      fpu = "neon-vfpv4";
    };
    aarch64-multiplatform = gcc { arch = "armv8-a"; };
    apple-m1 = gcc {
      arch = "armv8.3-a+crypto+sha2+aes+crc+fp16+lse+simd+ras+rdm+rcpc";
      cpu = "apple-a13";
    };
    bluefield2 = gcc { arch = "armv8-a+fp+simd+crc+crypto"; };

    # MIPS
    ben_nanonote = gcc {
      arch = "mips32";
      float = "soft";
    };
    fuloong2f_n32 = gcc {
      abi = "n32";
      arch = "loongson2f";
      float = "hard";
    };
    gcc_mips32r2_o32 = mips "mips32r2" "32";
    gcc_mips32r6_o32 = mips "mips32r6" "32";
    gcc_mips64r2_64 = mips "mips64r2" "64";
    gcc_mips64r2_n32 = mips "mips64r2" "n32";
    gcc_mips64r6_64 = mips "mips64r6" "64";
    gcc_mips64r6_n32 = mips "mips64r6" "n32";

    # LoongArch. The code of large programs does not fit the default code model.
    loongarch64-multiplatform = gcc {
      arch = "la64v1.0";
      cmodel = "medium";
      strict-align = false;
    };
  };

  selectArm32 =
    platform:
    let
      version = platform.parsed.cpu.version or null;
    in
    if version == null then
      { }
    else if versionOlder version "6" then
      platforms.armv5tel-multiplatform
    else if versionOlder version "7" then
      platforms.raspberrypi
    else
      platforms.armv7l-hf-multiplatform;
in
platforms
// {
  /**
    What is known of a platform's processor by default.

    Inputs: the platform, elaborated but for this.

    Type: `select :: Platform -> AttrSet`

    Example: `systems.platforms.select (systems.elaborate "x86_64-linux")` => `{ }`
  */
  select =
    platform:
    if platform.isAarch32 then
      selectArm32 platform
    else if platform.isAarch64 then
      if platform.isDarwin then platforms.apple-m1 else platforms.aarch64-multiplatform
    else if platform.isLoongArch64 then
      platforms.loongarch64-multiplatform
    else if platform.isMips32 && platform.isLittleEndian then
      platforms.gcc_mips32r2_o32 // { config = "mipsel-unknown-linux-gnu"; }
    else
      { };
}

# What boots a kernel: the modules that an initrd needs, the initrd itself, the kernel as hypervisors load it.
{ lib, self }:
let
  # A derivation that a Python program makes from a plan; it needs nothing of the standard environment.
  runPython =
    {
      name,
      script,
      plan,
      more ? { },
    }:
    derivation (
      {
        inherit name;
        inherit (self.stdenv.hostPlatform) system;
        builder = "${self.python3}/bin/python3";
        # A builder is called by its bare name, from which Python cannot tell where it is.
        PYTHONHOME = "${self.python3}";
        args = [
          "-P"
          "-s"
          "-S"
          "-B"
          script
        ];
        plan = builtins.toJSON plan;
        passAsFile = [ "plan" ];
        preferLocalBuild = true;
        allowSubstitutes = false;
      }
      // more
    );

  loader = "${self.glibc}/lib/ld-linux-x86-64.so.2";

  # Compressors by name: the command, and the ending of what it writes. "cat" leaves the archive as it is.
  compressors = {
    cat = {
      command = [ ];
      ending = "cpio";
    };
    gzip = {
      command = [
        "${self.gzip}/bin/gzip"
        "-9n"
      ];
      ending = ".gz";
    };
    xz = {
      command = [
        "${self.xz}/bin/xz"
        "--check=crc32"
        "--lzma2=dict=512KiB"
      ];
      ending = ".xz";
    };
    zstd = {
      command = [
        "${self.zstd}/bin/zstd"
        "-10"
        "-q"
      ];
      ending = ".zst";
    };
    lz4 = {
      command = [
        "${self.lz4}/bin/lz4"
        "-l"
        "-q"
      ];
      ending = ".lz4";
    };
  };

  commandOf =
    compressor: compressorArgs:
    if builtins.isFunction compressor then
      [ (compressor self) ] ++ lib.defaultTo [ ] compressorArgs
    else if !compressors ? ${compressor} then
      throw "makeInitrd: the compressor is ${compressor}, not one of ${lib.concatStringsSep ", " (builtins.attrNames compressors)}"
    else if compressors.${compressor}.command == [ ] then
      [ ]
    else if compressorArgs == null then
      compressors.${compressor}.command
    else
      [ (lib.head compressors.${compressor}.command) ] ++ compressorArgs;

  modulesTree =
    {
      name,
      kernel,
      firmware,
      ...
    }@args:
    runPython {
      inherit name;
      script = ./modules_closure.py;
      plan = builtins.removeAttrs args [ "name" ] // {
        kernel = "${kernel}";
        firmware = if firmware == null then null else "${firmware}";
        depmod = "${self.kmod}/bin/depmod";
      };
    };

  buildInitrd =
    {
      name ? "initrd",
      contents,
      closures ? [ ],
      compressor ? "gzip",
      compressorArgs ? null,
      prepend ? [ ],
    }:
    let
      graphs = lib.imap0 (index: path: {
        file = "graph-${toString index}";
        inherit path;
      }) closures;
    in
    runPython {
      inherit name;
      script = ./make_initrd.py;
      plan = {
        inherit contents prepend loader;
        graphs = map (graph: graph.file) graphs;
        compressor = commandOf compressor compressorArgs;
      };
      more = lib.optionalAttrs (closures != [ ]) {
        exportReferencesGraph = lib.concatMap (graph: [
          graph.file
          graph.path
        ]) graphs;
      };
    };
in
{
  # The modules of `kernel` with the names `rootModules`, and what they need, as a tree of their own.
  makeModulesClosure =
    {
      kernel,
      firmware ? null,
      rootModules,
      allowMissing ? false,
      name ? "${kernel.name or "linux"}-shrunk",
      ...
    }:
    modulesTree {
      inherit name kernel firmware;
      modules = rootModules;
      allow_missing = allowMissing;
      # A system whose modules are without signatures needs none in its initrd.
      keep_signatures = kernel.signatures or true;
      link_others = false;
    };

  # The files of `kernel`, those modules with the names `modules` and what they need unpacked, without signatures and
  # lists for tracing: the kernel has nothing to unpack, to verify and to look up when it loads them. Names that the
  # kernel does not have are passed over.
  unpackModules =
    { kernel, modules }:
    modulesTree {
      name = "kernel-modules-unpacked";
      inherit kernel modules;
      firmware = null;
      allow_missing = true;
      keep_signatures = false;
      link_others = true;
    }
    // {
      signatures = false;
    };

  # An initrd with the closures of `contents`, a list of `{ object; symlink; }`: `symlink` is the place in the initrd
  # that links to the object.
  makeInitrd =
    {
      contents,
      ...
    }@args:
    buildInitrd (
      builtins.removeAttrs args [ "contents" ]
      // {
        contents = map (entry: {
          source = "${entry.object}";
          target = entry.symlink;
        }) contents;
        closures = map (entry: "${entry.object}") contents;
      }
    );

  # The same for `{ source; target; copy ? false; }`, `{ text; target; mode ? "444"; }` and `{ link; target; }`, with only
  # those files of other packages that programs load and texts name.
  makeInitrdNG =
    {
      contents,
      ...
    }@args:
    buildInitrd (
      args
      // {
        contents = map (
          entry: if !entry ? source then entry else entry // { source = "${entry.source}"; }
        ) contents;
      }
    );

  # The modules of several packages in one tree, with an index of all of them.
  aggregateModules =
    modules:
    self.runCommandLocal "kernel-modules"
      {
        inherit modules;
        nativeBuildInputs = [ self.kmod ];
      }
      ''
        mkdir -p $out/lib/modules
        for package in $modules; do
          cp -rs --no-preserve=mode "$package"/lib/modules/. $out/lib/modules/
        done
        version=$(ls $out/lib/modules)
        if [ "$(wc -w <<< "$version")" != 1 ]; then
          echo "error: modules of more than one kernel: $version; take all from one set such as config.boot.kernelPackages" >&2
          exit 1
        fi
        rm -f $out/lib/modules/$version/modules.{alias,dep,softdep,symbols,devname}* $out/lib/modules/$version/modules.builtin.{bin,alias.bin}
        depmod -b $out $version
      '';

  # The kernel unpacked, with the note that hypervisors boot it by (PVH): it starts without unpacking itself.
  unpackKernel =
    kernel:
    runPython {
      name = "vmlinux-${kernel.version}";
      script = ./unpack_kernel.py;
      plan = {
        image = "${kernel}/${kernel.target}";
        zstd = "${self.zstd}/bin/zstd";
      };
    };
}

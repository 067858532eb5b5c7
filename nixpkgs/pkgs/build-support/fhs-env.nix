# `buildFHSEnv { name = "x"; targetPkgs = pkgs: [ … ]; runScript = "bash"; }`: a program that sees packages at /usr, for
# programs that were not made for a store. Bubblewrap makes the view; it needs user namespaces.
{ lib, self }:
{
  name ? "${args.pname}-${args.version}",
  pname ? lib.getName name,
  version ? "",
  targetPkgs ? _: [ ],
  multiPkgs ? null,
  runScript ? "bash",
  profile ? "",
  extraBuildCommands ? "",
  extraInstallCommands ? "",
  extraBwrapArgs ? [ ],
  meta ? { },
  passthru ? { },
  ...
}@args:
let
  unknown = builtins.attrNames (
    builtins.removeAttrs args [
      "extraBuildCommands"
      "extraBwrapArgs"
      "extraInstallCommands"
      "meta"
      "multiPkgs"
      "name"
      "passthru"
      "pname"
      "profile"
      "runScript"
      "targetPkgs"
      "version"
    ]
  );
  base = with self; [
    glibc
    bash
    coreutils
    findutils
    gnugrep
    gnused
    gawk
    gnutar
    gzip
    xz
    bzip2
    less
    libgcc
    debianPackages."libstdc++6"
  ];
  packages = targetPkgs self ++ (if multiPkgs == null then [ ] else multiPkgs self) ++ base;

  tree = self.buildEnv {
    name = "${name}-usr";
    paths = packages;
    extraOutputsToInstall = [ "lib" ];
    ignoreCollisions = true;
    postBuild = ''
      mkdir -p "$out/lib" "$out/bin"
      for directory in sbin games; do
        [[ -e $out/$directory ]] || ln -s bin "$out/$directory"
      done
      for directory in ${self.stdenv.hostPlatform.linuxArch or "x86_64"}-linux-gnu; do
        [[ -e $out/lib/$directory ]] || ln -s . "$out/lib/$directory"
      done
      [[ -e $out/lib64 ]] || ln -s lib "$out/lib64"
      ${extraBuildCommands}
    '';
  };

  start = self.writeShellScript "${name}-start" ''
    export PATH=/usr/bin:$PATH LD_LIBRARY_PATH=/usr/lib''${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
    ${profile}
    exec ${runScript} "$@"
  '';
in
if unknown != [ ] then
  throw "buildFHSEnv: ${lib.concatStringsSep ", " unknown} cannot be used here"
else
  self.runCommandLocal name
    {
      inherit passthru;
      meta = {
        mainProgram = name;
      }
      // meta;
    }
    ''
      mkdir -p $out/bin
      cat > "$out/bin/${name}" <<'END'
      #!${self.runtimeShell}
      arguments=(--dev-bind /dev /dev --proc /proc --ro-bind ${tree} /usr)
      for directory in bin sbin lib lib64; do
        arguments+=(--symlink "usr/$directory" "/$directory")
      done
      for entry in /*; do
        case $entry in
        /bin | /sbin | /lib | /lib64 | /lib32 | /libx32 | /usr | /dev | /proc) ;;
        *) if [[ -L $entry ]]; then
            arguments+=(--symlink "$(readlink "$entry")" "$entry")
          else
            arguments+=(--bind "$entry" "$entry")
          fi ;;
        esac
      done
      exec ${self.bubblewrap}/bin/bwrap "''${arguments[@]}" ${lib.escapeShellArgs extraBwrapArgs} \
        --die-with-parent --chdir "$PWD" ${start} "$@"
      END
      sed -i 's/^      //' "$out/bin/${name}"
      chmod +x "$out/bin/${name}"
      ${extraInstallCommands}
    ''

# Builders for small things: a command, a text, a script, a tree of links.
{
  lib,
  self,
}:
let
  inherit (self) stdenv stdenvNoCC runtimeShell;

  # The main program's place in a folder, from a destination such as `/bin/x`.
  nameOfFile = name: lib.strings.sanitizeDerivationName (baseNameOf name);
in
lib.fix (builders: {
  runtimeShell = "${self.bash}/bin/bash";
  runtimeShellPackage = self.bash;

  runCommandWith =
    {
      name,
      stdenv ? self.stdenvNoCC,
      runLocal ? false,
      derivationArgs ? { },
    }:
    buildCommand:
    stdenv.mkDerivation (
      {
        enableParallelBuilding = true;
        inherit name buildCommand;
        passAsFile = [ "buildCommand" ] ++ derivationArgs.passAsFile or [ ];
      }
      // lib.optionalAttrs runLocal {
        preferLocalBuild = true;
        allowSubstitutes = false;
      }
      // builtins.removeAttrs derivationArgs [ "passAsFile" ]
    );
  runCommand = name: derivationArgs: builders.runCommandWith { inherit name derivationArgs; };
  runCommandLocal =
    name: derivationArgs:
    builders.runCommandWith {
      inherit name derivationArgs;
      runLocal = true;
    };
  runCommandCC =
    name: derivationArgs:
    builders.runCommandWith {
      inherit name derivationArgs;
      inherit stdenv;
    };

  writeTextFile =
    {
      name,
      text,
      executable ? false,
      destination ? "",
      checkPhase ? "",
      meta ? { },
      passthru ? { },
      allowSubstitutes ? false,
      preferLocalBuild ? true,
      derivationArgs ? { },
    }:
    builders.runCommandWith {
      inherit name;
      derivationArgs = {
        inherit
          text
          executable
          destination
          checkPhase
          allowSubstitutes
          preferLocalBuild
          passthru
          ;
        passAsFile = [ "text" ] ++ derivationArgs.passAsFile or [ ];
        meta =
          lib.optionalAttrs (executable && lib.hasPrefix "/bin/" destination) {
            mainProgram = lib.removePrefix "/bin/" destination;
          }
          // meta
          // derivationArgs.meta or { };
      }
      // builtins.removeAttrs derivationArgs [
        "passAsFile"
        "meta"
      ];
    } ''
      target=$out$destination
      mkdir -p "$(dirname "$target")"
      if [ -e "$textPath" ]; then
        mv "$textPath" "$target"
      else
        printf %s "$text" > "$target"
      fi
      if [ -n "$executable" ]; then
        chmod +x "$target"
      fi
      eval "$checkPhase"
    '';

  writeText =
    name: text:
    # A name with a folder makes no store path.
    builders.writeTextFile { inherit name text; };
  writeTextDir =
    path: text:
    builders.writeTextFile {
      inherit text;
      name = nameOfFile path;
      destination = "/${path}";
    };
  writeScript =
    name: text:
    builders.writeTextFile {
      inherit name text;
      executable = true;
    };
  writeScriptBin =
    name: text:
    builders.writeTextFile {
      inherit name text;
      executable = true;
      destination = "/bin/${name}";
    };
  writeShellScript =
    name: text:
    builders.writeTextFile {
      inherit name;
      executable = true;
      text = "#!${runtimeShell}\n${text}\n";
      checkPhase = "${stdenvNoCC.shell} -n \"$target\"";
    };
  writeShellScriptBin =
    name: text:
    builders.writeTextFile {
      inherit name;
      executable = true;
      destination = "/bin/${name}";
      text = "#!${runtimeShell}\n${text}\n";
      checkPhase = "${stdenvNoCC.shell} -n \"$target\"";
    };

  writeShellApplication =
    {
      name,
      text,
      runtimeInputs ? [ ],
      runtimeEnv ? null,
      meta ? { },
      passthru ? { },
      checkPhase ? null,
      excludeShellChecks ? [ ],
      extraShellCheckFlags ? [ ],
      bashOptions ? [
        "errexit"
        "nounset"
        "pipefail"
      ],
      derivationArgs ? { },
      inheritPath ? true,
    }:
    builders.writeTextFile {
      inherit
        name
        meta
        passthru
        derivationArgs
        ;
      executable = true;
      destination = "/bin/${name}";
      allowSubstitutes = true;
      preferLocalBuild = false;
      text =
        "#!${runtimeShell}\n"
        + lib.concatMapStrings (option: "set -o ${option}\n") bashOptions
        + lib.optionalString (runtimeEnv != null) (
          lib.concatStrings (
            lib.mapAttrsToList (variable: value: ''
              ${lib.toShellVar variable value}
              export ${variable}
            '') runtimeEnv
          )
        )
        + lib.optionalString (runtimeInputs != [ ]) ''

          export PATH="${lib.makeBinPath runtimeInputs}${lib.optionalString inheritPath ":$PATH"}"
        ''
        + "\n${text}\n";
      checkPhase =
        if checkPhase != null then
          checkPhase
        else
          let
            exclude = lib.optionalString (
              excludeShellChecks != [ ]
            ) "--exclude ${lib.concatStringsSep "," excludeShellChecks}";
          in
          ''
            ${stdenvNoCC.shell} -n -O extglob "$target"
            ${lib.getExe self.shellcheck} ${exclude} ${lib.escapeShellArgs extraShellCheckFlags} "$target"
          '';
    };

  concatTextFile =
    {
      name,
      files,
      executable ? false,
      destination ? "",
      checkPhase ? "",
      meta ? { },
      passthru ? { },
    }:
    builders.runCommandLocal name
      {
        inherit
          files
          executable
          checkPhase
          meta
          passthru
          destination
          ;
      }
      ''
        file=$out$destination
        mkdir -p "$(dirname "$file")"
        cat $files > "$file"
        if [ -n "$executable" ]; then
          chmod +x "$file"
        fi
        eval "$checkPhase"
      '';
  concatText = name: files: builders.concatTextFile { inherit name files; };
  concatScript =
    name: files:
    builders.concatTextFile {
      inherit name files;
      executable = true;
    };

  # A tree of links to all files of several packages; earlier ones win.
  symlinkJoin =
    {
      name ? "${args.pname}-${args.version}",
      paths,
      stripPrefix ? "",
      preferLocalBuild ? true,
      allowSubstitutes ? false,
      postBuild ? "",
      failOnMissing ? stripPrefix == "",
      ...
    }@args:
    builders.runCommand name
      (
        builtins.removeAttrs args [
          "name"
          "postBuild"
          "stripPrefix"
          "paths"
          "failOnMissing"
        ]
        // {
          inherit preferLocalBuild allowSubstitutes paths;
          passAsFile = [ "paths" ];
          passthru = {
            inherit paths;
          }
          // args.passthru or { };
        }
      )
      ''
        mkdir -p "$out"
        for path in $(cat "$pathsPath"); do
          ${lib.optionalString (!failOnMissing) ''[ -d "$path${stripPrefix}" ] || continue''}
          source ${./link-tree.sh} "$path${stripPrefix}" "$out"
        done
        ${postBuild}
      '';

  # A folder of links: from a set, or a list of `{ name, path }`.
  linkFarm =
    name: entries:
    let
      byName =
        if builtins.isAttrs entries then
          entries
        else
          lib.listToAttrs (map (entry: lib.nameValuePair entry.name entry.path) entries);
    in
    builders.runCommandLocal name { passthru.entries = byName; } ''
      mkdir -p "$out"
      cd "$out"
      ${lib.concatStrings (
        lib.mapAttrsToList (link: target: ''
          mkdir -p -- ${lib.escapeShellArg (dirOf "./${link}")}
          ln -s -- ${lib.escapeShellArg "${target}"} ${lib.escapeShellArg "./${link}"}
        '') byName
      )}
    '';
  linkFarmFromDrvs =
    name: packages: builders.linkFarm name (map (path: { inherit (path) name; inherit path; }) packages);

  # What a user sees of several packages: links to chosen folders of theirs.
  buildEnv =
    {
      name ? "${args.pname}-${args.version}",
      paths,
      pathsToLink ? [ "/" ],
      extraOutputsToInstall ? [ ],
      ignoreCollisions ? false,
      checkCollisionContents ? true,
      postBuild ? "",
      nativeBuildInputs ? [ ],
      buildInputs ? [ ],
      passthru ? { },
      meta ? { },
      extraPrefix ? "",
      manifest ? "",
      includeClosures ? false,
      ...
    }@args:
    let
      outputsOf =
        package:
        let
          names = lib.unique (package.meta.outputsToInstall or [ "out" ] ++ extraOutputsToInstall);
        in
        if lib.isDerivation package && !(package.outputSpecified or false) then
          map (output: package.${output}) (builtins.filter (output: package ? ${output}) names)
        else
          [ package ];
      byPriority = lib.sort (
        a: b: a.meta.priority or lib.meta.defaultPriority or 5 < b.meta.priority or lib.meta.defaultPriority or 5
      ) (builtins.filter (package: package != null) paths);
    in
    if includeClosures then
      throw "buildEnv: includeClosures is not supported; name the packages in paths"
    else
      builders.runCommandLocal name
        {
          inherit
            nativeBuildInputs
            buildInputs
            meta
            pathsToLink
            ;
          chosen = lib.concatMap outputsOf byPriority;
          passAsFile = [ "chosen" ];
          passthru = {
            inherit paths;
          }
          // passthru;
        }
        ''
          mkdir -p "$out${extraPrefix}"
          for path in $(cat "$chosenPath"); do
            for directory in $pathsToLink; do
              if [ -e "$path$directory" ]; then
                mkdir -p "$out${extraPrefix}$directory"
                ${lib.optionalString (!ignoreCollisions) "failOnCollision=1"} source ${./link-tree.sh} \
                  "''${path}''${directory%/}" "$out${extraPrefix}''${directory%/}"
              fi
            done
          done
          rm -rf "$out/nix-support"
          ${postBuild}
        '';

  # A shell environment: nothing to build, everything to use.
  mkShell = lib.makeOverridable (import ./mk-shell.nix { inherit lib; }) stdenv;
  mkShellNoCC = lib.makeOverridable (import ./mk-shell.nix { inherit lib; }) stdenvNoCC;

  # A file with `@name@` replaced; null stays as it is.
  replaceVarsWith =
    {
      src,
      replacements,
      name ? builtins.unsafeDiscardStringContext (baseNameOf (toString src)),
      dir ? null,
      isExecutable ? false,
      meta ? { },
      ...
    }@args:
    builders.runCommandLocal name
      {
        inherit src meta;
        preferLocalBuild = true;
      }
      ''
        target=$out${lib.optionalString (dir != null) "/${dir}/${name}"}
        mkdir -p "$(dirname "$target")"
        substitute "$src" "$target" ${
          lib.concatStringsSep " " (
            lib.mapAttrsToList (
              variable: value:
              lib.optionalString (
                value != null
              ) "--replace-fail ${lib.escapeShellArg "@${variable}@"} ${lib.escapeShellArg "${toString value}"}"
            ) replacements
          )
        }
        ${lib.optionalString isExecutable "chmod +x \"$target\""}
      '';
  replaceVars = src: replacements: builders.replaceVarsWith { inherit src replacements; };
  substituteAll =
    { src, ... }@args:
    stdenvNoCC.mkDerivation (
      {
        name = builtins.unsafeDiscardStringContext (baseNameOf (toString src));
        preferLocalBuild = true;
        allowSubstitutes = false;
        buildCommand = ''
          target=$out
          if [ -n "''${dir-}" ]; then
            target=$out/$dir/$name
            mkdir -p "$out/$dir"
          fi
          substituteAll "$src" "$target"
          if [ -n "''${isExecutable-}" ]; then
            chmod +x "$target"
          fi
        '';
      }
      // args
    );
  substitute =
    { src, substitutions, ... }@args:
    builders.runCommandLocal (args.name or (baseNameOf (toString src))) {
      inherit src substitutions;
    } ''substitute "$src" "$out" ${lib.escapeShellArgs substitutions}'';

  # Every path of a closure, with what a store needs to register them.
  closureInfo =
    { rootPaths }:
    stdenvNoCC.mkDerivation {
      name = "closure-info";
      __structuredAttrs = true;
      exportReferencesGraph.closure = rootPaths;
      preferLocalBuild = true;
      nativeBuildInputs = [
        self.coreutils
        self.jq
      ];
      buildCommand = ''
        out=''${outputs[out]}
        mkdir "$out"
        jq -r '.closure | map(.narSize) | add // 0' < "$NIX_ATTRS_JSON_FILE" > "$out/total-nar-size"
        jq -r '.closure | map([.path, .narHash, .narSize, "", (.references | length)] + .references) | add | map("\(.)\n") | add // ""' \
          < "$NIX_ATTRS_JSON_FILE" | head -n -1 > "$out/registration"
        jq -r '.closure[].path' < "$NIX_ATTRS_JSON_FILE" > "$out/store-paths"
      '';
    };
  writeClosure =
    paths:
    builders.runCommand "runtime-deps" {
      __structuredAttrs = true;
      exportReferencesGraph.graph = paths;
      nativeBuildInputs = [ self.jq ];
    } ''jq -r ".graph[].path" "$NIX_ATTRS_JSON_FILE" | sort > "$out"'';
  writeReferencesToFile = path: builders.writeClosure [ path ];

  # A path of the machine as a package.
  copyPathToStore = path: builtins.path { inherit path; };

  # A setup hook as a package.
  makeSetupHook =
    {
      name ? lib.warn "makeSetupHook without a name" "hook",
      propagatedBuildInputs ? [ ],
      propagatedNativeBuildInputs ? [ ],
      depsTargetTargetPropagated ? [ ],
      meta ? { },
      passthru ? { },
      substitutions ? { },
    }:
    script:
    builders.runCommandLocal name
      (
        substitutions
        // {
          inherit meta passthru;
          inherit
            propagatedBuildInputs
            propagatedNativeBuildInputs
            depsTargetTargetPropagated
            ;
        }
      )
      ''
        mkdir -p "$out/nix-support"
        cp ${script} "$out/nix-support/setup-hook"
        _recordInputs
        ${lib.optionalString (substitutions != { }) ''
          substituteAll ${script} "$out/nix-support/setup-hook"
        ''}
      '';

  emptyFile = builders.runCommandLocal "empty-file" {
    outputHash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    outputHashMode = "flat";
  } "touch $out";
  emptyDirectory = builders.runCommandLocal "empty-directory" {
    outputHash = "sha256-pQpattmS9VmO3ZIQUFn66az8GSmB4IvYhTTCFn6SUmo=";
    outputHashMode = "recursive";
  } "mkdir $out";

  applyPatches =
    {
      src,
      name ? (src.name or (baseNameOf (toString src))) + "-patched",
      patches ? [ ],
      prePatch ? "",
      postPatch ? "",
      ...
    }@args:
    stdenvNoCC.mkDerivation (
      {
        inherit
          name
          src
          patches
          prePatch
          postPatch
          ;
        preferLocalBuild = true;
        phases = [
          "unpackPhase"
          "patchPhase"
          "installPhase"
        ];
        installPhase = "cp -R ./ $out";
      }
      // builtins.removeAttrs args [
        "src"
        "name"
        "patches"
        "prePatch"
        "postPatch"
      ]
    );
  srcOnly =
    args:
    let
      package = if lib.isDerivation args then args.drvAttrs or args else args;
    in
    stdenvNoCC.mkDerivation {
      name = "${package.name or "source"}-source";
      inherit (package) src;
      patches = package.patches or [ ];
      phases = [
        "unpackPhase"
        "patchPhase"
        "installPhase"
      ];
      installPhase = "cp -r . $out";
    };

  makeDesktopItem = import ./desktop-item.nix { inherit lib; inherit (builders) writeTextFile; };
})

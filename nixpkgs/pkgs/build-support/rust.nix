# Rust programs from source, with dependencies that are vendored or fetched by the lock file's hashes.
{ lib, self }:
let
  # The crates of a Cargo.lock as one folder that cargo takes for the registry.
  importCargoLock =
    {
      lockFile ? null,
      lockFileContents ? builtins.readFile lockFile,
      outputHashes ? { },
      ...
    }:
    let
      lock = builtins.fromTOML lockFileContents;
      registryPackages = builtins.filter (package: package ? checksum) lock.package;
      foreign = builtins.filter (package: package ? source && !(package ? checksum)) lock.package;
      crates = map (package: {
        inherit (package) name version checksum;
        archive = self.fetchurl {
          name = "crate-${package.name}-${package.version}.tar.gz";
          url = "https://crates.io/api/v1/crates/${package.name}/${package.version}/download";
          sha256 = package.checksum;
        };
      }) registryPackages;
    in
    if foreign != [ ] then
      throw "Cargo.lock names packages that are not from crates.io (${
        lib.concatMapStringsSep ", " (package: package.name) foreign
      }): vendor them in the source and use cargoVendorDir"
    else
      self.runCommandLocal "cargo-vendor-dir" { } ''
        mkdir -p $out/.cargo
        ${lib.concatMapStrings (crate: ''
          mkdir $out/${crate.name}-${crate.version}
          tar xf ${crate.archive} -C $out/${crate.name}-${crate.version} --strip-components=1
          printf '{"files":{},"package":"%s"}' ${crate.checksum} > $out/${crate.name}-${crate.version}/.cargo-checksum.json
        '') crates}
      '';

  buildRustPackage = lib.extendMkDerivation {
    constructDrv = self.stdenv.mkDerivation;
    excludeDrvArgNames = [
      "cargoLock"
      "cargoDeps"
    ];
    extendDrvArgs =
      _:
      {
        cargoLock ? null,
        cargoDeps ? null,
        cargoVendorDir ? null,
        cargoHash ? null,
        cargoBuildFlags ? [ ],
        cargoTestFlags ? cargoBuildFlags,
        buildFeatures ? [ ],
        buildNoDefaultFeatures ? false,
        buildType ? "release",
        nativeBuildInputs ? [ ],
        doCheck ? true,
        ...
      }@args:
      let
        vendor =
          if cargoVendorDir != null then
            "$PWD/${cargoVendorDir}"
          else if cargoDeps != null then
            "${cargoDeps}"
          else if cargoLock != null then
            "${importCargoLock cargoLock}"
          else
            throw "buildRustPackage needs cargoLock, cargoDeps or cargoVendorDir: cargoHash would need cargo's own vendoring, which has no network in a build";
        features =
          lib.optional buildNoDefaultFeatures "--no-default-features"
          ++ lib.optional (buildFeatures != [ ]) "--features=${lib.concatStringsSep "," buildFeatures}";
        profile = lib.optional (buildType == "release") "--release";
        flags = extra: lib.escapeShellArgs (profile ++ features ++ [ "--offline" ] ++ extra);
      in
      {
        nativeBuildInputs = nativeBuildInputs ++ [
          self.debianPackages.cargo
          self.debianPackages.rustc
        ];
        inherit doCheck;
        strictDeps = true;
        configurePhase =
          args.configurePhase or ''
            runHook preConfigure
            export CARGO_HOME=$TMPDIR/cargo-home
            mkdir -p "$CARGO_HOME"
            cat >> "$CARGO_HOME/config.toml" <<EOF
            [source.crates-io]
            replace-with = "vendored"
            [source.vendored]
            directory = "${vendor}"
            EOF
            runHook postConfigure
          '';
        buildPhase =
          args.buildPhase or ''
            runHook preBuild
            cargo build -j "$NIX_BUILD_CORES" ${flags cargoBuildFlags}
            runHook postBuild
          '';
        checkPhase =
          args.checkPhase or ''
            runHook preCheck
            cargo test -j "$NIX_BUILD_CORES" ${flags cargoTestFlags}
            runHook postCheck
          '';
        installPhase =
          args.installPhase or ''
            runHook preInstall
            mkdir -p $out/bin
            find target/${if buildType == "release" then "release" else "debug"} -maxdepth 1 -type f -executable ! -name '*.so' -exec cp {} $out/bin/ \;
            for library in target/release/lib*.so target/release/lib*.a; do
              [ ! -e "$library" ] || install -D "$library" "$out/lib/''${library##*/}"
            done
            runHook postInstall
          '';
      };
  };
in
{
  rustPlatform = {
    inherit buildRustPackage importCargoLock;
    inherit (self.debianPackages) rustc cargo;
  };
}

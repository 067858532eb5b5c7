# Go programs from source, with vendored modules.
{ lib, self }:
{
  buildGoModule = lib.extendMkDerivation {
    constructDrv = self.stdenv.mkDerivation;
    excludeDrvArgNames = [
      "vendorHash"
      "env"
    ];
    extendDrvArgs =
      _:
      {
        vendorHash ? throw "buildGoModule needs `vendorHash`; null if the source holds a folder `vendor`, or needs no modules",
        nativeBuildInputs ? [ ],
        subPackages ? [ ],
        tags ? [ ],
        ldflags ? [ ],
        doCheck ? true,
        modRoot ? "./",
        ...
      }@args:
      let
        modules =
          if vendorHash == null then
            null
          else
            self.stdenv.mkDerivation {
              name = "${args.name or "${args.pname}-${args.version}"}-go-modules";
              inherit (args) src;
              patches = args.patches or [ ];
              nativeBuildInputs = [
                self.go
                self.git
                self.cacert
              ];
              impureEnvVars = lib.fetchers.proxyImpureEnvVars ++ [
                "GOPROXY"
                "GIT_PROXY_COMMAND"
              ];
              SSL_CERT_FILE = "${self.cacert}/etc/ssl/certs/ca-bundle.crt";
              buildPhase = ''
                export HOME=$TMPDIR GOCACHE=$TMPDIR/go-cache GOPATH=$TMPDIR/go-path
                cd ${modRoot}
                go mod vendor
              '';
              installPhase = "cp -r vendor $out";
              dontFixup = true;
              outputHashMode = "recursive";
              outputHash = vendorHash;
              outputHashAlgo = if vendorHash == "" then "sha256" else null;
            };
        flags =
          lib.optional (tags != [ ]) "-tags=${lib.concatStringsSep "," tags}"
          # Go's own linker names no run path, and the store's loader looks nowhere else.
          ++ [ "-ldflags=${lib.concatStringsSep " " ([ "-r=${self.debianPackages.libc6}/lib" ] ++ ldflags)}" ]
          ++ [ "-trimpath" ];
        packages = if subPackages == [ ] then [ "./..." ] else map (path: "./${path}") subPackages;
      in
      {
        nativeBuildInputs = nativeBuildInputs ++ [ self.go ];
        inherit doCheck;
        passthru = {
          inherit (self) go;
          inherit vendorHash;
          goModules = modules;
        }
        // args.passthru or { };
        env = {
          CGO_ENABLED = "1";
        }
        // args.env or { };
        configurePhase =
          args.configurePhase or ''
            runHook preConfigure
            export HOME=$TMPDIR GOCACHE=$TMPDIR/go-cache GOPATH=$TMPDIR/go-path GOPROXY=off GOSUMDB=off GOFLAGS=''${GOFLAGS--buildvcs=false}
            cd ${modRoot}
            ${lib.optionalString (modules != null) ''
              rm -rf vendor
              cp -r --reflink=auto ${modules} vendor
            ''}
            if [ -d vendor ]; then
              export GOFLAGS="$GOFLAGS -mod=vendor"
            fi
            runHook postConfigure
          '';
        buildPhase =
          args.buildPhase or ''
            runHook preBuild
            mkdir -p "$GOPATH/bin"
            GOBIN=$GOPATH/bin go install -v -p "$NIX_BUILD_CORES" ${lib.escapeShellArgs (flags ++ packages)}
            runHook postBuild
          '';
        checkPhase =
          args.checkPhase or ''
            runHook preCheck
            go test -p "$NIX_BUILD_CORES" ${lib.escapeShellArgs (flags ++ packages)}
            runHook postCheck
          '';
        installPhase =
          args.installPhase or ''
            runHook preInstall
            mkdir -p $out
            [ ! -d "$GOPATH/bin" ] || cp -r "$GOPATH/bin" $out/
            runHook postInstall
          '';
      };
  };
}

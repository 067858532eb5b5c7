# Python packages from source, built by their own backends, as Debian has them.
{ lib, self }:
let
  buildPythonPackage = lib.extendMkDerivation {
    constructDrv = self.stdenv.mkDerivation;
    excludeDrvArgNames = [
      "dependencies"
      "build-system"
      "optional-dependencies"
      "disabled"
    ];
    extendDrvArgs =
      _:
      {
        dependencies ? [ ],
        build-system ? [ ],
        propagatedBuildInputs ? [ ],
        nativeBuildInputs ? [ ],
        nativeCheckInputs ? [ ],
        checkInputs ? [ ],
        pyproject ? null,
        format ? null,
        pythonImportsCheck ? [ ],
        doCheck ? true,
        disabled ? false,
        ...
      }@args:
      let
        python = self.debianPackages.python3;
        inherit (self) python3Packages;
        libraries = propagatedBuildInputs ++ dependencies;
        backends =
          build-system
          ++ [
            python3Packages.build
            python3Packages.installer
            python3Packages.setuptools
            python3Packages.wheel
          ];
        builder = self.python3.withPackages (_: libraries ++ backends ++ nativeCheckInputs);
      in
      if disabled then
        throw "${args.pname or args.name} does not support Python ${self.python3.pythonVersion}"
      else
        {
          nativeBuildInputs = nativeBuildInputs ++ [ builder ];
          propagatedBuildInputs = libraries;
          inherit doCheck;
          dontConfigure = args.dontConfigure or true;
          buildPhase =
            args.buildPhase or ''
              runHook preBuild
              export HOME=$TMPDIR
              python3 -m build --no-isolation --skip-dependency-check --wheel --outdir dist .
              runHook postBuild
            '';
          checkPhase = args.checkPhase or ''
            runHook preCheck
            runHook postCheck
          '';
          installPhase =
            args.installPhase or ''
              runHook preInstall
              python3 -m installer --prefix="$out" --no-compile-bytecode dist/*.whl
              runHook postInstall
            '';
          # Programs run in an environment of their own that has the package and all it depends on.
          postFixup =
            (args.postFixup or "")
            + ''
              source ${./debian-closure.sh}
              source ${../python3/python-path.sh}
              environment=$out/libexec/neve/python
              mkdir -p $environment/bin
              ln -s ${python}/bin/python3 $environment/bin/python3
              printf 'home = %s\ninclude-system-site-packages = false\n' ${python}/bin > $environment/pyvenv.cfg
              linkPythonModules $environment/lib/python${self.python3.pythonVersion}/site-packages $out
              for program in $out/bin/*; do
                if [ -f "$program" ] && isScript "$program" && head -n 1 "$program" | grep -q python; then
                  sed -i "1 s|.*|#!$environment/bin/python3|" "$program"
                fi
              done
              for module in ${lib.escapeShellArgs pythonImportsCheck}; do
                $environment/bin/python3 -c "import $module"
              done
            '';
          passthru = {
            pythonModule = self.python3;
          }
          // args.passthru or { };
        };
  };
in
{
  inherit buildPythonPackage;
  buildPythonApplication = buildPythonPackage;
  toPythonModule = package: package;
  fetchPypi =
    {
      pname,
      version,
      format ? "setuptools",
      extension ? "tar.gz",
      ...
    }@args:
    self.fetchurl (
      builtins.removeAttrs args [
        "pname"
        "version"
        "format"
        "extension"
        "dist"
        "python"
        "abi"
        "platform"
      ]
      // {
        url = "https://files.pythonhosted.org/packages/source/${builtins.substring 0 1 pname}/${pname}/${pname}-${version}.${extension}";
      }
    );
}

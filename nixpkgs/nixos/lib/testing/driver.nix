# The program that runs the test.
{
  config,
  hostPkgs,
  lib,
  ...
}:
let
  inherit (lib) mkOption types;

  package = import ../test-driver { pkgs = hostPkgs; };

  nodeNames = lib.attrNames config.nodes;
  vlans = lib.naturalSort (
    lib.unique (
      lib.concatMap (
        node: map (card: toString card.vlan) (lib.attrValues node.virtualisation.allInterfaces)
      ) (lib.attrValues config.nodes)
    )
  );

  # By each node's name in the script: what its guests' start script is called follows its host name.
  startScript = node: lib.getExe node.system.build.vm;

  python = hostPkgs.python3.withPackages (
    packages:
    [
      packages.jeepney
      packages.jinja2
      packages.typing-extensions
    ]
    ++ lib.optional config.enableOCR packages.pillow
    ++ lib.optional isInteractive hostPkgs.debianPackages.ptpython
    ++ config.extraPythonPackages packages
  );
  isInteractive = lib.elem "--interactive" config.extraDriverArgs || lib.elem "-I" config.extraDriverArgs;

  programs = [
    hostPkgs.coreutils
    hostPkgs.util-linux
    hostPkgs.debianPackages.vde-switch
  ]
  ++ lib.optional config.enableOCR hostPkgs.tesseract
  ++ lib.optional isInteractive hostPkgs.socat;

  # Into the sandbox of the driver that waits, and to its debugger.
  attachCommand =
    "sudo nsenter --mount --net --pid --target \"$(pgrep --full --oldest test-${config.name}.json)\" "
    + "${hostPkgs.socat}/bin/socat READLINE TCP:127.0.0.1:4444";
  debugHook = "--debug-hook-attach ${lib.escapeShellArg attachCommand}";
in
{
  options = {
    driver = mkOption {
      type = types.package;
      readOnly = true;
      description = "The program `nixos-test-driver` for this test.";
    };
    driverConfiguration = mkOption {
      type = types.raw;
      readOnly = true;
      internal = true;
      description = "What the driver is told of the test.";
    };
    driverConfigurationFile = mkOption {
      type = types.package;
      readOnly = true;
      internal = true;
      description = "The same as a JSON file.";
    };
    qemu = {
      package = mkOption {
        type = types.package;
        default = hostPkgs.qemu_test or hostPkgs.qemu_kvm;
        defaultText = lib.literalExpression "hostPkgs.qemu_test";
        description = "The QEMU that runs the nodes.";
      };
      forceAccel = mkOption {
        type = types.bool;
        default = false;
        description = "Whether the test fails where nodes would have to be emulated in software.";
      };
    };
    globalTimeout = mkOption {
      type = types.ints.positive;
      default = 3600;
      description = "How many seconds the script may take; then all nodes are ended and the test fails.";
    };
    enableOCR = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the script reads text from screens.";
    };
    extraPythonPackages = mkOption {
      type = types.functionTo (types.listOf types.package);
      default = _: [ ];
      defaultText = lib.literalExpression "p: [ ]";
      example = lib.literalExpression "p: [ p.numpy ]";
      description = "Python packages that the script imports. The type check takes their values for anything.";
    };
    extraDriverArgs = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Flags that the driver is always started with.";
    };
    skipLint = mkOption {
      type = types.bool;
      default = false;
      description = "Whether pyflakes does not look at the script.";
    };
    skipTypeCheck = mkOption {
      type = types.bool;
      default = false;
      description = "Whether mypy does not look at the script.";
    };
    logLevel = mkOption {
      type = types.enum [
        "debug"
        "info"
        "warning"
        "error"
      ];
      default = "info";
      description = "The least important messages that the driver shows.";
    };
    enableDebugHook = mkOption {
      type = types.bool;
      default = false;
      description = ''
        Whether the driver stops at a failure, and at `debug.breakpoint()`, says how to get to it, and offers a Python
        debugger at TCP port 4444 inside the sandbox.
      '';
    };
    sshBackdoor = {
      enable = mkOption {
        type = types.bool;
        default = config.enableDebugHook;
        defaultText = lib.literalExpression "enableDebugHook";
        description = "Whether root can log in to nodes by ssh through a virtual socket, without a password.";
      };
      vsockOffset = mkOption {
        type = types.ints.between 2 4294967296;
        default = 2;
        description = "The virtual socket's address is this plus the node's number.";
      };
    };
  };

  config = {
    driverConfiguration = {
      inherit (config) name;
      vms = lib.mapAttrs (name: node: {
        inherit name;
        host_name = node.system.name;
        start_script = startScript node;
      }) config.nodes;
      containers = { };
      vlans = map lib.toInt vlans;
      global_timeout = config.globalTimeout;
      test_script = hostPkgs.writeText "testScript.py" config.testScriptString;
      enable_ssh_backdoor = config.sshBackdoor.enable;
      vsock_cids = lib.optionalAttrs config.sshBackdoor.enable (
        lib.mapAttrs (
          _: node: config.sshBackdoor.vsockOffset + node.virtualisation.test.nodeNumber
        ) config.nodes
      );
    };
    driverConfigurationFile = hostPkgs.writeText "test-${config.name}.json" (
      builtins.toJSON config.driverConfiguration
    );

    driver =
      lib.warnIf config.skipLint "Linting is disabled in the test ${config.name}"
        hostPkgs.runCommandLocal
        "nixos-test-driver-${config.name}"
        {
          testScript = config.driverConfiguration.test_script;
          configuration = config.driverConfigurationFile;
          passthru = {
            inherit config package;
            # What the package imports; the rest is any Python's.
            modules = "${hostPkgs.python3Packages.jeepney}/${hostPkgs.python3.sitePackages}";
            # Where the driver finds its tools.
            path = lib.makeBinPath programs;
          };
          meta = config.meta // {
            mainProgram = "nixos-test-driver";
          };
        }
        ''
          ${package.checkScript {
            inherit vlans;
            inherit (config) skipTypeCheck skipLint;
            machines = nodeNames;
            hostNames = map (node: node.system.name) (lib.attrValues config.nodes);
            file = "$testScript";
          }}
          mkdir -p $out/bin
          cat > $out/bin/nixos-test-driver <<'END'
          #!${hostPkgs.runtimeShell}
          export PATH=${lib.makeBinPath programs}''${PATH:+:$PATH}
          export PYTHONPATH=${package} PYTHONDONTWRITEBYTECODE=1
          ${lib.optionalString config.enableOCR "export TESSDATA_PREFIX=\${TESSDATA_PREFIX-${hostPkgs.tesseract}/share/tesseract-ocr/5/tessdata}"}
          exec ${python}/bin/python3 -P -m test_driver --config ${config.driverConfigurationFile} --log-level ${config.logLevel} \
            ${lib.optionalString config.enableDebugHook debugHook} ${lib.escapeShellArgs config.extraDriverArgs} "$@"
          END
          chmod +x $out/bin/nixos-test-driver
        '';
  };
}

# Programs with a desktop's libraries look for plugins, schemas, types and images where Debian's triggers put them for a
# whole system. Here each gets a wrapper with what its own dependencies have.
{
  lib,
  packages,
  runCommandLocal,
}:
let
  # A program that depends on one of these directly looks for such data.
  toolkits = [
    "dconf-gsettings-backend"
    "gir1\\.2-.*"
    "libadwaita-1-0"
    "libgdk-pixbuf-2\\.0-0"
    "libgirepository-.*"
    "libglib-object-introspection-perl"
    "libgstreamer1\\.0-0"
    "libgtk[23]-perl"
    "libgtk-3-0t64"
    "libgtk-4-1"
    "libgtk2\\.0-0t64"
    "libkf[56].*"
    "libqt5.*gui5.*"
    "libqt[56]pas.*"
    "libqt5qml5"
    "libqt5widgets5.*"
    "libqt6gui6"
    "libqt6qml6"
    "libqt6widgets6"
    "libsuil-0-0"
    "libwxgtk3\\.2-1t64"
    "libwxgtk-.*"
    "gjs"
    "qml-module-.*"
    "qml6-module-.*"
  ];
  pythonToolkits = [
    "python3-gi.*"
    "python3-pyqt[56].*"
    "python3-pyside[26]\\..*"
    "python3-qtpy"
    "python3-wxgtk4\\.0"
  ];
  isAmong = patterns: name: builtins.match (lib.concatStringsSep "|" patterns) name != null;
  isToolkit = isAmong (toolkits ++ pythonToolkits);
  isPythonToolkit = isAmong pythonToolkits;

  # Packages without programs, by Debian's conventions for names and sections.
  isPart =
    name: package:
    builtins.match "(gir1\\.2-|gstreamer1\\.0-|qml-|qml6-|task-).*|.*-(common|data|dev|doc|dbg)" name != null
    # Modules of Python often come with a program that uses a toolkit.
    || lib.hasPrefix "python3-" name
      && (isPythonToolkit name || !builtins.any isPythonToolkit package.debian.depends)
    || builtins.match "lib.*-(bin|progs|tools|utils)" name == null
      && builtins.elem package.debian.section [
        "cli-mono"
        "debug"
        "doc"
        "fonts"
        "introspection"
        "java"
        "libdevel"
        "libs"
        "perl"
        "localization"
        "metapackages"
        "oldlibs"
      ];

  # A package may only stand for one of its variants, such as `keepassxc` for `keepassxc-full`, or start its modules.
  isDesktop =
    name: package:
    !isPart name package
    && (
      builtins.any isToolkit package.debian.depends
      || builtins.any (
        variant:
        (lib.hasPrefix "${name}-" variant.pname || variant.pname == "python3-${name}")
        && builtins.any isToolkit variant.debian.depends
      ) package.debian.dependencies
    );

  # Programs that others start by name.
  isHelper =
    name:
    builtins.match "(lib|python3-|gir1\\.2-).*|python3|perl.*|dconf-gsettings-backend|.*-(data|common)" name == null;

  wrap =
    name: package:
    runCommandLocal package.name {
      inherit (package) pname version;
      unwrapped = package;
      closureScript = ../build-support/debian-closure.sh;
      runtimeShell = "${packages.bash}/bin/bash";
      glibTools = packages."libglib2.0-0t64";
      imageTools = packages."libgdk-pixbuf-2.0-0";
      mimeTools = packages.shared-mime-info;
      helperPackages = builtins.filter (helper: isHelper helper.pname) package.debian.dependencies;
      passthru = {
        unwrapped = package;
        inherit (package) debian;
      };
      inherit (package) meta;
    } "source ${./desktop.sh}"
    // {
      override = arguments: wrap name (package.override arguments);
      overrideAttrs = change: wrap name (package.overrideAttrs change);
    };
in
name: package: if isDesktop name package then wrap name package else package

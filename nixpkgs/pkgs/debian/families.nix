# Sets of packages that belong together, derived from Debian's names.
{ lib }:
self: _:
let
  packages = self.debianPackages;

  # Every package whose name starts with `prefix`, without it.
  withPrefix =
    prefix:
    lib.listToAttrs (
      map (name: lib.nameValuePair (lib.removePrefix prefix name) packages.${name}) (
        builtins.filter (lib.hasPrefix prefix) (builtins.attrNames packages)
      )
    );

  # Members under the same name as in Debian, and some under another.
  family = same: renamed: lib.genAttrs same (name: self.${name}) // lib.mapAttrs (_: name: packages.${name}) renamed;

  python3Packages =
    withPrefix "python3-"
    // lib.mapAttrs (_: name: packages.${name}) {
      beautifulsoup4 = "python3-bs4";
      dateutil = "python3-dateutil";
      discordpy = "python3-discord";
      evdev = "python3-evdev";
      gitpython = "python3-git";
      ipython = "ipython3";
      opencv4 = "python3-opencv";
      pillow = "python3-pil";
      pip = "python3-pip";
      pycairo = "python3-cairo";
      pycryptodome = "python3-pycryptodome";
      pygobject3 = "python3-gi";
      pyserial = "python3-serial";
      python-dateutil = "python3-dateutil";
      pyyaml = "python3-yaml";
      pyxdg = "python3-xdg";
      scikit-learn = "python3-sklearn";
      six = "python3-six";
      dbus-python = "python3-dbus";
    }
    // import ../build-support/python.nix { inherit lib self; }
    // {
      python = self.python3;
      inherit (self) callPackage;
      pythonOlder = lib.versionOlder self.python3.pythonVersion;
      pythonAtLeast = lib.versionAtLeast self.python3.pythonVersion;
    };
in
{
  inherit python3Packages;
  python313Packages = python3Packages;
  python313 = self.python3;
  python = self.python3;
  python3Full = self.python3;
  python3Minimal = self.python3;

  xorg =
    family [ "xauth" "xinit" "xinput" ] {
      libX11 = "libx11-6";
      libXcursor = "libxcursor1";
      libXext = "libxext6";
      libXfixes = "libxfixes3";
      libXft = "libxft2";
      libXi = "libxi6";
      libXinerama = "libxinerama1";
      libXrandr = "libxrandr2";
      libXrender = "libxrender1";
      libXtst = "libxtst6";
      libXxf86vm = "libxxf86vm1";
      libxcb = "libxcb1";
      setxkbmap = "x11-xkb-utils";
      xev = "x11-utils";
      xclock = "x11-apps";
      xeyes = "x11-apps";
      xf86inputlibinput = "xserver-xorg-input-libinput";
      xf86videoamdgpu = "xserver-xorg-video-amdgpu";
      xf86videointel = "xserver-xorg-video-intel";
      xhost = "x11-xserver-utils";
      xkbcomp = "x11-xkb-utils";
      xkill = "x11-utils";
      xmodmap = "x11-xserver-utils";
      xorgserver = "xserver-xorg-core";
      xprop = "x11-utils";
      xrandr = "x11-xserver-utils";
      xrdb = "x11-xserver-utils";
      xset = "x11-xserver-utils";
      xsetroot = "x11-xserver-utils";
      xwininfo = "x11-utils";
    };

  gst_all_1 = {
    gst-libav = packages."gstreamer1.0-libav";
    gst-plugins-bad = packages."gstreamer1.0-plugins-bad";
    gst-plugins-base = packages."gstreamer1.0-plugins-base";
    gst-plugins-good = packages."gstreamer1.0-plugins-good";
    gst-plugins-ugly = packages."gstreamer1.0-plugins-ugly";
    gstreamer = packages."gstreamer1.0-tools";
  };

  xfce = family [
    "catfish"
    "mousepad"
    "parole"
    "ristretto"
    "thunar"
    "thunar-archive-plugin"
    "thunar-volman"
    "tumbler"
    "xfburn"
    "xfce4-appfinder"
    "xfce4-clipman-plugin"
    "xfce4-notifyd"
    "xfce4-panel"
    "xfce4-power-manager"
    "xfce4-pulseaudio-plugin"
    "xfce4-screenshooter"
    "xfce4-session"
    "xfce4-settings"
    "xfce4-taskmanager"
    "xfce4-terminal"
    "xfce4-whiskermenu-plugin"
    "xfconf"
    "xfdesktop4"
    "xfwm4"
  ] { xfdesktop = "xfdesktop4"; };

  kdePackages =
    family [
      "ark"
      "breeze"
      "breeze-icon-theme"
      "dolphin"
      "elisa"
      "filelight"
      "gwenview"
      "kate"
      "kcalc"
      "kdenlive"
      "konsole"
      "kwalletmanager"
      "okular"
      "partitionmanager"
      "plasma-desktop"
      "plasma-workspace"
      "sddm"
    ] {
      breeze-icons = "breeze-icon-theme";
      isoimagewriter = "isoimagewriter";
      kdeconnect-kde = "kdeconnect";
      qt5compat = "qml6-module-qt5compat-graphicaleffects";
      qtbase = "libqt6core6t64";
      qtmultimedia = "libqt6multimedia6";
      qtsvg = "libqt6svg6";
      qtwayland = "qt6-wayland";
      spectacle = "kde-spectacle";
    };
  plasma5Packages = {
    inherit (self.kdePackages) kdeconnect-kde;
  };
  qt6 = {
    qtbase = packages.libqt6core6t64;
    qtmultimedia = packages.libqt6multimedia6;
    qtsvg = packages.libqt6svg6;
    qtwayland = packages.qt6-wayland;
  };
  qt6Packages = self.qt6;
  qt5 = {
    qtbase = packages.libqt5core5t64;
    qtwayland = packages.qtwayland5;
  };
  libsForQt5 = {
    breeze-icons = packages.breeze-icon-theme;
    fcitx5-qt = packages.fcitx5-frontend-qt5;
    qt5ct = packages.qt5ct;
    qtstyleplugin-kvantum = packages.qt-style-kvantum;
  };

  gnome = family [
    "adwaita-icon-theme"
    "baobab"
    "evince"
    "gnome-calculator"
    "gnome-control-center"
    "gnome-keyring"
    "gnome-music"
    "gnome-session"
    "gnome-settings-daemon"
    "gnome-shell"
    "gnome-terminal"
    "gnome-tweaks"
    "mutter"
    "nautilus"
    "seahorse"
    "totem"
    "yelp"
    "zenity"
  ] { };
  gnome3 = self.gnome;
  gnomeExtensions = {
    appindicator = packages.gnome-shell-extension-appindicator;
    dash-to-dock = packages.gnome-shell-extension-dashtodock;
    dash-to-panel = packages.gnome-shell-extension-dash-to-panel;
    gsconnect = packages.gnome-shell-extension-gsconnect;
  };

  hunspellDicts = {
    de_DE = packages.hunspell-de-de;
    en_GB-ise = packages.hunspell-en-gb;
    en_US = packages.hunspell-en-us;
    es_ES = packages.hunspell-es;
    fr-any = packages.hunspell-fr;
    it_IT = packages.hunspell-it;
    ru_RU = packages.hunspell-ru;
  };
  mpvScripts.mpris = packages.mpv-mpris;
  nvtopPackages = lib.genAttrs [ "amd" "full" "intel" "nvidia" ] (_: packages.nvtop);
  javaPackages.compiler.openjdk21 = packages.openjdk-21-jdk;
  wineWowPackages = lib.genAttrs [ "stable" "full" "staging" "waylandFull" ] (_: self.wine);
  wineWow64Packages = self.wineWowPackages;
  rocmPackages.clr = packages.libamdhip64-5;
  unixtools = lib.mapAttrs (_: name: packages.${name}) {
    ifconfig = "net-tools";
    netstat = "net-tools";
    ping = "iputils-ping";
    route = "net-tools";
    script = "bsdutils";
    top = "procps";
    watch = "procps";
    whereis = "util-linux";
    xxd = "xxd";
  };
  nerd-fonts =
    let
      plain = lib.mapAttrs (_: name: packages.${name}) {
        dejavu-sans-mono = "fonts-dejavu-mono";
        fira-code = "fonts-firacode";
        hack = "fonts-hack";
        inconsolata = "fonts-inconsolata";
        jetbrains-mono = "fonts-jetbrains-mono";
        noto = "fonts-noto-mono";
        roboto-mono = "fonts-roboto-unhinted";
        ubuntu-mono = "fonts-ubuntu";
      };
    in
    lib.mapAttrs (
      name: package: lib.warn "nerd-fonts.${name}: Debian has this font without the added symbols" package
    ) plain;
}

# A laptop with Xfce, as the graphical installer leaves it, and what was added later.
{ config, pkgs, ... }:
{
  imports = [ ./hardware.nix ];
  boot.loader.systemd-boot.enable = true;
  boot.loader.systemd-boot.configurationLimit = 10;
  boot.loader.efi.canTouchEfiVariables = true;
  boot.initrd.luks.devices."cryptroot".device = "/dev/disk/by-uuid/0a1b2c3d-0000-4000-8000-000000000003";
  boot.kernelPackages = pkgs.linuxPackages_latest;
  boot.plymouth.enable = true;
  boot.kernelParams = [ "quiet" ];
  networking.hostName = "laptop";
  networking.networkmanager.enable = true;
  time.timeZone = "Europe/Paris";
  i18n.defaultLocale = "fr_FR.UTF-8";
  i18n.extraLocaleSettings = { LC_TIME = "fr_FR.UTF-8"; LC_PAPER = "fr_FR.UTF-8"; };
  console.keyMap = "fr";
  services.xserver = {
    enable = true;
    displayManager.lightdm.enable = true;
    desktopManager.xfce.enable = true;
    xkb = { layout = "fr"; variant = ""; };
    excludePackages = [ pkgs.xterm ];
  };
  services.libinput = { enable = true; touchpad.naturalScrolling = true; };
  services.printing = { enable = true; drivers = [ pkgs.gutenprint ]; };
  services.avahi = { enable = true; nssmdns4 = true; openFirewall = true; };
  services.pulseaudio.enable = false;
  security.rtkit.enable = true;
  services.pipewire = { enable = true; alsa.enable = true; alsa.support32Bit = false; pulse.enable = true; jack.enable = true; };
  hardware.bluetooth = { enable = true; powerOnBoot = true; };
  services.blueman.enable = true;
  hardware.graphics = { enable = true; extraPackages = [ pkgs.intel-media-driver ]; };
  hardware.enableRedistributableFirmware = true;
  hardware.enableAllFirmware = true;
  services.tlp = { enable = true; settings = { START_CHARGE_THRESH_BAT0 = 75; STOP_CHARGE_THRESH_BAT0 = 80; }; };
  services.thermald.enable = true;
  services.fwupd.enable = true;
  services.logind.lidSwitch = "suspend";
  powerManagement.enable = true;
  powerManagement.powertop.enable = true;
  services.upower.enable = true;
  location.provider = "geoclue2";
  services.redshift.enable = true;
  users.users.marie = {
    isNormalUser = true;
    description = "Marie";
    extraGroups = [ "networkmanager" "wheel" "video" "scanner" "lp" ];
    shell = pkgs.zsh;
    packages = with pkgs; [ firefox thunderbird libreoffice gimp vlc keepassxc ];
  };
  programs.zsh = { enable = true; autosuggestions.enable = true; syntaxHighlighting.enable = true; };
  programs.firefox.enable = true;
  programs.thunar.enable = true;
  programs.thunar.plugins = with pkgs; [ thunar-volman ];
  programs.gnupg.agent = { enable = true; enableSSHSupport = true; };
  programs.nm-applet.enable = true;
  fonts.packages = with pkgs; [ noto-fonts noto-fonts-cjk-sans dejavu_fonts liberation_ttf fira-code ];
  fonts.fontconfig.defaultFonts.monospace = [ "Fira Code" ];
  nixpkgs.config.allowUnfree = true;
  environment.systemPackages = with pkgs; [ vim wget git pavucontrol ];
  environment.variables.EDITOR = "vim";
  system.autoUpgrade = { enable = false; allowReboot = false; };
  system.stateVersion = "24.11";
}

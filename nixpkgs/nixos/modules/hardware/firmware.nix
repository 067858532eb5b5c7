# Firmware: files that drivers load into devices.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) literalExpression mkOption types;
  cfg = config.hardware;
in
{
  options.hardware = {
    firmware = mkOption {
      type = types.listOf types.package;
      default = [ ];
      example = literalExpression "[ pkgs.linux-firmware ]";
      description = "Packages with firmware in {file}`lib/firmware`; the first one that has a file counts.";
      apply =
        packages:
        if packages == [ ] then
          pkgs.emptyDirectory
        else
          pkgs.buildEnv {
            name = "firmware";
            paths = packages;
            pathsToLink = [ "/lib/firmware" ];
            ignoreCollisions = true;
          };
    };

    enableRedistributableFirmware = mkOption {
      type = types.bool;
      default = cfg.enableAllFirmware;
      defaultText = literalExpression "config.hardware.enableAllFirmware";
      example = true;
      description = "Whether the system has the firmware of usual devices, which may be passed on but not changed.";
    };

    enableAllFirmware = mkOption {
      type = types.bool;
      default = false;
      example = true;
      description = "Whether the system has all firmware there is.";
    };

    enableAllHardware = mkOption {
      type = types.bool;
      default = false;
      example = true;
      description = "Whether the initrd has the drivers for all usual disks, so that a disk starts in any machine.";
    };
  };

  config = lib.mkMerge [
    (lib.mkIf cfg.enableRedistributableFirmware { hardware.firmware = [ pkgs.linux-firmware ]; })
    (lib.mkIf cfg.enableAllFirmware {
      hardware.firmware = [
        pkgs.firmware-sof-signed
        pkgs.firmware-linux-free
      ];
    })
    (lib.mkIf cfg.enableAllHardware {
      boot.initrd.availableKernelModules = [
        # SATA, PATA
        "ahci"
        "ata_piix"
        "pata_ali"
        "pata_amd"
        "pata_artop"
        "pata_atiixp"
        "pata_efar"
        "pata_hpt366"
        "pata_hpt37x"
        "pata_hpt3x2n"
        "pata_hpt3x3"
        "pata_it8213"
        "pata_it821x"
        "pata_jmicron"
        "pata_marvell"
        "pata_mpiix"
        "pata_netcell"
        "pata_ns87410"
        "pata_oldpiix"
        "pata_pcmcia"
        "pata_pdc2027x"
        "pata_rz1000"
        "pata_serverworks"
        "pata_sil680"
        "pata_sis"
        "pata_sl82c105"
        "pata_triflex"
        "pata_via"
        "sata_inic162x"
        "sata_nv"
        "sata_promise"
        "sata_qstor"
        "sata_sil"
        "sata_sil24"
        "sata_sis"
        "sata_svw"
        "sata_sx4"
        "sata_uli"
        "sata_via"
        "sata_vsc"
        # SCSI and RAID controllers
        "3w-9xxx"
        "3w-xxxx"
        "aacraid"
        "aic79xx"
        "aic7xxx"
        "arcmsr"
        "hpsa"
        "mptspi"
        # USB disks, card readers
        "uas"
        "usb_storage"
        "sdhci_pci"
        # Virtual machines
        "hv_storvsc"
        "mptspi"
        "virtio_balloon"
        "virtio_blk"
        "virtio_console"
        "virtio_mmio"
        "virtio_net"
        "virtio_pci"
        "virtio_scsi"
        "vmw_pvscsi"
        "vmxnet3"
      ];
      boot.initrd.allowMissingModules = lib.mkDefault true;
    })
  ];
}

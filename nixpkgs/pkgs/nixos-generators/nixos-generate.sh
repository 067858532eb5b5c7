# Reads the arguments, evaluates $share/generate.nix in the wanted format and prints where the image is.
set -euo pipefail

configuration=${NIXOS_CONFIG:-/etc/nixos/configuration.nix}
flake='' format='' link='' run='' size=''
special=()
evaluation=()
building=()

usage() {
  cat << END
Usage: nixos-generate -f NAME [OPTION…]
Builds a NixOS configuration as an image and prints where it is.

  -c, --configuration PATH   the configuration (now: $configuration)
      --flake URI#NAME       nixosConfigurations.NAME of a flake instead; without NAME, that of this host
  -f, --format NAME          a format, see --list
      --format-path PATH     a format of one's own: a module that sets formatAttr
      --list                 the formats
      --run                  start the machine (formats vm and vm-nogui; vm when none is given)
  -o, --out-link PATH        a link to the output, which keeps it
      --system SYSTEM        the platform, such as x86_64-linux
      --disk-size SIZE       the size of the disk in MiB
      --special-arg KEY VALUE   an argument for all modules
      --cores N, --option NAME VALUE, -I PATH, --show-trace   as for nix-build
      --help                 this text
END
}

abort() {
  printf 'aborted: %s\n' "$*" >&2
  exit 1
}

listFormats() {
  local file
  for file in "$share"/formats/*.nix; do
    basename "$file" .nix
  done
}

# Formats of nixos-generators that need modules which this package set does not have.
explainFormat() {
  case $1 in
    iso | install-iso | install-iso-hyperv) echo 'modules for installation media' ;;
    qcow | qcow-efi | raw | raw-efi | hyperv | virtualbox | vagrant-virtualbox | vmware | kubevirt | openstack | proxmox) echo 'modules for disk images' ;;
    amazon | azure | cloudstack | do | gce | linode) echo 'modules for images of that cloud' ;;
    docker | lxc | lxc-metadata | proxmox-lxc) echo 'modules for containers as archives' ;;
    kexec | kexec-bundle) echo 'the module for systems that are started with kexec' ;;
    sd-aarch64 | sd-aarch64-installer | sd-x86_64) echo 'modules for memory cards' ;;
  esac
}

chooseFormat() {
  local missing
  format=$share/formats/$1.nix
  [[ -e $format ]] && return
  missing=$(explainFormat "$1")
  [[ -z $missing ]] || abort "the format '$1' needs $missing, which this package set does not have; it has: $(listFormats | tr '\n' ' ')"
  abort "there is no format '$1'; there are: $(listFormats | tr '\n' ' ')"
}

needs() {
  (($2 > $1)) || abort "$3 needs $1 argument(s); see --help"
}

quoted() {
  local text=${1//\\/\\\\}
  text=${text//\"/\\\"}
  printf '"%s"' "${text//\$\{/\\\$\{}"
}

while (($#)); do
  case $1 in
    -c | --configuration) needs 1 $# "$1"; configuration=$2; shift ;;
    --flake) needs 1 $# "$1"; flake=$2; shift ;;
    -f | --format) needs 1 $# "$1"; chooseFormat "$2"; shift ;;
    --format-path) needs 1 $# "$1"; format=$2; shift ;;
    --list) listFormats; exit ;;
    --run) run=1 ;;
    -o | --out-link) needs 1 $# "$1"; link=$2; shift ;;
    --system) needs 1 $# "$1"; evaluation+=(--argstr system "$2"); shift ;;
    --disk-size) needs 1 $# "$1"; size=$2; shift ;;
    --special-arg) needs 2 $# "$1"; special+=("$(quoted "$2") = $(quoted "$3");"); shift 2 ;;
    --cores) needs 1 $# "$1"; building+=(--cores "$2"); shift ;;
    --option) needs 2 $# "$1"; evaluation+=(--option "$2" "$3"); shift 2 ;;
    -I) needs 1 $# "$1"; evaluation+=(-I "$2"); shift ;;
    --show-trace) evaluation+=(--show-trace) ;;
    --help) usage; exit ;;
    *) abort "unknown option $1" ;;
  esac
  shift
done

[[ -n $format || -z $run ]] || chooseFormat vm
[[ -n $format ]] || abort "which format? See --help and --list"
[[ -e $format ]] || abort "there is no format file $format"
evaluation+=(--arg format "$(realpath "$format")")

if [[ -n $flake ]]; then
  uri=${flake%%#*} name=
  [[ $flake != *'#'* ]] || name=${flake#*'#'}
  [[ ! -e $uri ]] || uri=$(realpath "$uri")
  evaluation+=(--option extra-experimental-features 'nix-command flakes')
  evaluation+=(--argstr flakeUri "$uri" --argstr flakeAttr "${name:-$(hostname)}")
else
  [[ -e $configuration ]] || abort "there is no configuration $configuration; name one with -c"
  evaluation+=(-I "nixos-config=$(realpath "$configuration")")
fi
if [[ -n $size ]]; then
  [[ $size =~ ^[0-9]+$ ]] || abort "--disk-size: '$size' is no number of MiB"
  evaluation+=(--arg diskSize "$size")
fi
((!${#special[@]})) || evaluation+=(--arg specialArgs "{ ${special[*]} }")

if [[ -n $link ]]; then
  building+=(--out-link "$link")
else
  building+=(--no-out-link)
fi
output=$(nix-build "$share/generate.nix" "${evaluation[@]}" "${building[@]}")

runner=$(find "$output/bin" -name 'run-*-vm' -print -quit 2> /dev/null || true)
if [[ -n $run ]]; then
  [[ -n $runner ]] || abort "--run: $output has no machine to start"
  exec "$runner"
fi
[[ -n $runner ]] && echo "$runner" || find -L "$output" -type f -print -quit

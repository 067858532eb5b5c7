#!/bin/busybox sh
# Stage 1 of the boot: find the file systems that the system starts from, mount them, and hand over to stage 2.
#
# /etc/stage-1/settings has shell variables, /etc/stage-1/filesystems a line with five words for each file system
# (mount point, device, type, options, how it is checked), /etc/stage-1/hooks the commands of the configuration.

target=/mnt-root
settings=/etc/stage-1
console=/dev/console

say() { printf '%s\n' "$*"; }
info() { [ -z "$verbose" ] || say "$@"; }

# Ask what to do about an error that boot cannot go on after.
fail() {
    [ -z "$1" ] || say "error: $1"
    run_hook preFail
    if [ -n "$panicOnFail" ]; then
        say "stopping, since the kernel command line has boot.panic_on_fail or stage1panic"
        exit 1
    fi
    say "Stage 1 could not mount the root file system on $target."
    while :; do
        say "Keys: r reboots, * goes on in spite of the error${allowShell:+, i opens a shell and goes on when it ends}."
        [ -n "$allowShell" ] || say "(boot.shell_on_fail on the kernel command line allows a shell.)"
        read -r -n 1 reply <"$console" || { sleep 10; reboot -f; }
        say
        case $reply in
            r) reboot -f ;;
            i) [ -z "$allowShell" ] || { shell; return; } ;;
            *) return ;;
        esac
    done
}

shell() { setsid cttyhack sh -l <"$console" >"$console" 2>&1; }

run_hook() {
    [ ! -e "$settings/hooks/$1" ] || . "$settings/hooks/$1"
}

mount_special() {
    /bin/busybox mkdir -p /proc /sys /dev /run
    /bin/busybox mount -t proc -o nosuid,noexec,nodev proc /proc
    mount -t sysfs -o nosuid,noexec,nodev sysfs /sys
    mount -t devtmpfs -o nosuid,mode=0755,size="$devSize" devtmpfs /dev
    mkdir -p /dev/pts /dev/shm
    mount -t devpts -o nosuid,noexec,mode=620,ptmxmode=0666,gid=3 devpts /dev/pts
    mount -t tmpfs -o nosuid,nodev,mode=1777,size="$devShmSize" tmpfs /dev/shm
    mount -t tmpfs -o nosuid,nodev,mode=755,size="$runSize" tmpfs /run
    ln -s /proc/self/fd /dev/fd
}

# The kernel command line: variables for what stage 1 knows.
read_command_line() {
    local word
    for word in $(cat /proc/cmdline); do
        case $word in
            init=*) init=${word#init=} ;;
            root=*) rootOverride=$(plain_device "${word#root=}") ;;
            resume=*) resumeDevice=$(plain_device "${word#resume=}") ;;
            boot.trace | debugtrace) set -x ;;
            boot.shell_on_fail) allowShell=1 ;;
            boot.debug1 | debug1) allowShell=1; debugAt=start ;;
            boot.debug1devices) allowShell=1; debugAt=devices ;;
            boot.debug1mounts) allowShell=1; debugAt=mounts ;;
            boot.panic_on_fail | stage1panic=1) panicOnFail=1 ;;
            copytoram) copyToRam=1 ;;
        esac
    done
}

# LABEL=, UUID= … as the name of a device file.
plain_device() {
    case $1 in
        LABEL=*) say "/dev/disk/by-label/${1#*=}" ;;
        UUID=*) say "/dev/disk/by-uuid/${1#*=}" ;;
        PARTLABEL=*) say "/dev/disk/by-partlabel/${1#*=}" ;;
        PARTUUID=*) say "/dev/disk/by-partuuid/${1#*=}" ;;
        *) say "$1" ;;
    esac
}

pause_at() {
    [ "$debugAt" != "$1" ] || { say "a shell, as the kernel command line asks for; exit goes on"; shell; }
}

# Load the modules of all devices that there are so far; each may make others appear.
load_for_devices() {
    find /sys/devices -name modalias -exec cat {} + 2>/dev/null | sort -u | tr '\n' '\0' | xargs -0 -r modprobe -abq 2>/dev/null
}

# Print the device file that a name below /dev/disk stands for, or fail.
resolve() {
    local name=${1##*/} device
    case $1 in
        /dev/disk/by-label/*) findfs "LABEL=$(printf '%b' "$name")" ;;
        /dev/disk/by-uuid/*) findfs "UUID=$name" ;;
        /dev/disk/by-partlabel/*) by_partition "PARTNAME=$(printf '%b' "$name")" ;;
        /dev/disk/by-partuuid/*) by_partition "PARTUUID=$name" || by_blkid "PARTUUID=$name" ;;
        /dev/disk/by-id/virtio-*)
            for device in /sys/block/vd*; do
                [ "$(cat "$device/serial" 2>/dev/null)" != "${name#virtio-}" ] || { say "/dev/${device##*/}"; return 0; }
            done
            return 1
            ;;
        *) [ ! -b "$1" ] && [ ! -c "$1" ] && return 1; say "$1" ;;
    esac
} 2>/dev/null

by_partition() {
    local found
    found=$(grep -lxi "$1" /sys/class/block/*/uevent | head -n 1)
    [ -n "$found" ] || return 1
    found=${found%/uevent}
    say "/dev/${found##*/}"
}

by_blkid() { [ -x /bin/blkid ] && /bin/blkid -t "$1" -o device | grep -m 1 . ; }

# Wait for a device to appear. Its file is in $device then.
wait_for() {
    local tries=0 said='' start now
    read -r start _ </proc/uptime
    until device=$(resolve "$1"); do
        read -r now _ </proc/uptime
        [ $((${now%.*} - ${start%.*})) -lt "$deviceTimeout" ] || { device=$1; return 1; }
        if [ -z "$said" ] && [ $((${now%.*} - ${start%.*})) -ge 2 ]; then
            say "waiting for device $1 to appear..."
            said=1
        fi
        sleep 0.1
        tries=$((tries + 1))
        [ $((tries % 5)) -ne 0 ] || load_for_devices
        run_hook lookAgain
    done
}

check_fs() {
    local device=$1 type=$2 status
    [ -x "/bin/fsck.$type" ] || return 0
    "/bin/fsck.$type" -a "$device"
    status=$?
    if [ $status -ge 4 ]; then
        say "$device has errors that were not corrected (fsck.$type ended with status $status)."
        fail "check $device by hand: fsck.$type $device"
    elif [ $((status & 2)) -ne 0 ]; then
        say "fsck.$type asks for a reboot..."
        sync
        reboot -f
    fi
}

resize_fs() {
    case $2 in
        ext2 | ext3 | ext4) /bin/resize2fs "$1" ;;
        f2fs) /bin/resize.f2fs "$1" ;;
    esac
}

mount_fs() {
    local place=$1 device=$2 type=$3 options=$4 check=$5 error
    [ "$place" != / ] || [ -z "$rootOverride" ] || device=$rootOverride
    case $check in
        none) ;;
        bind) device=$target$device; mkdir -p "$device" ;;
        *)
            wait_for "$device" || fail "the device $device for $place did not appear within $deviceTimeout s"
            case $check in *check*) check_fs "$device" "$type" ;; esac
            case $check in *resize*) info "growing the file system on $device..."; resize_fs "$device" "$type" ;; esac
            ;;
    esac
    info "mounting $device on $place..."
    mkdir -p "$target$place"
    case $type in
        overlay) make_layers "$options" ;;
    esac
    error=$(mount -t "$type" -o "$options" "$device" "$target$place" 2>&1) && return
    # File systems of unknown type are mounted by trying.
    fail "cannot mount $device (type $type, options $options) on $place: $error"
}

# Upper and work directories exist from the first boot on.
make_layers() {
    local option
    for option in $(printf '%s' "$1" | tr ',' ' '); do
        case $option in
            upperdir=* | workdir=*) mkdir -p "${option#*=}" ;;
        esac
    done
}

mount_all() {
    local place device type options check
    # Octal escapes stand for spaces, as in fstab.
    while read -r place device type options check <&3; do
        mount_fs "$(printf '%b' "$place")" "$(printf '%b' "$device")" "$type" "$options" "$check"
    done 3<"$settings/filesystems"
}

try_resume() {
    local candidate numbers
    [ -e /sys/power/resume ] || return 0
    for candidate in $resumeDevice $resumeCandidates; do
        device=$(resolve "$candidate") || continue
        numbers=$(cat "/sys/class/block/${device##*/}/dev") || continue
        printf '%s' "$numbers" >/sys/power/resume
    done
}

copy_to_ram() {
    [ -n "$copyToRam" ] || return 0
    run_hook copyToRam
}

main() {
    . "$settings/settings"
    mount_special
    say
    say "$(printf '\033[1;32m')<<< $distribution Stage 1 >>>$(printf '\033[0m')"
    say
    read_command_line
    pause_at start
    # Only from here on: before, the kernel would start it for each cipher that tests itself or that it has in parts.
    printf '/bin/modprobe' >/proc/sys/kernel/modprobe
    [ -z "$kernelModules" ] || modprobe -a $kernelModules
    run_hook preDevice
    [ -z "$loadForDevices" ] || load_for_devices
    pause_at devices
    run_hook device
    run_hook preLVM
    run_hook lvm
    run_hook postDevice
    try_resume
    run_hook postResume
    mkdir -p "$target"
    mount_all
    copy_to_ram
    run_hook postMount
    pause_at mounts
    if [ ! -e "$target/$init" ] && [ ! -L "$target/$init" ]; then
        fail "stage 2, $init, is not in the file system that was mounted on / (nor is /nix/store)"
    fi
    printf '/sbin/modprobe' >/proc/sys/kernel/modprobe
    local place
    for place in /proc /dev /sys /run; do
        /bin/busybox mkdir -m 0755 -p "$target$place"
        # Without /proc, busybox cannot start itself.
        /bin/busybox mount -o move "$place" "$target$place"
    done
    exec /bin/busybox env -i /bin/busybox switch_root "$target" "$init"
}

main

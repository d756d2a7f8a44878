#!/bin/sh
# essential.sh ROOT: before the kernel comes. An initrd with what finds the disk and nothing else: to unpack more takes
# seconds at each boot.
set -eu
mkdir -p "$1/etc/initramfs-tools/conf.d"
printf 'MODULES=list\nCOMPRESS=lz4\nFSTYPE=ext4\n' >"$1/etc/initramfs-tools/conf.d/tests"
printf 'virtio_pci\nvirtio_blk\next4\n' >>"$1/etc/initramfs-tools/modules"

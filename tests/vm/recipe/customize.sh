#!/bin/sh
# customize.sh ROOT: what a fresh Debian lacks to be a laptop of the tests; then it becomes a disk.
# Run by mmdebstrap in its own namespace. RECIPE, PYTHON, REQUIREMENTS and OUT come from disk.py.
set -eu
umask 022
root=$1

# --- two people who work on it, each with their name as password --------------------------------------------------
for who in anna bram; do
    chroot "$root" useradd --create-home --shell /bin/bash "$who"
    echo "$who:$who" | chroot "$root" chpasswd
done
echo laptop >"$root/etc/hostname"
echo 0123456789abcdef0123456789abcdef >"$root/etc/machine-id" # without one, each boot would be a first one
echo '127.0.0.1 localhost laptop' >"$root/etc/hosts"
echo '/dev/vda / ext4 noatime 0 0' >"$root/etc/fstab"
cp -R --no-preserve=mode "$RECIPE/overlay/." "$root/"
chmod 755 "$root/opt/deskwarden/desk.sh"
chroot "$root" systemctl --quiet enable dw-shell.service dw-desk.service
# Nothing on this machine happens by itself: tests count what does.
chroot "$root" systemctl --quiet mask apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
    fstrim.timer systemd-tmpfiles-clean.timer e2scrub_reap.service getty@tty1.service serial-getty@ttyS0.service \
    systemd-networkd.service systemd-networkd.socket
chroot "$root" systemctl --quiet disable udisks2.service # the bus starts it for who asks

# --- the product's Python requirements; its code comes when a test starts ------------------------------------------
chroot "$root" python3 -I -m venv --system-site-packages --without-pip /opt/deskwarden/venv
site=$(echo "$root"/opt/deskwarden/venv/lib/python3.*/site-packages)
"$PYTHON" -I -m pip --disable-pip-version-check --no-input --no-cache-dir install --quiet --no-deps \
    --require-hashes --only-binary :all: --target "$site" --requirement "$REQUIREMENTS"
echo /opt/deskwarden/code >"$site/code.pth"

# --- the disk ------------------------------------------------------------------------------------------------------
cat "$root"/boot/vmlinuz-* >"$OUT/vmlinuz"
cat "$root"/boot/initrd.img-* >"$OUT/initrd"
rm -rf "${root:?}"/boot/* "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin
# mmdebstrap has /proc and the like mounted there, in a namespace of its own; a plain bind shows the folder as it is.
mount --bind "$root" "$root/mnt"
mke2fs -q -t ext4 -L laptop -d "$root/mnt" "$OUT/disk.img" 3G
umount "$root/mnt"

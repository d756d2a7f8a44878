#!/bin/sh
# What hangs on anna's screen; started by xinit in her session.
export DBUS_SESSION_BUS_ADDRESS="unix:path=$XDG_RUNTIME_DIR/bus"
dbus-update-activation-environment --systemd DISPLAY XAUTHORITY
# Blanking is the monitor's; only the lock and the tests decide here.
xset s off -dpms
dunst &
xss-lock -- i3lock --nofork --color=204060 &
python3 -I /opt/deskwarden/shell.py /dev/virtio-ports/desk &
exec openbox

"""The laptop itself: what the other tests of this folder stand on."""

from tests.support.until import until


def test_a_pointer_that_a_person_moves_is_seen_on_the_screen(laptop) -> None:
    """The hands are a USB device, and no client of X."""
    laptop.hands.point(0.25, 0.25)
    until(lambda: "x:319 y:199" in laptop.desk.ask("xdotool", "getmouselocation"))
    laptop.hands.point(0.75, 0.75)
    until(lambda: "x:959 y:599" in laptop.desk.ask("xdotool", "getmouselocation"))


def test_the_desk_is_a_session_of_logind(laptop) -> None:
    """An ordinary user's, on the seat's screen."""
    said = laptop.desk.ask("loginctl", "show-session", "self", "-p", "Name", "-p", "Seat", "-p", "Active", "-p", "Type")
    assert sorted(said.split()) == ["Active=yes", "Name=anna", "Seat=seat0", "Type=x11"]


def test_going_back_leaves_nothing_behind(laptop) -> None:
    """Disk, memory and clock are those of the moment that was kept."""
    before = float(laptop.root.ask("cat", "/proc/uptime").split()[0])
    laptop.root.sh("echo here > /home/anna/left && sync; sleep 3")
    laptop.back("start")
    assert laptop.root.run("test", "-e", "/home/anna/left").code == 1
    assert float(laptop.root.ask("cat", "/proc/uptime").split()[0]) < before + 3


def test_a_stick_comes_with_its_serial_number_and_goes(laptop, tmp_path) -> None:
    """As a person's does: the kernel tells udev, with nobody asking."""
    image = tmp_path / "stick.img"
    image.write_bytes(bytes(1 << 20))
    laptop.plug(image, "DW0001")
    name = "/dev/disk/by-id/usb-QEMU_QEMU_HARDDISK_DW0001-0:0"
    until(lambda: laptop.root.run("test", "-e", name).code == 0)
    laptop.unplug("DW0001")
    until(lambda: laptop.root.run("test", "-e", name).code == 1)

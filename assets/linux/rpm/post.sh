# Applies the udev rule at once, also to boards that are already plugged in. Where udev does not run,
# as in a container, there is nothing to apply it to.
if [ -e /run/udev/control ]; then
    udevadm control --reload || :
    udevadm trigger --subsystem-match=usb --action=add || :
fi

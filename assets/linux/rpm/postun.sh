# After the removal of the last version, udev has the rule no longer.
if [ "$1" -eq 0 ] && [ -e /run/udev/control ]; then
    udevadm control --reload || :
fi

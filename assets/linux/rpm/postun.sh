# After the removal of the last version, udev has the rule no longer.
if [ "$1" -eq 0 ]; then
    if [ -e /run/udev/control ]; then
        udevadm control --reload || :
    fi
    # cargo-generate-rpm 0.21 cannot give a package folders. Those of shells, icons and so on belong to
    # other packages, also while they are empty.
    rmdir /usr/share/doc/upfuse 2>/dev/null || :
fi

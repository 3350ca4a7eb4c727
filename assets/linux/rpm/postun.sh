# After the removal of the last version, udev has the rule no longer.
if [ "$1" -eq 0 ]; then
    if [ -e /run/udev/control ]; then
        udevadm control --reload || :
    fi
    # cargo-generate-rpm 0.21 cannot give a package folders. These may have been made for its files;
    # one that holds anything else stays.
    for folder in doc/upfuse fish/vendor_completions.d fish zsh/site-functions zsh; do
        rmdir "/usr/share/$folder" 2>/dev/null || :
    done
fi

# The version, from its one place. Sourced, never run; after tests/guest/lib.sh.

# The version of the package in Cargo.toml.
package_version() { sed -n '/^\[package\]/,/^\[/s/^version = "\(.*\)"$/\1/p' "$root_dir/Cargo.toml"; }

# The time that files in archives bear, in seconds: of the commit, so that the same source makes the
# same archive.
source_date() {
    echo "${SOURCE_DATE_EPOCH:-$(git -C "$root_dir" log -1 --format=%ct 2>/dev/null || date +%s)}"
}

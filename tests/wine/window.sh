# The window under Wine: a simulated upgrade by mouse, and what is said where no window can open.
# Sourced, never run.

# The colours of src/gui/theme.rs: of the big button, and behind a result; light and dark.
button_colours=(1D5BD0 3069DB)
good_colours=(E2F4E9 18372A)
bad_colours=(FCE9E7 432322 FDF1DC 3B2E17)

# largest_area COLOUR...: "WIDTH HEIGHT X Y" of the largest area of one of these colours.
largest_area() {
    local colour shot="$build_dir/looking.png"
    photograph "$shot"
    for colour in "$@"; do
        convert "$shot" -alpha off -fill black +opaque "#$colour" -fill white -opaque "#$colour" \
            -define connected-components:verbose=true \
            -define connected-components:area-threshold=4000 -connected-components 4 null: |
            sed -nE 's/^ *[0-9]+: ([0-9]+)x([0-9]+)\+([0-9]+)\+([0-9]+) [^ ]+ [0-9]+ (s?rgb|gray)\((255|255,255,255)\)$/\1 \2 \3 \4/p' |
            head -n 1
    done | sort -k1,1nr | head -n 1 | grep .
}

# Wide and high enough to be the button, not a mark in its colour.
find_button() {
    local width height x y
    read -r width height x y < <(largest_area "${button_colours[@]}") || return 1
    [ "$width" -ge 200 ] && [ "$height" -ge 30 ] || return 1
    button_x=$((x + width / 2))
    button_y=$((y + height / 2))
}

# A middle of the button that two looks agree on: the window has stopped moving.
find_still_button() {
    find_button || return 1
    local before="$button_x $button_y"
    find_button && [ "$before" = "$button_x $button_y" ]
}

finished() {
    largest_area "${good_colours[@]}" "${bad_colours[@]}"
}

try_window() {
    local file
    file="$(windows_path "$files/моя прошивка für 工具/новая версия ü.dfu")"
    $wine "$run_dir/upfuse.exe" --simulate f407 "$file" >"$build_dir/window.log" 2>&1 &
    local window=$! status=0
    if wait_until 60 find_still_button; then
        xdotool mousemove "$button_x" "$button_y" click 1
        # Out of the way, so that no tooltip covers what the picture is to show.
        xdotool mousemove 5 895
        if wait_until 60 finished; then
            sleep 1
            photograph "$out_dir/window.png"
            if largest_area "${good_colours[@]}" >/dev/null; then
                verdict ok "a simulated upgrade was clicked through: $out_dir/window.png"
            else
                verdict WRONG "the simulated upgrade did not end well: $out_dir/window.png"
            fi
        else
            photograph "$out_dir/window.png"
            verdict WRONG "the simulated upgrade did not end: $out_dir/window.png"
        fi
    else
        photograph "$out_dir/window.png"
        verdict WRONG "the window did not come, or its button stayed off: $out_dir/window.png"
    fi
    if kill -0 "$window" 2>/dev/null; then
        # Without a window manager nothing has the keyboard until it is given.
        xdotool search --name '^Upfuse$' windowfocus key ctrl+q || true
        if wait_until 10 gone "$window"; then
            wait "$window" || status=$?
        else
            kill "$window"
            status=killed
        fi
        if [ "$status" = 0 ]; then
            verdict ok "exit code 0: upfuse.exe, closed with Ctrl+Q"
        else
            verdict WRONG "exit code $status instead of 0: upfuse.exe, closed with Ctrl+Q"
        fi
    else
        verdict WRONG "upfuse.exe ended by itself"
    fi
}

gone() { ! kill -0 "$1" 2>/dev/null; }

# As over Remote Desktop and in virtual machines: a display without OpenGL, or with that of
# Windows 95. `start` starts a program as Explorer does, with nothing to print to.
try_without_opengl() {
    MESA_GL_VERSION_OVERRIDE=1.1 try_message "Upfuse cannot open its window" 1 old-opengl.png \
        $wine "$run_dir/upfuse.exe" "$(windows_path "$files/firmware.dfu")"
    stop_display
    start_display 1280 900 -extension GLX
    try_message "Upfuse cannot open its window" 1 no-opengl.png \
        $wine "$run_dir/upfuse.exe" "$(windows_path "$files/firmware.dfu")"
    try_message "This is a command for upfuse-cli" 2 no-console.png \
        $wine start /wait /unix "$run_dir/upfuse.exe" info "$(windows_path "$files/firmware.dfu")"
}

# try_message TITLE CODE PICTURE COMMAND...: the command must show a message and end with CODE
# once it is closed.
try_message() {
    local title="$1" code="$2" picture="$out_dir/$3" status=0
    shift 3
    "$@" </dev/null &
    local program=$!
    if ! wait_until 60 xdotool search --name "$title"; then
        photograph "$picture"
        kill "$program" 2>/dev/null || true
        verdict WRONG "no message '$title': $picture"
        return
    fi
    sleep 0.5
    photograph "$picture"
    xdotool search --name "$title" windowfocus --sync key Return
    if wait_until 10 gone "$program"; then
        wait "$program" || status=$?
    else
        kill "$program"
        status=killed
    fi
    if [ "$status" = "$code" ]; then
        verdict ok "exit code $code behind the message '$title': $picture"
    else
        verdict WRONG "exit code $status instead of $code behind the message '$title': $picture"
    fi
}

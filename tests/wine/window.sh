# Tests the window under Wine: a simulated upgrade by mouse, and the messages without OpenGL or a
# console. Sourced, never run.

# Colours of src/gui/theme.rs: the main button and the background of results; light and dark.
button_colours=(1D5BD0 3069DB)
good_colours=(E2F4E9 18372A)
bad_colours=(FCE9E7 432322 FDF1DC 3B2E17)

# largest_area COLOUR...: "WIDTH HEIGHT X Y" of the largest area of one of these colours.
largest_area() {
    local colour shot="$build_dir/area.png"
    screenshot "$shot"
    for colour in "$@"; do
        convert "$shot" -alpha off -fill black +opaque "#$colour" -fill white -opaque "#$colour" \
            -define connected-components:verbose=true \
            -define connected-components:area-threshold=4000 -connected-components 4 null: |
            sed -nE 's/^ *[0-9]+: ([0-9]+)x([0-9]+)\+([0-9]+)\+([0-9]+) [^ ]+ [0-9]+ (s?rgb|gray)\((255|255,255,255)\)$/\1 \2 \3 \4/p' |
            head -n 1
    done | sort -k1,1nr | head -n 1 | grep .
}

# An area of the size of the button, not an icon in its colour.
find_button() {
    local width height x y
    read -r width height x y < <(largest_area "${button_colours[@]}") || return 1
    [ "$width" -ge 200 ] && [ "$height" -ge 30 ] || return 1
    button_x=$((x + width / 2))
    button_y=$((y + height / 2))
}

# Finds the button at the same place twice: the window has stopped moving.
find_still_button() {
    find_button || return 1
    local before="$button_x $button_y"
    find_button && [ "$before" = "$button_x $button_y" ]
}

finished() {
    largest_area "${good_colours[@]}" "${bad_colours[@]}"
}

test_window() {
    local file
    file="$(windows_path "$files/моя прошивка für 工具/новая версия ü.dfu")"
    # The pointer begins in the middle of the screen, and a button under it has another colour.
    xdotool mousemove 5 895
    $wine "$run_dir/upfuse.exe" --simulate f407 "$file" >"$build_dir/window.log" 2>&1 &
    local window=$! status=0
    if wait_until 60 find_still_button; then
        xdotool mousemove "$button_x" "$button_y" click 1
        # Away from anything with a tooltip.
        xdotool mousemove 5 895
        if wait_until 60 finished; then
            sleep 1
            screenshot "$out_dir/window.png"
            if largest_area "${good_colours[@]}" >/dev/null; then
                result ok "a simulated upgrade was done by mouse: $out_dir/window.png"
            else
                result FAIL "the simulated upgrade failed: $out_dir/window.png"
            fi
        else
            screenshot "$out_dir/window.png"
            result FAIL "the simulated upgrade did not end: $out_dir/window.png"
        fi
    else
        screenshot "$out_dir/window.png"
        result FAIL "the window did not open, or its button stayed disabled: $out_dir/window.png"
    fi
    if kill -0 "$window" 2>/dev/null; then
        # Without a window manager the window must be given the focus.
        xdotool search --name '^Upfuse$' windowfocus key ctrl+q || true
        if wait_until 10 gone "$window"; then
            wait "$window" || status=$?
        else
            kill "$window"
            status=killed
        fi
        if [ "$status" = 0 ]; then
            result ok "exit code 0: upfuse.exe, closed with Ctrl+Q"
        else
            result FAIL "exit code $status instead of 0: upfuse.exe, closed with Ctrl+Q"
        fi
    else
        result FAIL "upfuse.exe ended early"
    fi
}

gone() { ! kill -0 "$1" 2>/dev/null; }

# A display without OpenGL or with OpenGL 1.1, as over Remote Desktop and in virtual machines.
# `start` starts a program as Explorer does, without a console.
test_without_opengl() {
    MESA_GL_VERSION_OVERRIDE=1.1 test_message "Upfuse cannot open its window" 1 old-opengl.png \
        $wine "$run_dir/upfuse.exe" "$(windows_path "$files/firmware.dfu")"
    stop_display
    start_display 1280 900 -extension GLX
    test_message "Upfuse cannot open its window" 1 no-opengl.png \
        $wine "$run_dir/upfuse.exe" "$(windows_path "$files/firmware.dfu")"
    test_message "This is a command for upfuse-cli" 2 no-console.png \
        $wine start /wait /unix "$run_dir/upfuse.exe" info "$(windows_path "$files/firmware.dfu")"
}

# test_message TITLE CODE PICTURE COMMAND...: the command must show a message, and end with CODE when
# it is closed.
test_message() {
    local title="$1" code="$2" picture="$out_dir/$3" status=0
    shift 3
    "$@" </dev/null &
    local program=$!
    if ! wait_until 60 xdotool search --name "$title"; then
        screenshot "$picture"
        kill "$program" 2>/dev/null || true
        result FAIL "no message '$title': $picture"
        return
    fi
    sleep 0.5
    screenshot "$picture"
    xdotool search --name "$title" windowfocus --sync key Return
    if wait_until 10 gone "$program"; then
        wait "$program" || status=$?
    else
        kill "$program"
        status=killed
    fi
    if [ "$status" = "$code" ]; then
        result ok "exit code $code after the message '$title': $picture"
    else
        result FAIL "exit code $status instead of $code after the message '$title': $picture"
    fi
}

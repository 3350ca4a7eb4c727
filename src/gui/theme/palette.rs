//! The colours by purpose, for light and dark.

use egui::Color32;

/// Colours by purpose. Contrast against `surface` and `window` is at least 4.5:1 for every
/// colour that carries text; a test checks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tokens {
    pub window: Color32,
    pub surface: Color32,
    /// Wells and inactive controls.
    pub inset: Color32,
    pub border: Color32,
    /// Edges of controls: 3:1 against the surface.
    pub control_border: Color32,
    pub text: Color32,
    pub muted: Color32,
    pub accent: Color32,
    pub accent_hover: Color32,
    pub accent_pressed: Color32,
    pub on_accent: Color32,
    /// Links, and the accent as text.
    pub accent_text: Color32,
    /// Behind a selected item.
    pub accent_soft: Color32,
    pub good: Color32,
    pub good_soft: Color32,
    pub warn: Color32,
    pub warn_soft: Color32,
    pub bad: Color32,
    pub bad_soft: Color32,
    /// A destructive button.
    pub bad_fill: Color32,
    pub on_bad: Color32,
    pub map: MapColours,
}

/// Distinguishable with any colour vision: blue, orange, green and vermilion of Okabe and Ito,
/// which also differ in lightness.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MapColours {
    /// The image does not touch it.
    pub untouched: Color32,
    pub matches: Color32,
    /// Changes, or still to do.
    pub to_write: Color32,
    pub erased: Color32,
    pub written: Color32,
    pub verified: Color32,
    pub mismatch: Color32,
    /// The contents are unknown.
    pub uncertain: Color32,
    /// Erased, but not in the image.
    pub lost: Color32,
    pub outline: Color32,
}

const fn rgb(value: u32) -> Color32 {
    let [_, r, g, b] = value.to_be_bytes();
    Color32::from_rgb(r, g, b)
}

pub(crate) const LIGHT: Tokens = Tokens {
    window: rgb(0xF3F4F7),
    surface: rgb(0xFFFFFF),
    inset: rgb(0xE9ECF1),
    border: rgb(0xD7DBE3),
    control_border: rgb(0x868F9E),
    text: rgb(0x171B22),
    muted: rgb(0x545D6B),
    accent: rgb(0x1D5BD0),
    accent_hover: rgb(0x174BB0),
    accent_pressed: rgb(0x123D92),
    on_accent: rgb(0xFFFFFF),
    accent_text: rgb(0x1A55C4),
    accent_soft: rgb(0xE3ECFD),
    good: rgb(0x0B6B3E),
    good_soft: rgb(0xE2F4E9),
    warn: rgb(0x855000),
    warn_soft: rgb(0xFDF1DC),
    bad: rgb(0xB3241C),
    bad_soft: rgb(0xFCE9E7),
    bad_fill: rgb(0xB3241C),
    on_bad: rgb(0xFFFFFF),
    map: MapColours {
        untouched: rgb(0xE1E5EB),
        matches: rgb(0x57B894),
        to_write: rgb(0x8CC4F0),
        erased: rgb(0xFFFFFF),
        written: rgb(0x1D5BD0),
        verified: rgb(0x0B7A4B),
        mismatch: rgb(0xC8321F),
        uncertain: rgb(0xC25A93),
        lost: rgb(0xF3C77B),
        outline: rgb(0x868F9E),
    },
};

pub(crate) const DARK: Tokens = Tokens {
    window: rgb(0x14171C),
    surface: rgb(0x1D2129),
    inset: rgb(0x2A303A),
    border: rgb(0x353C48),
    control_border: rgb(0x727D8E),
    text: rgb(0xE9ECF1),
    muted: rgb(0xA9B2C0),
    accent: rgb(0x3069DB),
    accent_hover: rgb(0x2459C4),
    accent_pressed: rgb(0x1C4BAA),
    on_accent: rgb(0xFFFFFF),
    accent_text: rgb(0x8CB6FF),
    accent_soft: rgb(0x24365A),
    good: rgb(0x6AD8A0),
    good_soft: rgb(0x18372A),
    warn: rgb(0xF3BC5E),
    warn_soft: rgb(0x3B2E17),
    bad: rgb(0xFF9186),
    bad_soft: rgb(0x432322),
    bad_fill: rgb(0xC43A30),
    on_bad: rgb(0xFFFFFF),
    map: MapColours {
        untouched: rgb(0x343B46),
        matches: rgb(0x3E9474),
        to_write: rgb(0x2F5F8A),
        erased: rgb(0x14171C),
        written: rgb(0x6C9DFF),
        verified: rgb(0x55D39A),
        mismatch: rgb(0xFF6F5E),
        uncertain: rgb(0xE58CBB),
        lost: rgb(0x8A6420),
        outline: rgb(0x727D8E),
    },
};

#[cfg(test)]
mod tests {
    use super::*;

    /// WCAG 2.2, relative luminance.
    fn luminance(colour: Color32) -> f64 {
        let channel = |value: u8| {
            let c = f64::from(value) / 255.0;
            if c <= 0.04045 {
                c / 12.92
            } else {
                ((c + 0.055) / 1.055).powf(2.4)
            }
        };
        let [r, g, b, _] = colour.to_array();
        0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b)
    }

    fn contrast(a: Color32, b: Color32) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_has_a_contrast_of_at_least_4_5_to_1() {
        for (theme, t) in [("light", LIGHT), ("dark", DARK)] {
            let pairs = [
                (
                    "text",
                    t.text,
                    vec![t.window, t.surface, t.inset, t.accent_soft],
                ),
                (
                    "muted",
                    t.muted,
                    vec![t.window, t.surface, t.inset, t.accent_soft],
                ),
                (
                    "accent text",
                    t.accent_text,
                    vec![t.window, t.surface, t.accent_soft],
                ),
                (
                    "on accent",
                    t.on_accent,
                    vec![t.accent, t.accent_hover, t.accent_pressed],
                ),
                ("good", t.good, vec![t.window, t.surface, t.good_soft]),
                ("warn", t.warn, vec![t.window, t.surface, t.warn_soft]),
                ("bad", t.bad, vec![t.window, t.surface, t.bad_soft]),
                (
                    "text on soft",
                    t.text,
                    vec![t.good_soft, t.warn_soft, t.bad_soft],
                ),
                (
                    "muted on soft",
                    t.muted,
                    vec![t.good_soft, t.warn_soft, t.bad_soft],
                ),
                ("on bad", t.on_bad, vec![t.bad_fill]),
            ];
            for (name, front, backs) in pairs {
                for back in backs {
                    let ratio = contrast(front, back);
                    assert!(
                        ratio >= 4.5,
                        "{theme}: {name} on {back:?} is only {ratio:.2}:1"
                    );
                }
            }
        }
    }

    #[test]
    fn edges_of_controls_have_a_contrast_of_at_least_3_to_1() {
        for t in [LIGHT, DARK] {
            assert!(contrast(t.control_border, t.surface) >= 3.0);
            assert!(contrast(t.map.outline, t.map.erased) >= 3.0);
        }
    }
}

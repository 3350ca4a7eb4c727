//! The theme: colours, type and spacing, each named once. Nothing else under `gui` names a colour or
//! a size of its own.

use egui::{
    Color32, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin, Stroke, Style,
    TextStyle, Theme, Visuals, epaint::Shadow, vec2,
};
use std::sync::Arc;

mod palette;

use palette::{DARK, LIGHT};
pub(super) use palette::{MapColours, Tokens};

/// The spacing scale, in points.
pub(super) mod space {
    /// Between rows of a list.
    pub(crate) const XXS: f32 = 2.0;
    pub(crate) const XS: f32 = 4.0;
    /// Between a small icon and its text.
    pub(crate) const ICON: f32 = 5.0;
    /// Between lines that belong together.
    pub(crate) const LINES: f32 = 6.0;
    pub(crate) const S: f32 = 8.0;
    pub(crate) const M: f32 = 12.0;
    pub(crate) const L: f32 = 16.0;
    pub(crate) const XL: f32 = 24.0;
}

/// Sizes of icons, by the text next to them.
pub(super) mod icon_size {
    pub(crate) const SMALL: f32 = 14.0;
    pub(crate) const BODY: f32 = 16.0;
    /// Next to the name of a file, or a message.
    pub(crate) const ENTRY: f32 = 18.0;
    pub(crate) const TITLE: f32 = 24.0;
}

/// Widths of lines.
pub(super) mod line {
    pub(crate) const THIN: f32 = 1.0;
    /// Around the card of a board or of a batch slot.
    pub(crate) const EDGE: f32 = 1.5;
    /// Around the item at the keyboard cursor or the pointer.
    pub(crate) const RING: f32 = 2.0;
}

/// Enough for an address in monospace.
pub(super) const ADDRESS_WIDTH: f32 = 130.0;

/// The widest that the column of file, map and action becomes.
pub(super) const COLUMN_WIDTH: f32 = 960.0;

/// Narrower windows have the boards in a list at the top that opens.
pub(super) const NARROW: f32 = 800.0;

/// Corners of cards and of everything inside them.
pub(super) const CARD_RADIUS: u8 = 10;
pub(super) const CONTROL_RADIUS: u8 = 6;

/// The type scale. `Body`, `Button`, `Monospace`, `Small` and `Heading` are egui's own names.
pub(super) mod text {
    use egui::TextStyle;

    /// The result of a job, titles of questions.
    pub(crate) fn title() -> TextStyle {
        TextStyle::Name("title".into())
    }

    /// Emphasis within body text.
    pub(crate) fn strong() -> TextStyle {
        TextStyle::Name("strong".into())
    }

    /// The main button.
    pub(crate) fn large() -> TextStyle {
        TextStyle::Name("large".into())
    }

    /// Addresses under the map.
    pub(crate) fn small_mono() -> TextStyle {
        TextStyle::Name("small-mono".into())
    }
}

/// The tokens of the theme that `ui` is drawn in.
pub(super) fn tokens(ui: &egui::Ui) -> &'static Tokens {
    for_visuals(ui.visuals())
}

pub(super) fn for_visuals(visuals: &Visuals) -> &'static Tokens {
    if visuals.dark_mode { &DARK } else { &LIGHT }
}

/// Sets the fonts and both themes.
pub(super) fn install(ctx: &egui::Context) {
    ctx.set_fonts(fonts());
    for (theme, tokens) in [(Theme::Light, &LIGHT), (Theme::Dark, &DARK)] {
        ctx.style_mut_of(theme, |style| apply(style, tokens));
    }
}

fn fonts() -> FontDefinitions {
    const REGULAR: &[u8] = include_bytes!("../../assets/fonts/Inter-Regular.otf");
    const SEMI_BOLD: &[u8] = include_bytes!("../../assets/fonts/Inter-SemiBold.otf");

    let mut fonts = FontDefinitions::default();
    let fallbacks = fonts
        .families
        .get(&FontFamily::Proportional)
        .cloned()
        .unwrap_or_default();
    let mut family = |name: &str, data: &'static [u8], family: FontFamily| {
        let mut names = vec![name.to_owned()];
        names.extend(fallbacks.iter().cloned());
        fonts
            .font_data
            .insert(name.to_owned(), Arc::new(FontData::from_static(data)));
        fonts.families.insert(family, names);
    };
    family("Inter", REGULAR, FontFamily::Proportional);
    family("Inter SemiBold", SEMI_BOLD, strong_family());
    fonts
}

fn strong_family() -> FontFamily {
    FontFamily::Name("strong".into())
}

fn apply(style: &mut Style, t: &Tokens) {
    use FontFamily::{Monospace, Proportional};
    style.text_styles = [
        (TextStyle::Small, FontId::new(12.0, Proportional)),
        (TextStyle::Body, FontId::new(14.0, Proportional)),
        (TextStyle::Button, FontId::new(14.0, Proportional)),
        (TextStyle::Monospace, FontId::new(13.0, Monospace)),
        (TextStyle::Heading, FontId::new(16.0, strong_family())),
        (text::strong(), FontId::new(14.0, strong_family())),
        (text::title(), FontId::new(20.0, strong_family())),
        (text::large(), FontId::new(17.0, strong_family())),
        (text::small_mono(), FontId::new(11.5, Monospace)),
    ]
    .into();
    // Short, because an animation repaints while nothing else changes.
    style.animation_time = 0.08;
    style.interaction.tooltip_delay = 0.35;
    style.interaction.selectable_labels = true;

    let spacing = &mut style.spacing;
    spacing.item_spacing = vec2(space::S, space::S);
    spacing.button_padding = vec2(12.0, 5.0);
    spacing.interact_size = vec2(40.0, 30.0);
    spacing.icon_width = 18.0;
    spacing.icon_width_inner = 10.0;
    spacing.icon_spacing = 7.0;
    spacing.window_margin = Margin::same(20);
    spacing.menu_margin = Margin::same(6);
    spacing.tooltip_width = 380.0;
    spacing.text_edit_width = 200.0;
    spacing.scroll = egui::style::ScrollStyle {
        floating: true,
        bar_width: 9.0,
        floating_width: 6.0,
        floating_allocated_width: 11.0,
        handle_min_length: 24.0,
        foreground_color: true,
        dormant_background_opacity: 0.0,
        active_background_opacity: 0.0,
        interact_background_opacity: 0.0,
        dormant_handle_opacity: 0.35,
        active_handle_opacity: 0.45,
        interact_handle_opacity: 0.65,
        ..egui::style::ScrollStyle::solid()
    };

    visuals(&mut style.visuals, t);
}

fn visuals(v: &mut Visuals, t: &Tokens) {
    let radius = CornerRadius::same(CONTROL_RADIUS);
    v.panel_fill = t.window;
    v.window_fill = t.surface;
    v.window_stroke = Stroke::new(1.0, t.border);
    v.window_corner_radius = CornerRadius::same(CARD_RADIUS);
    v.menu_corner_radius = CornerRadius::same(8);
    v.window_shadow = shadow(24, 8);
    v.popup_shadow = shadow(12, 4);
    v.extreme_bg_color = t.inset;
    v.text_edit_bg_color = Some(t.surface);
    v.faint_bg_color = t.inset;
    v.code_bg_color = t.inset;
    v.hyperlink_color = t.accent_text;
    v.warn_fg_color = t.warn;
    v.error_fg_color = t.bad;
    v.weak_text_color = Some(t.muted);
    v.selection.bg_fill = t.accent_soft;
    v.selection.stroke = Stroke::new(1.0, t.accent_text);
    v.text_cursor.stroke = Stroke::new(2.0, t.accent_text);
    v.disabled_alpha = 0.55;
    v.interact_cursor = Some(egui::CursorIcon::PointingHand);

    let w = &mut v.widgets;
    for widget in [
        &mut w.noninteractive,
        &mut w.inactive,
        &mut w.hovered,
        &mut w.active,
        &mut w.open,
    ] {
        widget.corner_radius = radius;
        widget.expansion = 0.0;
        // Wide enough for the tick of a check box.
        widget.fg_stroke = Stroke::new(1.8, t.text);
    }
    w.noninteractive.bg_fill = t.surface;
    w.noninteractive.weak_bg_fill = t.surface;
    w.noninteractive.bg_stroke = Stroke::new(1.0, t.border);

    w.inactive.bg_fill = t.surface;
    w.inactive.weak_bg_fill = t.surface;
    w.inactive.bg_stroke = Stroke::new(1.0, t.control_border);

    w.hovered.bg_fill = t.inset;
    w.hovered.weak_bg_fill = t.inset;
    w.hovered.bg_stroke = Stroke::new(1.0, t.text);

    // egui draws the focused widget as active: the ring marks it.
    w.active.bg_fill = t.inset;
    w.active.weak_bg_fill = t.inset;
    w.active.bg_stroke = Stroke::new(2.0, t.accent_text);

    w.open.bg_fill = t.inset;
    w.open.weak_bg_fill = t.inset;
    w.open.bg_stroke = Stroke::new(1.0, t.control_border);
}

fn shadow(blur: u8, offset: i8) -> Shadow {
    Shadow {
        offset: [0, offset],
        blur,
        spread: 0,
        color: Color32::from_black_alpha(70),
    }
}

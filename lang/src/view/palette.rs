//! The colours of pictures, light and dark: every text colour has a contrast of at least 4.5 : 1 on what lies behind it.
//!
//! Enters: a theme. Leaves: colours as `#rrggbb`.

/// What a picture is drawn for. It is an opaque card either way, since an `<img>` cannot see the page around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// Dark ink on light ground.
    #[default]
    Light,
    /// Light ink on dark ground.
    Dark,
}

/// A colour of a picture by its purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// The card behind everything.
    Card,
    /// The card's edge and hairlines.
    Edge,
    /// Boxes of lane names.
    Head,
    /// What is read.
    Text,
    /// What is read last.
    Muted,
    /// Life lines of nodes.
    Lane,
    /// Guides from a step to its words, life lines of nodes that are down.
    Faint,
    /// Steps of clients.
    Action,
    /// Messages and deliveries.
    Message,
    /// Steps of resolutions.
    Resolution,
    /// Steps of reconcilers.
    Reconciler,
    /// Faults.
    Fault,
    /// Behind the step that breaks.
    Alarm,
    /// Words on `Alarm`.
    Broken,
    /// Behind nodes cut off from the others, and the wall between the sides.
    Cut,
    /// Partitions.
    Wall,
    /// Behind the steps of a loop.
    Loop,
    /// Behind stretches in which a node is down.
    Down,
}

impl Ink {
    /// Every colour.
    pub const ALL: [Ink; 18] = [
        Ink::Card,
        Ink::Edge,
        Ink::Head,
        Ink::Text,
        Ink::Muted,
        Ink::Lane,
        Ink::Faint,
        Ink::Action,
        Ink::Message,
        Ink::Resolution,
        Ink::Reconciler,
        Ink::Fault,
        Ink::Alarm,
        Ink::Broken,
        Ink::Cut,
        Ink::Wall,
        Ink::Loop,
        Ink::Down,
    ];

    /// Those of words, for tests that measure contrasts.
    pub const TEXTS: [Ink; 8] = [
        Ink::Text,
        Ink::Muted,
        Ink::Action,
        Ink::Message,
        Ink::Resolution,
        Ink::Reconciler,
        Ink::Fault,
        Ink::Broken,
    ];

    /// The colour as `#rrggbb`.
    pub fn hex(self, theme: Theme) -> &'static str {
        let (light, dark) = match self {
            Ink::Card => ("#ffffff", "#16191f"),
            Ink::Edge => ("#d4d9e0", "#3a414d"),
            Ink::Head => ("#eef1f5", "#262c36"),
            Ink::Text => ("#1b212b", "#e8ecf2"),
            Ink::Muted => ("#56606f", "#a9b3c1"),
            Ink::Lane => ("#77818f", "#8a94a3"),
            Ink::Faint => ("#c3cad4", "#4b5462"),
            Ink::Action => ("#1257a8", "#7db7ff"),
            Ink::Message => ("#30587f", "#9ac4ee"),
            Ink::Resolution => ("#0b6b50", "#55cfa5"),
            Ink::Reconciler => ("#6b3fa8", "#c3a2ff"),
            Ink::Fault => ("#a8460b", "#ffb07a"),
            Ink::Alarm => ("#fdecea", "#451a1d"),
            Ink::Broken => ("#a5121d", "#ff9d98"),
            Ink::Cut => ("#fbf1dc", "#362c16"),
            Ink::Wall => ("#9a6a08", "#e3b457"),
            Ink::Loop => ("#efe9fa", "#2b2440"),
            Ink::Down => ("#f0f0f0", "#22262d"),
        };
        match theme {
            Theme::Light => light,
            Theme::Dark => dark,
        }
    }
}

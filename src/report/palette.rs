//! Colours and dashes of charts: a fixed order that colour-blind readers can tell apart.

/// A colour as red, green and blue.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rgb(pub u8, pub u8, pub u8);

/// The strokes of a line: lengths of dash and gap in pixels, in turn. Empty: solid.
pub type Dash = &'static [f64];

/// Text and axes.
pub const INK: Rgb = Rgb(0x22, 0x26, 0x2b);
/// Secondary text.
pub const MUTED: Rgb = Rgb(0x5c, 0x64, 0x6e);
/// Grid lines.
pub const GRID: Rgb = Rgb(0xe3, 0xe6, 0xea);
/// The paper.
pub const PAPER: Rgb = Rgb(0xff, 0xff, 0xff);
/// What went wrong: failed requests, refused launches (vermillion).
pub const FAILURE: Rgb = Rgb(0xd5, 0x5e, 0x00);
/// A limit or an objective.
pub const LIMIT: Rgb = Rgb(0x3a, 0x3f, 0x46);

/// A dash for targets, limits and wishes.
pub const DASHED: Dash = &[7.0, 4.0];

/// Okabe and Ito's palette ("Color Universal Design", 2008), the ones that read well on white
/// first.
const COLOURS: [Rgb; 8] = [
    Rgb(0x00, 0x72, 0xb2), // blue
    Rgb(0xe6, 0x9f, 0x00), // orange
    Rgb(0x00, 0x9e, 0x73), // bluish green
    Rgb(0xcc, 0x79, 0xa7), // reddish purple
    Rgb(0xd5, 0x5e, 0x00), // vermillion
    Rgb(0x56, 0xb4, 0xe9), // sky blue
    Rgb(0x55, 0x5b, 0x63), // grey, in place of black
    Rgb(0xd8, 0xc8, 0x1c), // yellow, darkened for white paper
];

/// The same on a dark ground: lighter where they would sink into it.
const ON_DARK: [Rgb; 8] = [
    Rgb(0x4a, 0xa3, 0xdf),
    Rgb(0xe6, 0x9f, 0x00),
    Rgb(0x2c, 0xc0, 0x9a),
    Rgb(0xdd, 0x93, 0xbd),
    Rgb(0xf2, 0x7a, 0x2c),
    Rgb(0x8f, 0xd0, 0xf5),
    Rgb(0xb4, 0xbc, 0xc6),
    Rgb(0xf0, 0xe4, 0x42),
];

const DASHES: [Dash; 5] = [
    &[],
    &[8.0, 3.0],
    &[2.5, 2.5],
    &[10.0, 3.0, 2.5, 3.0],
    &[14.0, 4.0],
];

/// The colour of the `index`th thing of a chart; it starts over after the last.
pub fn colour(index: usize) -> Rgb {
    COLOURS[index % COLOURS.len()]
}

/// Of each colour that on light and that on dark ground, as a style sheet writes them.
pub fn on_pages() -> impl Iterator<Item = (String, String)> {
    let pairs = COLOURS.iter().zip(ON_DARK);
    pairs.map(|(light, dark)| (light.hex(), dark.hex()))
}

/// The dash of the `index`th line of a chart: lines stay apart without their colours.
pub fn dash(index: usize) -> Dash {
    DASHES[index % DASHES.len()]
}

impl Rgb {
    /// `#0072b2`
    pub fn hex(self) -> String {
        let Rgb(red, green, blue) = self;
        format!("#{red:02x}{green:02x}{blue:02x}")
    }

    /// Mixed with the paper: 0 leaves the colour, 1 is white.
    pub fn lighter(self, share: f64) -> Rgb {
        let share = share.clamp(0.0, 1.0);
        let mix = |channel: u8| {
            let channel = f64::from(channel);
            (channel + (255.0 - channel) * share).round() as u8
        };
        Rgb(mix(self.0), mix(self.1), mix(self.2))
    }

    /// Mixed with black: 0 leaves the colour, 1 is black.
    pub fn darker(self, share: f64) -> Rgb {
        let keep = 1.0 - share.clamp(0.0, 1.0);
        let mix = |channel: u8| (f64::from(channel) * keep).round() as u8;
        Rgb(mix(self.0), mix(self.1), mix(self.2))
    }
}

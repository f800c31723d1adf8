//! From a figure to a scene: heading, panels, the shared axis, and a legend below that covers
//! nothing.

use crate::report::axis::{
    Ticks, TimeTick, Unit, linear, logarithmic, time_ticks, within_shares, zone_note,
};
use crate::report::palette::{INK, MUTED};

use super::figure::{Figure, Form, Horizontal, Layer};
use super::legend::Legend;
use super::panel::{self, Plot, Scale};
use super::scene::{Anchor, Ink, Scene, Type};
use super::{ChartError, HEIGHT, WIDTH, rows, text};

pub(super) const MARGIN: f64 = 28.0;
pub(super) const RIGHT: f64 = 48.0;
const PANELS_TOP: f64 = 78.0;
const PANEL_TITLE: f64 = 27.0;
const PANEL_GAP: f64 = 18.0;
const TICK_SIZE: f64 = 12.0;

const TITLE: Type = Type {
    size: 20.0,
    bold: true,
    colour: INK,
    anchor: Anchor::Start,
};
/// The size of a heading that is too long for its own.
const LONG_TITLE: f64 = 15.5;
const NOTE: Type = Type {
    size: 15.0,
    bold: true,
    colour: INK,
    anchor: Anchor::End,
};
const SUBTITLE: Type = Type {
    size: 13.0,
    bold: false,
    colour: MUTED,
    anchor: Anchor::Start,
};
const PANEL: Type = Type {
    size: 13.0,
    bold: true,
    colour: INK,
    anchor: Anchor::Start,
};
const TICK: Type = Type {
    size: TICK_SIZE,
    bold: false,
    colour: INK,
    anchor: Anchor::Middle,
};
const DAY: Type = Type {
    size: TICK_SIZE,
    bold: true,
    colour: INK,
    anchor: Anchor::Middle,
};
const AXIS_NOTE: Type = Type {
    size: 12.0,
    bold: false,
    colour: MUTED,
    anchor: Anchor::End,
};

/// The figure as shapes.
pub(super) fn scene(figure: &Figure) -> Result<Scene, ChartError> {
    text::register()?;
    let mut scene = Scene {
        title: figure.title.clone(),
        width: WIDTH,
        height: HEIGHT,
        shapes: Vec::new(),
        cut: rows::cut_names(figure, TICK_SIZE),
    };
    heading(&mut scene, figure);
    let legend = Legend::of(figure);
    let legend_top = HEIGHT - 12.0 - legend.height();
    legend.draw(&mut scene, legend_top);

    let ticks = horizontal_ticks(figure);
    let day_row = if ticks.iter().any(|tick| tick.day.is_some()) {
        16.0
    } else {
        0.0
    };
    let panels_bottom = legend_top - 46.0 - day_row;
    let vertical: Vec<_> = figure.panels.iter().map(panel::vertical_ticks).collect();
    let labels = vertical.iter().flat_map(|ticks| &ticks.ticks);
    let lines = labels.flat_map(|(_, label)| label.split('\n'));
    let widest = lines.map(|line| text::width(line, TICK_SIZE, false));
    let left = MARGIN + widest.fold(20.0, f64::max).min(180.0) + 8.0;
    let horizontal = horizontal_scale(figure, left);

    let shares: f64 = figure.panels.iter().map(|panel| panel.share).sum();
    let count = figure.panels.len() as f64;
    let room = panels_bottom - PANELS_TOP - count * PANEL_TITLE - (count - 1.0) * PANEL_GAP;
    let mut top = PANELS_TOP;
    for (panel, ticks) in figure.panels.iter().zip(&vertical) {
        scene.text(
            &panel.title,
            (MARGIN, top + 12.0),
            PANEL,
            WIDTH - MARGIN - RIGHT,
        );
        top += PANEL_TITLE;
        let bottom = top + room * panel.share / shares;
        let plot = Plot {
            horizontal,
            vertical: panel::scale(panel, ticks, top, bottom),
        };
        let marks: Vec<f64> = ticks_at(&ticks_of(&horizontal_ticks(figure)), &horizontal);
        panel::draw(&mut scene, panel, (&plot, ticks), &marks);
        top = bottom + PANEL_GAP;
    }
    horizontal_axis(&mut scene, figure, &horizontal, panels_bottom);
    Ok(scene)
}

fn heading(scene: &mut Scene, figure: &Figure) {
    let note = figure.note.as_deref().unwrap_or("");
    let note_width = text::width(note, NOTE.size, true).min(WIDTH / 2.0);
    let room = WIDTH - 3.0 * MARGIN - note_width;
    let fits = text::width(&figure.title, TITLE.size, true) <= room;
    let title = Type {
        size: if fits { TITLE.size } else { LONG_TITLE },
        ..TITLE
    };
    scene.text(&figure.title, (MARGIN, 36.0), title, room);
    scene.text(
        &figure.subtitle,
        (MARGIN, 57.0),
        SUBTITLE,
        WIDTH - 2.0 * MARGIN,
    );
    if !note.is_empty() {
        scene.text(note, (WIDTH - RIGHT, 36.0), NOTE, WIDTH / 2.0);
    }
}

fn ticks_of(ticks: &[TimeTick]) -> Vec<f64> {
    ticks.iter().map(|tick| tick.second).collect()
}

fn ticks_at(values: &[f64], scale: &Scale) -> Vec<f64> {
    values.iter().map(|value| scale.at(*value)).collect()
}

/// Ticks of the shared axis; numbers take the same form as instants.
fn horizontal_ticks(figure: &Figure) -> Vec<TimeTick> {
    match &figure.horizontal {
        Horizontal::Time(frame) => time_ticks(frame, 13),
        Horizontal::Number { .. } | Horizontal::Log { .. } | Horizontal::Columns { .. } => {
            let tick = |(second, text)| TimeTick {
                second,
                text,
                day: None,
            };
            number_ticks(figure).ticks.into_iter().map(tick).collect()
        }
    }
}

/// Ticks of an axis that is not one of time; columns have theirs at their middles.
fn number_ticks(figure: &Figure) -> Ticks {
    let (low, high) = number_range(figure);
    match &figure.horizontal {
        Horizontal::Time(frame) => linear(0.0, frame.seconds(), 9, &Unit::Seconds),
        Horizontal::Number { unit, .. } => linear(low, high, 9, unit),
        Horizontal::Log { unit, .. } => {
            let (least, greatest) = extremes(figure);
            logarithmic(least, greatest, unit)
        }
        Horizontal::Columns { names, .. } => Ticks {
            low: 0.0,
            high: names.len().max(1) as f64,
            ticks: (names.iter().enumerate())
                .map(|(column, name)| (column as f64 + 0.5, name.clone()))
                .collect(),
        },
    }
}

fn horizontal_scale(figure: &Figure, left: f64) -> Scale {
    let (low, high) = match &figure.horizontal {
        Horizontal::Time(frame) => (0.0, frame.seconds()),
        Horizontal::Number { .. } | Horizontal::Log { .. } | Horizontal::Columns { .. } => {
            let ticks = number_ticks(figure);
            (ticks.low, ticks.high)
        }
    };
    Scale {
        low,
        high,
        from: left,
        to: WIDTH - RIGHT,
        log: matches!(figure.horizontal, Horizontal::Log { .. }),
    }
}

/// The range of a numeric axis: what is drawn and the bounds, with a little air.
fn number_range(figure: &Figure) -> (f64, f64) {
    let range = panel::around(&horizontal_values(figure));
    let Horizontal::Number { unit, .. } = &figure.horizontal else {
        return range;
    };
    let layers = figure.panels.iter().flat_map(|panel| &panel.layers);
    let means: Vec<f64> = layers.flat_map(Layer::values).map(|(x, _)| x).collect();
    within_shares(range, &means, unit)
}

/// The least and the greatest value of a logarithmic axis.
fn extremes(figure: &Figure) -> (f64, f64) {
    let values = horizontal_values(figure);
    let positive = || values.iter().copied().filter(|value| 0.0 < *value);
    let greatest = positive().fold(f64::NEG_INFINITY, f64::max);
    (positive().fold(f64::INFINITY, f64::min), greatest)
}

/// What stands on a numeric axis: what is drawn and the bounds.
fn horizontal_values(figure: &Figure) -> Vec<f64> {
    let layers = || figure.panels.iter().flat_map(|panel| &panel.layers);
    let bounds = layers().filter_map(|layer| match layer.form {
        Form::Bound(bound) if bound.is_finite() => Some(bound),
        _ => None,
    });
    let drawn = layers().flat_map(Layer::extent).map(|(x, _)| x);
    drawn.chain(bounds).collect()
}

fn horizontal_axis(scene: &mut Scene, figure: &Figure, scale: &Scale, bottom: f64) {
    let ticks = horizontal_ticks(figure);
    let mut free_from = 0.0;
    let mut day_free_from = 0.0;
    for tick in &ticks {
        let x = scale.at(tick.second);
        scene.line(&[(x, bottom), (x, bottom + 5.0)], Ink::solid(MUTED, 1.0));
        let half = text::width(&tick.text, TICK_SIZE, false) / 2.0;
        if free_from <= x - half && x + half <= WIDTH {
            scene.text(&tick.text, (x, bottom + 19.0), TICK, 140.0);
            free_from = x + half + 6.0;
        }
        let Some(day) = &tick.day else { continue };
        let half = text::width(day, TICK_SIZE, true) / 2.0;
        if day_free_from <= x - half && x + half <= WIDTH {
            scene.text(day, (x, bottom + 35.0), DAY, 140.0);
            day_free_from = x + half + 6.0;
        }
    }
    let with_days = ticks.iter().any(|tick| tick.day.is_some());
    let baseline = bottom + if with_days { 51.0 } else { 36.0 };
    let words = match &figure.horizontal {
        Horizontal::Time(frame) if has_band(figure) => {
            format!(
                "bands from least to greatest, lines are means · {}",
                zone_note(frame)
            )
        }
        Horizontal::Time(frame) => zone_note(frame),
        Horizontal::Number { title, .. }
        | Horizontal::Log { title, .. }
        | Horizontal::Columns { title, .. } => title.clone(),
    };
    let face = match figure.horizontal {
        Horizontal::Time(_) => AXIS_NOTE,
        Horizontal::Number { .. } | Horizontal::Log { .. } | Horizontal::Columns { .. } => Type {
            anchor: Anchor::End,
            ..PANEL
        },
    };
    scene.text(
        &words,
        (WIDTH - RIGHT, baseline),
        face,
        WIDTH - 2.0 * MARGIN,
    );
}

fn has_band(figure: &Figure) -> bool {
    let mut layers = figure.panels.iter().flat_map(|panel| &panel.layers);
    layers.any(|layer| matches!(layer.form, Form::Band(_)))
}

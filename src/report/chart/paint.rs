//! Scenes as bytes: plotters' SVG and bitmap backends.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::report::palette::{PAPER, Rgb};

use super::columns::Columns;
use super::png::encoded;
use super::scene::{Anchor, Scene, Shape, Text as Words};
use super::series::Point;
use super::{ChartError, PNG_SCALE, text};

/// Plotters places on whole units: an SVG unit is a quarter of a logical pixel.
const SVG_SCALE: f64 = 4.0;
/// A bitmap is drawn this many times as fine as its PNG, then averaged: plotters' fills have hard
/// edges.
const OVERSAMPLING: u32 = 2;

/// How a backend sets type.
#[derive(Clone, Copy)]
struct Setting {
    /// Backend units to a logical pixel.
    scale: f64,
    /// The backend's font size for an em of one unit.
    size_per_em: f64,
    /// From the top that the backend aligns to down to the baseline, in ems.
    top_to_baseline: f64,
    /// Whether thick lines are joined here: plotters' bitmap miters have no limit and grow thorns.
    joins: bool,
}

/// SVG: plotters writes `font-size = size / 1.24` and `dy = 0.76em`.
const SVG_SETTING: Setting = Setting {
    scale: SVG_SCALE,
    size_per_em: 1.24,
    top_to_baseline: 0.76,
    joins: false,
};

/// Bitmap: ab_glyph's size is ascent plus descent (DejaVu: 1901 + 483 of 2048 units), and plotters
/// puts the baseline half of it below the top.
const BITMAP_SETTING: Setting = Setting {
    scale: (PNG_SCALE * OVERSAMPLING) as f64,
    size_per_em: 2384.0 / 2048.0,
    top_to_baseline: 0.5 * 2384.0 / 2048.0,
    joins: true,
};

/// The scene as an SVG document.
pub(super) fn svg(scene: &Scene) -> Result<String, ChartError> {
    text::register()?;
    let (width, height) = (scene.width * SVG_SCALE, scene.height * SVG_SCALE);
    let mut document = String::new();
    {
        let area = SVGBackend::with_string(&mut document, (width as u32, height as u32));
        paint(&area.into_drawing_area(), scene, SVG_SETTING)?;
    }
    // The header is plotters' own; the picture's size is in logical pixels, and it has a name.
    let body = document.split_once(">\n").map_or("", |(_, body)| body);
    let cut = match scene.cut.is_empty() {
        true => String::new(),
        false => format!("<desc>In full: {}</desc>\n", escaped(&scene.cut.join("; "))),
    };
    Ok(format!(
        "<svg width=\"{}\" height=\"{}\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
         xmlns=\"http://www.w3.org/2000/svg\">\n<title>{}</title>\n{cut}{body}",
        scene.width,
        scene.height,
        escaped(&scene.title),
    ))
}

/// The scene as a PNG file.
pub(super) fn png(scene: &Scene) -> Result<Vec<u8>, ChartError> {
    text::register()?;
    let width = scene.width as u32 * PNG_SCALE;
    let height = scene.height as u32 * PNG_SCALE;
    let (fine_width, fine_height) = (width * OVERSAMPLING, height * OVERSAMPLING);
    let mut pixels = vec![0; (fine_width * fine_height * 3) as usize];
    {
        let bitmap = BitMapBackend::with_buffer(&mut pixels, (fine_width, fine_height));
        let area = Columns::of(bitmap);
        paint(&area.into_drawing_area(), scene, BITMAP_SETTING)?;
    }
    Ok(encoded(
        &averaged(&pixels, fine_width as usize),
        width,
        height,
    ))
}

fn paint<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    scene: &Scene,
    setting: Setting,
) -> Result<(), ChartError> {
    let unit = |(x, y): Point| {
        let place = |at: f64| (at * setting.scale).round().clamp(-1e6, 1e6) as i32;
        (place(x), place(y))
    };
    area.fill(&colour(PAPER)).map_err(failed)?;
    for shape in &scene.shapes {
        let drawn = match shape {
            Shape::Rect { from, to, fill } => area.draw(&Rectangle::new(
                [unit(*from), unit(*to)],
                colour(*fill).filled(),
            )),
            Shape::Line {
                points,
                colour: ink,
                width,
            } if setting.joins => joined(area, points, colour(*ink), (*width, setting.scale)),
            Shape::Line {
                points,
                colour: ink,
                width,
            } => {
                let width = (width * setting.scale).round().max(1.0) as u32;
                let points: Vec<(i32, i32)> = points.iter().copied().map(unit).collect();
                area.draw(&PathElement::new(points, colour(*ink).stroke_width(width)))
            }
            Shape::Polygon { points, fill } => {
                let points: Vec<(i32, i32)> = points.iter().copied().map(unit).collect();
                area.draw(&Polygon::new(points, colour(*fill).filled()))
            }
            Shape::Dot {
                centre,
                radius,
                fill,
            } => {
                let radius = (radius * setting.scale).round() as i32;
                area.draw(&Circle::new(unit(*centre), radius, colour(*fill).filled()))
            }
            Shape::Text(words) => {
                let baseline = words.size * setting.top_to_baseline;
                let at = unit((words.at.0, words.at.1 - baseline));
                area.draw(&Text::new(words.text.as_str(), at, style(words, setting)))
            }
        };
        drawn.map_err(failed)?;
    }
    area.present().map_err(failed)
}

/// A thick line as one bar a stretch with round joins.
fn joined<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    points: &[Point],
    colour: RGBColor,
    (width, scale): (f64, f64),
) -> Result<(), DrawingAreaErrorKind<B::ErrorType>> {
    let half = (width * scale / 2.0).max(0.5);
    let place = |at: f64| at.round().clamp(-1e6, 1e6) as i32;
    let scaled: Vec<Point> = points.iter().map(|(x, y)| (x * scale, y * scale)).collect();
    for (index, pair) in scaled.windows(2).enumerate() {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        let length = libm::hypot(x1 - x0, y1 - y0);
        if length < 0.25 {
            continue;
        }
        let (across, down) = ((y1 - y0) / length * half, (x1 - x0) / length * half);
        let corners = [
            (x0 + across, y0 - down),
            (x1 + across, y1 - down),
            (x1 - across, y1 + down),
            (x0 - across, y0 + down),
        ];
        let corners: Vec<(i32, i32)> = corners.map(|(x, y)| (place(x), place(y))).to_vec();
        if across == 0.0 || down == 0.0 {
            // Upright and level lines have even edges as rectangles, whose far edge plotters
            // includes.
            let left = corners.iter().map(|(x, _)| *x).min().unwrap_or(0);
            let right = corners.iter().map(|(x, _)| *x).max().unwrap_or(0) - 1;
            let top = corners.iter().map(|(_, y)| *y).min().unwrap_or(0);
            let bottom = corners.iter().map(|(_, y)| *y).max().unwrap_or(0) - 1;
            area.draw(&Rectangle::new(
                [(left, top), (right, bottom)],
                colour.filled(),
            ))?;
        } else {
            area.draw(&Polygon::new(corners, colour.filled()))?;
        }
        if 0 < index && 1.5 <= half {
            area.draw(&Circle::new(
                (place(x0), place(y0)),
                half as i32,
                colour.filled(),
            ))?;
        }
    }
    Ok(())
}

fn style(words: &Words, setting: Setting) -> TextStyle<'static> {
    let weight = if words.bold {
        FontStyle::Bold
    } else {
        FontStyle::Normal
    };
    let size = words.size * setting.scale * setting.size_per_em;
    let side = match words.anchor {
        Anchor::Start => HPos::Left,
        Anchor::Middle => HPos::Center,
        Anchor::End => HPos::Right,
    };
    let font = FontDesc::new(FontFamily::Name(text::FAMILY), size, weight);
    font.color(&colour(words.colour))
        .pos(Pos::new(side, VPos::Top))
}

fn colour(rgb: Rgb) -> RGBColor {
    RGBColor(rgb.0, rgb.1, rgb.2)
}

fn failed<E: std::error::Error + Send + Sync>(error: DrawingAreaErrorKind<E>) -> ChartError {
    ChartError::Drawing(error.to_string())
}

/// Each pixel the mean of the finer ones that it covers. Rows are added up before columns, and all
/// pairs of columns before every other one is taken: so a compiler can put it into vectors.
fn averaged(pixels: &[u8], fine_width: usize) -> Vec<u8> {
    const { assert!(OVERSAMPLING == 2, "two rows and two columns make a pixel") };
    let row = fine_width * 3;
    let mut out = vec![0; pixels.len() / 4];
    let (mut sums, mut means) = (vec![0; row + 3], vec![0; row]);
    for (rows, out) in pixels
        .chunks_exact(row * 2)
        .zip(out.chunks_exact_mut(row / 2))
    {
        let (upper, lower) = rows.split_at(row);
        for ((sum, above), below) in sums.iter_mut().zip(upper).zip(lower) {
            *sum = u16::from(*above) + u16::from(*below);
        }
        for ((mean, left), right) in means.iter_mut().zip(&sums).zip(&sums[3..]) {
            *mean = ((left + right + 2) / 4) as u8;
        }
        let pairs = means.as_chunks::<6>().0;
        for (pixel, [red, green, blue, ..]) in out.as_chunks_mut::<3>().0.iter_mut().zip(pairs) {
            *pixel = [*red, *green, *blue];
        }
    }
    out
}

fn escaped(text: &str) -> String {
    let text = text::clean(text).replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;")
}

//! A bitmap that is filled by rows where plotters fills it by columns.
//!
//! Plotters fills an area that is wider than high column by column, and the pixels of a column lie
//! a row of memory apart: each is a cache line of its own. Here neighbouring columns of one colour
//! wait for each other, and the rows that they share are filled together. Same pixels.

use plotters::prelude::{BitMapBackend, DrawingBackend};
use plotters_backend::{BackendColor, BackendCoord, BackendStyle, DrawingErrorKind};

/// Columns that wait at most. Plotters fills a row eight pixels at a time, and the rest one by one.
const COLUMNS_MAX: usize = 65;

/// A bitmap and the columns that wait for their neighbours.
pub(super) struct Columns<'a> {
    bitmap: BitMapBackend<'a>,
    colour: BackendColor,
    /// The leftmost one that waits.
    left: i32,
    /// Top and bottom of each, both included.
    waiting: Vec<(i32, i32)>,
}

type Drawn<'a> = Result<(), DrawingErrorKind<<BitMapBackend<'a> as DrawingBackend>::ErrorType>>;

impl<'a> Columns<'a> {
    /// Columns of `bitmap`.
    pub(super) fn of(bitmap: BitMapBackend<'a>) -> Self {
        Columns {
            bitmap,
            colour: BackendColor {
                alpha: 1.0,
                rgb: (0, 0, 0),
            },
            left: 0,
            waiting: Vec::with_capacity(COLUMNS_MAX),
        }
    }

    /// A column from top to bottom takes its place after those that wait, or they are filled first.
    fn wait(&mut self, x: i32, (top, bottom): (i32, i32), colour: BackendColor) -> Drawn<'a> {
        let is_next = x == self.left + self.waiting.len() as i32
            && colour.rgb == self.colour.rgb
            && self.waiting.len() < COLUMNS_MAX;
        if !is_next {
            self.fill()?;
            (self.left, self.colour) = (x, colour);
        }
        self.waiting.push((top, bottom));
        Ok(())
    }

    /// Fills the columns that wait.
    fn fill(&mut self) -> Drawn<'a> {
        let mut columns = std::mem::take(&mut self.waiting);
        self.fill_from(self.left, &columns)?;
        columns.clear();
        self.waiting = columns;
        Ok(())
    }

    /// Fills columns from `left` on: the rows that all of them have, then what they have more above
    /// and below; where they have no row in common, one half after the other. A column may be
    /// empty, its top below its bottom.
    fn fill_from(&mut self, left: i32, columns: &[(i32, i32)]) -> Drawn<'a> {
        let colour = self.colour;
        let is_empty = |(top, bottom): &(i32, i32)| bottom < top;
        let Some(first) = columns.iter().position(|it| !is_empty(it)) else {
            return Ok(());
        };
        let last = columns.iter().rposition(|it| !is_empty(it));
        let columns = &columns[first..=last.unwrap_or(first)];
        let left = left + first as i32;
        if let [(top, bottom)] = columns {
            return self
                .bitmap
                .draw_line((left, *top), (left, *bottom), &colour);
        }
        let most = |(top, bottom): (i32, i32), it: &(i32, i32)| (top.max(it.0), bottom.min(it.1));
        let (top, bottom) = columns.iter().fold((i32::MIN, i32::MAX), most);
        if bottom < top {
            let (halves, middle) = (columns.split_at(columns.len() / 2), columns.len() / 2);
            self.fill_from(left, halves.0)?;
            return self.fill_from(left + middle as i32, halves.1);
        }
        // The far corner is not filled.
        let far = (left + columns.len() as i32, bottom + 1);
        self.bitmap.draw_rect((left, top), far, &colour, true)?;
        let mut rest = [(0, 0); COLUMNS_MAX];
        let rest = &mut rest[..columns.len()];
        for (rest, column) in rest.iter_mut().zip(columns) {
            *rest = (column.0, top - 1);
        }
        self.fill_from(left, rest)?;
        for (rest, column) in rest.iter_mut().zip(columns) {
            *rest = (bottom + 1, column.1);
        }
        self.fill_from(left, rest)
    }

    fn covers(&self, (x, y): BackendCoord) -> bool {
        let column = usize::try_from(x - self.left).ok();
        let column = column.and_then(|at| self.waiting.get(at));
        column.is_some_and(|(top, bottom)| *top <= y && y <= *bottom)
    }
}

impl<'a> DrawingBackend for Columns<'a> {
    type ErrorType = <BitMapBackend<'a> as DrawingBackend>::ErrorType;

    fn get_size(&self) -> (u32, u32) {
        self.bitmap.get_size()
    }

    fn ensure_prepared(&mut self) -> Drawn<'a> {
        self.bitmap.ensure_prepared()
    }

    fn present(&mut self) -> Drawn<'a> {
        self.fill()?;
        self.bitmap.present()
    }

    /// The soft ends of columns lie beside them, and need not wait; hard ends are drawn as well,
    /// with nothing to be seen of them.
    fn draw_pixel(&mut self, point: BackendCoord, colour: BackendColor) -> Drawn<'a> {
        if colour.alpha <= 0.0 {
            return Ok(());
        }
        if self.covers(point) {
            self.fill()?;
        }
        self.bitmap.draw_pixel(point, colour)
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Drawn<'a> {
        let is_column = from.0 == to.0 && from.1 != to.1 && style.stroke_width() == 1;
        if is_column && 1.0 <= style.color().alpha {
            let ends = (from.1.min(to.1), from.1.max(to.1));
            return self.wait(from.0, ends, style.color());
        }
        self.fill()?;
        self.bitmap.draw_line(from, to, style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        upper_left: BackendCoord,
        bottom_right: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn<'a> {
        self.fill()?;
        self.bitmap.draw_rect(upper_left, bottom_right, style, fill)
    }
}

#[cfg(test)]
mod tests {
    use plotters::prelude::*;

    use super::*;

    const SIZE: (u32, u32) = (120, 60);

    /// Areas with slopes, steps and spikes, one over the other, some beyond the edges.
    fn draw<B: DrawingBackend>(backend: B) {
        let area = backend.into_drawing_area();
        area.fill(&WHITE).expect("it fills");
        let shapes: [(&[(i32, i32)], RGBColor); 4] = [
            (
                &[(0, 50), (30, 10), (31, 40), (110, 35), (110, 55), (0, 55)],
                RED,
            ),
            (&[(5, 20), (100, 21), (100, 30), (5, 33)], BLUE),
            (&[(-20, 5), (140, 70), (140, 75), (-20, 12)], GREEN),
            (
                &[(10, 5), (20, 50), (30, 5), (90, 45), (90, 50), (10, 52)],
                RED,
            ),
        ];
        for (points, colour) in shapes {
            let polygon = Polygon::new(points.to_vec(), colour.filled());
            area.draw(&polygon).expect("it draws");
            let dot = Circle::new((60, 30), 7, colour.filled());
            area.draw(&dot).expect("it draws");
            let line = PathElement::new(vec![(50, 2), (50, 58)], colour);
            area.draw(&line).expect("it draws");
        }
        area.present().expect("it is there");
    }

    #[test]
    fn the_pixels_are_those_of_plotters() {
        let mut plain = vec![0; (SIZE.0 * SIZE.1 * 3) as usize];
        let mut ours = plain.clone();
        draw(BitMapBackend::with_buffer(&mut plain, SIZE));
        draw(Columns::of(BitMapBackend::with_buffer(&mut ours, SIZE)));
        assert!(plain == ours, "a pixel differs");
    }
}

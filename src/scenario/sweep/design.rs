//! How the points of a sweep are laid out, and how often each is run.

use std::fmt;

use super::super::context::Context;
use super::super::reader::{Field, MapReader};
use super::super::source::Span;
use super::super::values::{self, ValueError};

/// The most replications of a cell.
pub const REPLICATIONS_MAX: u32 = 10_000;
/// The fewest runs that may decide that an interval is narrow enough: fewer know too little of
/// their own spread (Law, Simulation Modeling and Analysis, ch. 9.4.1).
pub const FIRST_LOOK: u32 = 10;

/// How points are laid out over the parameters' values.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Design {
    /// Every combination.
    Grid,
    /// The baseline, and each other value of each parameter with the rest at the baseline.
    OneAtATime,
    /// The baseline, and each parameter at its two ends with the rest at the baseline.
    Tornado,
    /// So many rows for Sobol indices: each two points, and as many between them as there are
    /// parameters.
    SobolIndices(u32),
    /// So many points, each parameter drawn by itself.
    Random(u32),
    /// So many points of a Sobol sequence with Owen's scrambling: they fill the space evenly.
    Sobol(u32),
    /// So many points, of which each parameter's are spread evenly over its values.
    LatinHypercube(u32),
}

impl Design {
    /// The most points that it draws; `None` where it draws none.
    fn points_most(self) -> Option<u32> {
        match self {
            Design::Grid | Design::OneAtATime | Design::Tornado => None,
            Design::Random(_) | Design::LatinHypercube(_) => Some(POINTS_MAX),
            Design::Sobol(_) | Design::SobolIndices(_) => Some(SOBOL_MAX),
        }
    }
}

/// How often a cell is run.
#[derive(Clone, PartialEq, Debug)]
pub struct Replications {
    /// Runs at least.
    pub at_least: u32,
    /// Runs at most; the same where no interval decides.
    pub at_most: u32,
    /// When it is enough.
    pub until: Option<Until>,
}

/// An interval that is to be narrow.
#[derive(Clone, PartialEq, Debug)]
pub struct Until {
    /// The measure, a column of `runs.csv`.
    pub measure: String,
    /// How narrow.
    pub within: Precision,
    /// Whether all cells go on until none is too wide, so that all have as many runs.
    pub all_together: bool,
    /// Where the measure stands in the file, if it does.
    pub place: Option<Span>,
}

/// The widest half of an interval.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Precision {
    /// A share of the mean.
    Relative(f64),
    /// In the measure's own unit.
    Absolute(f64),
}

impl Precision {
    /// Whether an interval is narrow enough.
    pub fn is_met(self, mean: f64, half_width: f64) -> bool {
        match self {
            Precision::Relative(share) => half_width <= share * mean.abs(),
            Precision::Absolute(most) => half_width <= most,
        }
    }
}

impl Replications {
    /// A fixed number of runs.
    pub fn fixed(count: u32) -> Self {
        Replications {
            at_least: count,
            at_most: count,
            until: None,
        }
    }
}

impl fmt::Display for Replications {
    /// `10`, or `10 to 200 (until cost_month_usd ± 1 %)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(until) = &self.until else {
            return write!(f, "{}", self.at_least);
        };
        let (measure, most) = (&until.measure, self.at_most);
        write!(f, "{} to {most} (until {measure} ± ", self.at_least)?;
        match until.within {
            Precision::Relative(share) => write!(f, "{} %)", share * 100.0),
            Precision::Absolute(width) => write!(f, "{width})"),
        }
    }
}

/// A design of so many points.
type OfPoints = fn(u32) -> Design;

/// The most points of a design that draws them.
const POINTS_MAX: u32 = 1_000_000;
/// The most points of a Sobol sequence (`sobol_burley`).
const SOBOL_MAX: u32 = 1 << 16;

const DESIGNS: [(&str, OfPoints); 7] = [
    ("grid", |_| Design::Grid),
    ("oneAtATime", |_| Design::OneAtATime),
    ("tornado", |_| Design::Tornado),
    ("sobolIndices", Design::SobolIndices),
    ("random", Design::Random),
    ("sobol", Design::Sobol),
    ("latinHypercube", Design::LatinHypercube),
];

/// Reads `design` and `points`.
pub(super) fn design(cx: &Context<'_>, map: &mut MapReader<'_>) -> Design {
    let field = map.field("design");
    let points = map.field("points");
    let named = field.as_ref().and_then(|field| field.choice(&DESIGNS));
    let most = named.and_then(|of| of(1).points_most());
    if let (Some(points), None) = (&points, most) {
        let message = "points are for a design that draws them";
        let help = "add design: sobol, random, latinHypercube or sobolIndices";
        points
            .error_at_key("unused-field", message)
            .help(help)
            .report();
    }
    let range = 2..=most.unwrap_or(POINTS_MAX);
    let count = points.as_ref().and_then(|field| field.u32(range));
    let count = count.unwrap_or_else(|| match most {
        Some(_) => cx.default_u32("sweep.points"),
        None => 0,
    });
    named.map_or(Design::Grid, |of| of(count))
}

/// Reads `replications`: a number, or a block that says when it is enough.
pub(super) fn replications(cx: &Context<'_>, map: &mut MapReader<'_>) -> Replications {
    let usual = || Replications::fixed(cx.default_u32("sweep.replications"));
    let Some(field) = map.field("replications") else {
        return usual();
    };
    if !field.is_mapping() {
        let count = field.u32(1..=REPLICATIONS_MAX);
        return count.map_or_else(usual, Replications::fixed);
    }
    block(cx, &field).unwrap_or_else(usual)
}

fn block(cx: &Context<'_>, field: &Field<'_>) -> Option<Replications> {
    let mut map = field.map()?;
    let at_least = map.u32("atLeast", FIRST_LOOK..=REPLICATIONS_MAX);
    let at_least = at_least.unwrap_or_else(|| cx.default_u32("sweep.replications"));
    let most = map.field("atMost");
    let at_most = match &most {
        Some(field) => field.u32(FIRST_LOOK..=REPLICATIONS_MAX),
        None => Some(cx.default_u32("sweep.replications.atMost").max(at_least)),
    };
    let at_most = at_most.unwrap_or(at_least);
    let until = map.required("until").and_then(|field| until(&field));
    map.finish();
    if at_most < at_least {
        let message = format!("at most {at_most} runs, but at least {at_least}");
        let field = most.as_ref().unwrap_or(field);
        field.error("invalid-value", message).report();
    }
    Some(Replications {
        at_least,
        at_most: at_most.max(at_least),
        until,
    })
}

fn until(field: &Field<'_>) -> Option<Until> {
    let mut map = field.map()?;
    let measure = map.required("measure");
    let within = map.required("within");
    map.finish();
    let (measure, within) = (measure?, within?);
    Some(Until {
        place: Some(measure.span()),
        measure: measure.str()?.to_owned(),
        all_together: false,
        within: within.value("a width", precision)?,
    })
}

/// `2 %` of the mean, or a number in the measure's unit.
pub(super) fn precision(text: &str) -> Result<Precision, ValueError> {
    let wrong = || {
        ValueError::new(
            format!("\"{text}\" is no width above 0"),
            "write a share of the mean, like 2 %, or a number in the measure's own unit, like 5",
        )
    };
    let found = match text.contains('%') {
        true => values::share(text).map(Precision::Relative),
        false => values::number(text).map(Precision::Absolute),
    };
    match found {
        Ok(Precision::Relative(width) | Precision::Absolute(width)) if width <= 0.0 => Err(wrong()),
        Ok(found) => Ok(found),
        Err(_) => Err(wrong()),
    }
}

//! Which services have charts in the page, and how its reader comes to those of all others.

use serde_json::{Value, json};

use super::data::RunData;
use super::figure::Figure;
use super::html::Html;
use super::most::ROWS_MAX;
use super::{series, service};
use crate::report::foremost::{foremost, weights};

/// What `foremost` chooses, in words.
pub const WHICH: &str = "those in which most requests failed, and the dearest";
/// Services whose charts stand in the page.
const DRAWN_MAX: usize = 12;
/// Values of all others' charts together.
const OTHERS_VALUES_MAX: usize = 100_000;
/// Values that a line has at least, or its service has no charts.
const LINE_VALUES_MIN: usize = 40;

/// The services of a run by whether their charts stand in the page, each in the plan's order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Chosen {
    /// Those with charts.
    pub drawn: Vec<usize>,
    /// All others.
    pub others: Vec<usize>,
    /// Those in the table.
    pub listed: Vec<usize>,
}

impl Chosen {
    /// Those of a run.
    pub fn of_run(data: &RunData<'_>) -> Self {
        let services = data.plan.services.iter();
        let names: Vec<&str> = services.map(|it| it.name.as_str()).collect();
        Chosen::of(&names, &data.summary)
    }

    /// The services that matter most, by `summary.json`.
    pub fn of(names: &[&str], summary: &Value) -> Self {
        let weights = weights(names, summary);
        let drawn = foremost(&weights, DRAWN_MAX);
        let others = (0..names.len()).filter(|it| drawn.binary_search(it).is_err());
        let others = others.collect();
        let listed = foremost(&weights, ROWS_MAX);
        Chosen {
            drawn,
            others,
            listed,
        }
    }
}

/// Charts that the page holds and shows when its reader asks for one of them.
#[derive(Clone, Default, Debug)]
pub struct OnDemand {
    /// The services, by their places in the plan.
    services: Vec<usize>,
    /// Their figures, each with the place of its service in the list.
    figures: Vec<Figure>,
    of: Vec<usize>,
}

impl OnDemand {
    /// The charts of the services that have none in the page, those of the table first, as far as
    /// there is room for all their values.
    pub fn of(data: &RunData<'_>, chosen: &Chosen) -> Self {
        let mut all = OnDemand::default();
        let mut lines = 0;
        let is_listed = |index: &&usize| chosen.listed.binary_search(index).is_ok();
        let (listed, rest): (Vec<&usize>, Vec<&usize>) = chosen.others.iter().partition(is_listed);
        for index in listed.into_iter().chain(rest) {
            let its = service::figures(data, *index).into_iter();
            let its: Vec<Figure> = its.filter(|it| !it.is_empty()).collect();
            let panels = its.iter().flat_map(|it| &it.panels);
            lines += panels.map(|panel| panel.lines.len()).sum::<usize>();
            if OTHERS_VALUES_MAX < lines * LINE_VALUES_MIN {
                break;
            }
            all.of.extend(its.iter().map(|_| all.services.len()));
            all.services.push(*index);
            all.figures.extend(its);
        }
        series::thin(&mut all.figures, OTHERS_VALUES_MAX);
        all
    }

    /// The list to pick one of; nothing without any.
    pub fn place(&self, data: &RunData<'_>, all_others: usize, html: &mut Html) {
        if self.services.is_empty() {
            return;
        }
        html.raw("<div class=\"picker\" id=\"others\">\n");
        html.raw("<h3 id=\"others-title\">Charts of another service</h3>\n");
        html.raw("<select id=\"other-service\" aria-labelledby=\"others-title\">\n");
        html.raw("<option value=\"\">choose one …</option>\n");
        for (place, index) in self.services.iter().enumerate() {
            html.raw(&format!("<option value=\"{place}\">"));
            html.text(&data.plan.services[*index].name)
                .raw("</option>\n");
        }
        html.raw("</select>\n");
        if self.services.len() < all_others {
            let says = format!(
                "There is room for the charts of {} of {all_others}; metrics.csv has the rest.",
                self.services.len()
            );
            html.line("p", "note", &says);
        }
        html.raw("<div id=\"other-charts\"></div>\n</div>\n");
    }

    /// Where the charts of a service are, for a link: its place in the list.
    pub fn place_of(&self, service: usize) -> Option<usize> {
        self.services.iter().position(|it| *it == service)
    }

    /// For the page's script.
    pub fn json(&self) -> Value {
        json!({ "figures": self.figures, "of": self.of })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_and_the_dearest_services_have_charts() {
        let names: Vec<String> = (0..40).map(|it| format!("s{it}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let owner = |it: &&str| {
            let usd: f64 = it[1..].parse().unwrap();
            json!({ "kind": "service", "name": it, "usd": usd })
        };
        let load = |it: usize| json!({ "load": { "failed_requests": 9_usize.saturating_sub(it) } });
        let summary = json!({
            "cost": { "by_owner": names.iter().map(owner).collect::<Vec<_>>() },
            "services": (0..40).map(load).collect::<Vec<_>>(),
        });
        let chosen = Chosen::of(&names, &summary);
        assert_eq!(chosen.drawn, [0, 1, 2, 3, 4, 5, 34, 35, 36, 37, 38, 39]);
        assert_eq!(chosen.others.len(), 28);
        let few = Chosen::of(&names[..3], &summary);
        assert_eq!((few.drawn.len(), few.others.len()), (3, 0));
    }
}

//! `fleetcast validate` and the page that it wrote: the bounds of its published figures hold, and
//! the committed page has what the code compares by now.

use std::fs;
use std::sync::atomic::AtomicBool;

use fleetcast::validation::section::Section;
use fleetcast::validation::{Effort, SECTIONS, SEED_DEFAULT, SectionSpec, Watch, page};

use super::home::root;

static NEVER: AtomicBool = AtomicBool::new(false);

fn quick(spec: &SectionSpec) -> Section {
    let effort = Effort {
        seed: SEED_DEFAULT,
        is_quick: true,
    };
    let watch = Watch {
        cancelled: &NEVER,
        on_step: &|| {},
    };
    (spec.compute)(&effort, &watch).expect("nobody cancels it")
}

/// What stays of a section when its measured figures change: headings, the heads of tables, the
/// first cell of each row.
fn form(markdown: &str) -> Vec<&str> {
    let mut form = Vec::new();
    let mut is_head = true;
    for line in markdown.lines() {
        if line.starts_with('#') {
            form.push(line);
        }
        match line.strip_prefix("| ") {
            Some(_) if is_head => form.push(line),
            Some(cells) => form.extend(cells.split(" | ").next()),
            None => {}
        }
        is_head = !line.starts_with('|');
    }
    form
}

/// A section of the committed page, from its heading to the next one.
fn committed<'p>(page: &'p str, title: &str) -> &'p str {
    let heading = format!("## {title}\n");
    let start = page.find(&heading).expect("the page has the section");
    let rest = &page[start..];
    let end = rest[heading.len()..].find("\n## ");
    &rest[..end.map_or(rest.len(), |end| end + heading.len())]
}

#[test]
fn a_quick_run_of_the_published_figures_holds_its_bounds() {
    let section = quick(SectionSpec::named("published").unwrap());
    assert!(10 <= section.verdicts.len());
    hold_and_stand_in_the_page(&section);
}

/// All bounds of a section hold, and the committed page has its tables, rows and claims.
fn hold_and_stand_in_the_page(section: &Section) {
    let broken: Vec<_> = section.verdicts.iter().filter(|it| !it.holds).collect();
    assert!(broken.is_empty(), "{broken:#?}");
    stand_in_the_page(section);
}

/// The committed pages have a section's tables, rows and claims.
fn stand_in_the_page(section: &Section) {
    let mut first = String::new();
    page::one(&mut first, section);
    has_form("docs/validation.md", &section.title, &first);
    if !section.cells.is_empty() {
        let mut second = String::new();
        page::cells(&mut second, section);
        has_form("docs/validation-cells.md", &section.title, &second);
    }
}

fn has_form(path: &str, title: &str, computed: &str) {
    let page = fs::read_to_string(root().join(path)).unwrap();
    assert_eq!(
        form(committed(&page, title)),
        form(computed),
        "{path} is stale; write it anew: cargo run --release -- validate --out docs/validation.md"
    );
}

/// A quick run's ± are wide: it refutes no bound that holds, and says how many it can't decide.
#[test]
fn quick_runs_of_the_load_models_break_no_bound() {
    const NAMES: [&str; 10] = [
        "theory",
        "settled",
        "change",
        "clients",
        "overload",
        "tries",
        "laws",
        "sessions",
        "balancers",
        "calls",
    ];
    for name in NAMES {
        let section = quick(SectionSpec::named(name).unwrap());
        hold_and_stand_in_the_page(&section);
        assert_eq!(section.cells.is_empty(), name == "theory", "{name}");
        // Chance is told beside every single error.
        for row in section.cells.iter().flat_map(|table| &table.rows) {
            let errors = row.iter().filter(|cell| cell.contains(" ± ")).count();
            assert_eq!(errors, 5, "{row:?}");
        }
    }
}

#[test]
fn every_section_has_a_name_of_its_own_and_says_what_it_does() {
    for (index, spec) in SECTIONS.iter().enumerate() {
        let same = SECTIONS.iter().position(|other| other.name == spec.name);
        assert_eq!(same, Some(index), "{}", spec.name);
        assert!(!spec.about.is_empty());
    }
}

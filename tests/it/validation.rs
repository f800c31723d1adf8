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

/// The committed page has a section's tables, rows and claims.
fn stand_in_the_page(section: &Section) {
    let page = fs::read_to_string(root().join("docs/validation.md")).unwrap();
    let mut computed = String::new();
    page::one(&mut computed, section);
    assert_eq!(
        form(committed(&page, &section.title)),
        form(&computed),
        "the page is stale; write it anew: cargo run --release -- validate --out docs/validation.md"
    );
}

#[test]
fn quick_runs_of_the_load_models_hold_their_bounds() {
    for name in ["theory", "change", "clients", "laws"] {
        hold_and_stand_in_the_page(&quick(SectionSpec::named(name).unwrap()));
    }
    // The bounds of single settled cells are narrower than what a quick run's chance allows: they
    // are judged by the whole page.
    stand_in_the_page(&quick(SectionSpec::named("settled").unwrap()));
}

#[test]
fn every_section_has_a_name_of_its_own_and_says_what_it_does() {
    for (index, spec) in SECTIONS.iter().enumerate() {
        let same = SECTIONS.iter().position(|other| other.name == spec.name);
        assert_eq!(same, Some(index), "{}", spec.name);
        assert!(!spec.about.is_empty());
    }
}

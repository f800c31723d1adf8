//! Who may use whom: holds every `crate::` path of `src/` to the table in ARCHITECTURE.md.

use std::collections::BTreeMap;
use std::fs;

use super::source::{self, SourceFile};

/// Everyone may use these, whatever the table says.
const FOR_EVERYONE: &[&str] = &[
    "ids",
    "units",
    "engine::time",
    "engine::SimTime",
    "engine::SimDuration",
];
/// Files that belong to no folder of the table.
const ROOTS: &[&str] = &["lib", "main"];

/// What one folder may use: other folders, each whole or by one path only.
type Table = BTreeMap<String, Vec<String>>;

/// The table's rows: | `folder` | what it holds | `a`, `b` (`path`) |.
fn table(architecture: &str) -> Table {
    let rows = architecture
        .lines()
        .skip_while(|line| *line != "## Who may use whom")
        .skip_while(|line| !line.starts_with("| `"))
        .take_while(|line| line.starts_with("| `"));
    let mut table = Table::new();
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [folder, _, uses] = cells[..] else {
            panic!("a row of the table has three cells: {row}");
        };
        let targets = uses
            .split(',')
            .map(|target| target.replace(['`', ')'], "").replace(" (", "::"))
            .map(|target| target.trim().to_owned())
            .filter(|target| target != "–");
        table.insert(folder.replace('`', ""), targets.collect());
    }
    assert!(!table.is_empty(), "ARCHITECTURE.md has the table");
    table
}

fn may_use(allowed: &[String], path: &str) -> bool {
    let within = |target: &str| path == target || path.starts_with(&format!("{target}::"));
    allowed
        .iter()
        .any(|target| target == "all" || within(target))
        || FOR_EVERYONE.iter().any(|target| within(target))
}

/// The folder (or file) directly under `src/` that a path belongs to.
fn folder_of(path: &str) -> &str {
    let inner = path.strip_prefix("src/").unwrap_or(path);
    inner
        .split('/')
        .next()
        .unwrap_or(inner)
        .trim_end_matches(".rs")
}

/// Every path after `crate::`, with its line, groups in braces taken apart; tests included, for a
/// test that reaches across the arrows is in the wrong place.
fn crate_paths(text: &str) -> Vec<(usize, String)> {
    let code = source::blank(text);
    let mut paths = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let named = code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$');
        if !named {
            let line = code[..at].matches('\n').count() + 1;
            let mut found = Vec::new();
            expand(&code[at + "crate::".len()..], "", &mut found);
            paths.extend(found.into_iter().map(|path| (line, path)));
        }
    }
    paths
}

/// Reads `a::{b, c::D}` at the start of `rest` into the paths it stands for; returns what follows.
fn expand<'a>(rest: &'a str, prefix: &str, paths: &mut Vec<String>) -> &'a str {
    let mut rest = rest.trim_start();
    if let Some(mut inner) = rest.strip_prefix('{') {
        loop {
            inner = expand(inner, prefix, paths).trim_start();
            match inner.strip_prefix(',') {
                Some(after) => inner = after,
                None => return inner.strip_prefix('}').unwrap_or(inner),
            }
        }
    }
    let end = rest
        .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '*'))
        .unwrap_or(rest.len());
    let path = format!("{prefix}{}", &rest[..end]);
    rest = &rest[end..];
    if let Some(after) = rest.strip_prefix("::")
        && after
            .trim_start()
            .starts_with(|c: char| c.is_alphabetic() || "_{*".contains(c))
    {
        return expand(after, &format!("{path}::"), paths);
    }
    if end != 0 {
        paths.push(path);
    }
    // `use a::B as C`: the new name is no path.
    match rest.trim_start().strip_prefix("as ") {
        Some(alias) => alias.trim_start_matches(|c: char| c.is_alphanumeric() || "_ ".contains(c)),
        None => rest,
    }
}

/// The arrows of `file` that the table does not hold, one message each.
fn forbidden(file: &SourceFile, table: &Table) -> Vec<String> {
    let folder = folder_of(&file.path);
    if ROOTS.contains(&folder) {
        return Vec::new();
    }
    let Some(allowed) = table.get(folder) else {
        return vec![format!("{}: `{folder}` is not in the table", file.path)];
    };
    let own = format!("{folder}::");
    crate_paths(&file.text)
        .into_iter()
        .filter(|(_, path)| *path != folder && !path.starts_with(&own))
        .filter(|(_, path)| !may_use(allowed, path))
        .map(|(line, path)| {
            format!(
                "{}:{line}: `{folder}` may not use `crate::{path}`; it may use: {}",
                file.path,
                allowed.join(", ")
            )
        })
        .collect()
}

/// Lines that climb by `super::` to the root of the crate, past the table.
fn climbing(file: &SourceFile) -> Vec<String> {
    let depth = file.path.matches('/').count() - usize::from(file.path.ends_with("/mod.rs"));
    let climb = "super::".repeat(depth.max(1));
    let lines = file.code().into_iter().enumerate();
    lines
        .filter(|(_, line)| line.contains(&climb))
        .map(|(index, _)| format!("{}:{}", file.path, index + 1))
        .collect()
}

fn project_table() -> Table {
    let path = source::root().join("ARCHITECTURE.md");
    table(&fs::read_to_string(path).expect("ARCHITECTURE.md is in the root"))
}

#[test]
fn every_arrow_between_folders_is_in_the_table() {
    let table = project_table();
    let wrong: Vec<String> = source::files("src")
        .iter()
        .flat_map(|file| forbidden(file, &table))
        .collect();
    assert!(
        wrong.is_empty(),
        "arrows that ARCHITECTURE.md's table does not hold:\n  {}\n\
         move the code, narrow its input, or change the table first (a design change)",
        wrong.join("\n  ")
    );
}

#[test]
fn other_folders_are_named_from_the_crate_and_not_by_super() {
    let files = source::files("src");
    let wrong: Vec<String> = files.iter().flat_map(climbing).collect();
    assert!(wrong.is_empty(), "say `crate::`: {}", wrong.join(", "));
}

#[test]
fn the_tables_arrows_point_up_the_table_only() {
    let table_text = fs::read_to_string(source::root().join("ARCHITECTURE.md"));
    let table_text = table_text.expect("ARCHITECTURE.md is in the root");
    let table = table(&table_text);
    let place = |folder: &str| {
        let row = format!("| `{folder}` |");
        table_text
            .find(&row)
            .unwrap_or_else(|| panic!("no row for `{folder}`"))
    };
    for (folder, targets) in &table {
        for target in targets.iter().filter(|target| *target != "all") {
            let target = target.split("::").next().unwrap_or(target);
            assert!(
                place(target) < place(folder),
                "`{folder}` uses `{target}`, a later row"
            );
        }
    }
}

fn paths_of(text: &str) -> Vec<String> {
    crate_paths(text)
        .into_iter()
        .map(|(_, path)| path)
        .collect()
}

#[test]
fn paths_are_read_from_imports_groups_and_expressions() {
    assert_eq!(paths_of("use crate::a::B;"), ["a::B"]);
    assert_eq!(
        paths_of("use crate::{a::{self, B as C}, d,\n  e::*};"),
        ["a::self", "a::B", "d", "e::*"]
    );
    assert_eq!(
        paths_of("let x = crate::a::f::<u8>(crate::b::C);"),
        ["a::f", "b::C"]
    );
    assert_eq!(
        paths_of("// crate::a::B\nmy_crate::c; \"crate::d\""),
        [""; 0]
    );
}

#[test]
fn a_climb_to_the_root_is_found() {
    let check = |path: &str, text: &str| {
        let (path, text) = (path.to_owned(), text.to_owned());
        climbing(&SourceFile { path, text }).len()
    };
    assert_eq!(
        check("src/policy/alarm.rs", "use super::super::world::World;"),
        1
    );
    assert_eq!(check("src/policy/mod.rs", "use super::world::World;"), 1);
    assert_eq!(
        check("src/policy/alarm.rs", "use super::strategy::Answer;"),
        0
    );
    assert_eq!(
        check(
            "src/policy/load/fluid.rs",
            "use super::super::alarm::Alarm;"
        ),
        0
    );
}

#[test]
fn an_arrow_that_is_not_in_the_table_is_found() {
    let rules = "## Who may use whom\n| `policy` | rules | `catalog` |\n\
                 | `world` | state | `policy`, `scenario` (`plan`) |\n| `cli` | thin | all |";
    let table = table(rules);
    let check = |path: &str, text: &str| {
        let (path, text) = (path.to_owned(), text.to_owned());
        forbidden(&SourceFile { path, text }, &table)
    };
    assert_eq!(
        check("src/policy/alarm.rs", "\nuse crate::world::World;"),
        ["src/policy/alarm.rs:2: `policy` may not use `crate::world::World`; it may use: catalog"]
    );
    assert_eq!(
        check("src/world/task.rs", "use crate::scenario::load;").len(),
        1
    );
    assert_eq!(
        check("src/policy/alarm.rs", "use crate::engine::queue::Queue;").len(),
        1
    );
    assert_eq!(check("src/other/a.rs", "").len(), 1);
    let legal = [
        ("src/world/task.rs", "use crate::scenario::plan::Plan;"),
        ("src/world/task.rs", "use crate::world::service::Service;"),
        (
            "src/policy/alarm.rs",
            "use crate::{engine::SimTime, units::MiB, catalog};",
        ),
        ("src/cli/run.rs", "use crate::simulation::Simulation;"),
    ];
    for (path, text) in legal {
        assert_eq!(check(path, text), [""; 0]);
    }
}

//! From a scenario file to a [`Plan`]: read, merge, check everything, and only then believe it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::context::{Context, global};
use super::diagnostic::{Diagnostic, Diagnostics};
use super::files::Files;
use super::node::{self, Node};
use super::plan::{Plan, RunPlan, WhatIfPlan};
use super::reader::{Ignored, MapReader, Reader};
use super::source::{Sources, Span};
use super::sweep::SweepPlan;
use super::world::traces::TraceCache;
use super::{
    aws, consequences, include, objectives, path, requests_ahead, resolved, run, sweep, timeline,
    unused_defaults, what_if, world,
};

/// What a caller may change of a scenario without touching its file.
#[derive(Clone, Debug, Default)]
pub struct LoadOptions {
    /// Paths and the YAML to put there, in order: `aws.services.api.desiredCount`, `8`.
    pub set: Vec<(String, String)>,
    /// The seed instead of `run.seed`.
    pub seed: Option<u64>,
    /// Whether a price that the region lacks is an error.
    pub strict_prices: bool,
    /// Values of a sweep's stepped range at most; without it 10,000.
    pub values_max: Option<u64>,
    /// The folder that relative paths of a text without a file count from.
    pub base: PathBuf,
    /// Where files are read from.
    pub files: Files,
    /// Traces read before, shared by all clones: a sweep reads each file once.
    pub traces: TraceCache,
}

/// A scenario that may run.
#[derive(Debug)]
pub struct Loaded {
    /// What runs.
    pub plan: Plan,
    /// What its `sweep:` block asks for.
    pub sweep: Option<SweepPlan>,
    /// Warnings and notes.
    pub diagnostics: Diagnostics,
    /// The texts that diagnostics point into.
    pub sources: Sources,
    /// The merged tree, with `--set` carried out: what a sweep sets its paths on.
    pub tree: Node,
    /// The files of its traces.
    pub trace_files: Vec<TraceFile>,
    /// The whole scenario as one JSON text, without `extends` and includes, traces by their names
    /// in a run's folder.
    pub resolved: String,
}

/// A trace that a scenario reads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TraceFile {
    /// Where it was read.
    pub path: PathBuf,
    /// The hash of its content.
    pub hash: blake3::Hash,
    /// Where a run's folder keeps its copy: `traces/elb.csv`.
    pub name_in_run: String,
}

/// A scenario that can't run, and why.
#[derive(Debug)]
pub struct Failure {
    /// All errors, warnings and notes.
    pub diagnostics: Diagnostics,
    /// The texts they point into.
    pub sources: Sources,
}

/// Loads a scenario file with everything that it draws in.
///
/// # Errors
/// With every problem found, if one of them is an error.
pub fn load(path: &Path, options: &LoadOptions) -> Result<Loaded, Failure> {
    let mut sources = Sources::over(options.files.clone());
    let mut diagnostics = Diagnostics::new();
    let tree = include::load(&mut sources, path, &mut diagnostics);
    let base = path.parent().map(Path::to_path_buf).unwrap_or_default();
    let options = LoadOptions {
        base,
        ..options.clone()
    };
    let name = path.file_stem().map(|stem| stem.to_string_lossy());
    finish(
        tree,
        (sources, diagnostics),
        &name.unwrap_or_default(),
        &options,
    )
}

/// Loads a text that is no file, such as a test's; it can't have `extends` or includes.
///
/// # Errors
/// As [`load`].
pub fn load_text(name: &str, text: &str, options: &LoadOptions) -> Result<Loaded, Failure> {
    let mut sources = Sources::over(options.files.clone());
    let mut diagnostics = Diagnostics::new();
    let file = sources.add(name, text);
    let tree = node::parse(&sources, file, &mut diagnostics);
    finish(tree, (sources, diagnostics), name, options)
}

/// Loads a merged tree once more, such as [`Loaded::tree`], with the options' paths set on it: what
/// a cell of a sweep does. Traces come from the options' cache.
///
/// # Errors
/// As [`load`].
pub fn load_tree(
    tree: &Node,
    sources: &Sources,
    name: &str,
    options: &LoadOptions,
) -> Result<Loaded, Failure> {
    let found = (sources.clone(), Diagnostics::new());
    finish(Some(tree.clone()), found, name, options)
}

fn finish(
    tree: Option<Node>,
    (mut sources, mut diagnostics): (Sources, Diagnostics),
    name: &str,
    options: &LoadOptions,
) -> Result<Loaded, Failure> {
    let Some(mut tree) = tree else {
        if !diagnostics.has_errors() {
            diagnostics.push(Diagnostic::error("empty-scenario", "the scenario is empty"));
        }
        return Err(Failure {
            diagnostics,
            sources,
        });
    };
    let mut over_blocks = Vec::new();
    for (path, value) in &options.set {
        let instead = consequences::instead(&tree, path, value);
        let assignment = format!("{path}={value}");
        path::assign(&mut tree, &mut sources, &assignment, &mut diagnostics);
        over_blocks.extend(instead.map(|help| (assignment, help)));
    }
    if !options.set.is_empty() {
        path::settle(&mut tree, &sources);
    }
    let reader = Reader::new();
    let cx = Context::new(&reader, &sources, options);
    let converted = convert(&cx, &tree, name);
    let mut log = cx.into_log();
    let (found, ignored) = reader.into_parts();
    diagnostics.append(found);
    diagnostics.append(effectless(ignored));
    consequences::help(&mut diagnostics, &sources, &over_blocks);
    consequences::leave_out(&mut diagnostics);
    consequences::leave_out_refused(&mut diagnostics, &tree);
    if diagnostics.has_errors() {
        return Err(Failure {
            diagnostics,
            sources,
        });
    }
    let Some((mut plan, sweep)) = converted else {
        let message = "the scenario could not be read, and no reason was given: a defect of ours";
        diagnostics.push(Diagnostic::error("defect", message));
        return Err(Failure {
            diagnostics,
            sources,
        });
    };
    log.said.drain(..).for_each(|note| diagnostics.push(note));
    if let Some(note) = requests_ahead::note(&plan, &tree) {
        diagnostics.push(note);
    }
    unused_defaults::forget(&plan, &mut log);
    plan.assumptions = log.assumptions();
    let said = diagnostics.items().iter().map(|item| item.message.clone());
    plan.notes = log.notes.iter().cloned().chain(said).collect();
    let names: BTreeMap<Span, String> = log.renamed.into_iter().collect();
    Ok(Loaded {
        resolved: resolved::text(&tree, &names, &plan),
        plan,
        sweep,
        diagnostics,
        sources,
        tree,
        trace_files: log.traces,
    })
}

/// Blocks that are read with `aws` only.
const BESIDE_AWS: [&str; 6] = [
    "world",
    "timeline",
    "objectives",
    "sweep",
    "optimize",
    "whatIf",
];

/// The tree to a plan. A part that is wrong is reported and stands in with something legal where it
/// can, so that the rest is checked too; whoever asked looks at the reader's diagnostics first.
fn convert(cx: &Context<'_>, tree: &Node, name: &str) -> Option<(Plan, Option<SweepPlan>)> {
    let mut root = cx.reader.map(tree, "")?;
    check_version(&mut root);
    let name = scenario_name(&mut root, name);
    let run = run::read_run(cx, &mut root);
    let (record, packing) = run::read_record(cx, &mut root, &run);
    let Some(mut aws_map) = root.required("aws").and_then(|field| field.map()) else {
        // They are known, and not looked at without the half that they speak of.
        for key in BESIDE_AWS {
            let _ = root.field(key);
        }
        root.finish();
        return None;
    };
    let mut world_map = root.map("world");
    let mut world = world::begin(cx, world_map.as_mut());
    let mut aws = aws::read(cx, &mut aws_map, (&world, &run))?;
    world.finish_names(&aws);
    run::check_packing(packing.as_ref(), !aws.groups.is_empty());
    if let Some(map) = &mut world_map {
        world::demand::read(cx, map, &run, &mut aws);
    }
    world::demand::check_shifted(&aws, &aws::traffic_shift::places(&mut aws_map));
    let calls = world.work.calls(cx, &run, &mut aws);
    let starts = aws::service_fields(&mut aws_map, "taskDefinition");
    let (mut timeline, price_changes) = timeline::read(
        cx,
        &mut root,
        (&run, &world.streams, &world.hooks),
        (&mut aws, &starts),
    );
    world.hooks.check_names();
    let objectives = objectives::read(&mut root, &run, &aws);
    let spot = world::spot::read(cx, world_map.as_mut(), (&run, &mut aws));
    let what_if = what_if::read(cx, &mut root, (&mut aws, &mut timeline));
    if what_if.on_demand.is_some() {
        aws.providers = aws.provider_names.plans(cx, &world.latencies);
    }
    let prices = world::prices::read(cx, world_map.as_mut(), (&run, &aws), price_changes);
    let sweep = sweep::read(cx, &mut root, tree);
    aws.check_task_groups(cx);
    let maxima = aws::spot_maximum::places(&mut aws_map);
    let scaled = aws::subnet_addresses::places(&mut aws_map);
    let file_systems = world.file_systems.plans();
    for note in world.file_systems.notes(&aws.task_definitions) {
        cx.note(note);
    }
    for map in [Some(aws_map), world_map, Some(root)].into_iter().flatten() {
        map.finish();
    }
    let of = (aws.services.as_slice(), aws.task_definitions.plans());
    let around = (aws.target_groups.as_slice(), timeline.as_slice());
    world.work.check_cycles(&run, &calls, of, around);
    let plan = assemble(aws, (name, run, record));
    let plan = Plan {
        calls,
        spot: spot?,
        file_systems,
        what_if,
        timeline,
        prices,
        objectives,
        ..plan?
    };
    let plan = plan.with_instance_prices();
    world::demand::note_unasked(cx, &plan);
    aws::spot_maximum::check(cx, &maxima, &plan);
    aws::subnet_addresses::check(cx, &scaled, &plan);
    Some((plan, sweep))
}

fn assemble(
    aws: aws::Aws,
    (name, run, record): (String, RunPlan, super::plan::RecordPlan),
) -> Option<Plan> {
    let region = aws.region.name.to_owned();
    let (prices, _) = crate::catalog::prices::PriceBook::for_region(&region);
    Some(Plan {
        name,
        run,
        record,
        region,
        zones: aws.zones,
        published_metrics: aws.published_metrics,
        file_systems: Vec::new(),
        boundary: aws.boundary,
        cluster: aws.cluster,
        providers: aws.providers,
        spread_attributes: aws.placements.spread_attributes(),
        groups: aws.groups,
        task_definitions: aws.task_definitions.into_plans(),
        services: aws.services,
        calls: Vec::new(),
        job_sources: aws.job_sources,
        load_balancers: aws.load_balancers,
        target_groups: aws.target_groups,
        scalable_targets: aws.scalable_targets,
        alarms: aws.alarms,
        spot: world::spot::stand_in()?,
        quotas: aws.quotas,
        what_if: WhatIfPlan::default(),
        retirement: aws.retirement,
        timeline: Vec::new(),
        prices,
        objectives: Vec::new(),
        assumptions: Vec::new(),
        notes: Vec::new(),
    })
}

fn check_version(root: &mut MapReader<'_>) {
    let Some(field) = root.required("fleetcast") else {
        return;
    };
    if field.node().as_text() != Some("1") {
        let message = format!("found {}, expected 1", field.node().describe());
        let help = "1 is the version of the scenario format that this release reads";
        field.error("unknown-version", message).help(help).report();
    }
}

fn scenario_name(root: &mut MapReader<'_>, otherwise: &str) -> String {
    match root.field("name") {
        Some(field) => {
            let name = field.str().unwrap_or_default();
            super::context::check_name(&field, name, 128);
            name.to_owned()
        }
        None => {
            let safe = |letter: char| match letter.is_ascii_alphanumeric() || letter == '_' {
                true => letter,
                false => '-',
            };
            let name: String = otherwise.chars().take(128).map(safe).collect();
            if name.is_empty() {
                "scenario".to_owned()
            } else {
                name
            }
        }
    }
}

/// One note a shape of AWS's: the fields that were given and have no effect.
fn effectless(mut ignored: Vec<Ignored>) -> Diagnostics {
    let mut notes = Diagnostics::new();
    ignored.sort_by(|a, b| {
        (&a.shape, a.span.file, a.span.start).cmp(&(&b.shape, b.span.file, b.span.start))
    });
    for group in ignored.chunk_by(|a, b| a.shape == b.shape) {
        let mut fields: Vec<&str> = group.iter().map(|ignored| ignored.field.as_str()).collect();
        fields.sort_unstable();
        fields.dedup();
        let message = format!("no effect here: {}", fields.join(", "));
        let first = &group[0];
        let shape = first.shape.rsplit('.').next().unwrap_or(&first.shape);
        let note = Diagnostic::note("no-effect", format!("{message} ({shape})"));
        notes.push(note.at(first.span));
    }
    notes
}

/// Reports a table that has outgrown its limit.
pub(super) fn check_total(cx: &Context<'_>, what: &str, count: u64, max: u64) {
    if max < count {
        let message = format!("the scenario has {count} {what}, at most {max} are simulated");
        global(cx.reader, "too-many", message);
    }
}

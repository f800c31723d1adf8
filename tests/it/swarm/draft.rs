//! A scenario in pieces, so that a failing one can be made smaller piece by piece.

use std::fs;
use std::path::{Path, PathBuf};

/// The blocks of a scenario in the order of the file; those with a dot stand in the block before
/// the dot.
const BLOCKS: [&str; 51] = [
    "run",
    "record",
    "aws",
    "aws.cluster",
    "aws.quotas",
    "aws.settings",
    "aws.subnets",
    "aws.securityGroups",
    "aws.routeTables",
    "aws.natGateways",
    "aws.vpcEndpoints",
    "aws.roles",
    "aws.secrets",
    "aws.parameters",
    "aws.keys",
    "aws.logGroups",
    "aws.launchTemplates",
    "aws.autoScalingGroups",
    "aws.externalInstances",
    "aws.capacityProviders",
    "aws.taskDefinitions",
    "aws.loadBalancers",
    "aws.targetGroups",
    "aws.scheduledUpdateGroupActions",
    "aws.services",
    "aws.deploymentGroups",
    "aws.taskSets",
    "aws.queues",
    "aws.runTasks",
    "aws.schedules",
    "aws.rules",
    "aws.ruleTargets",
    "aws.scalableTargets",
    "aws.scalingPolicies",
    "aws.scheduledActions",
    "aws.alarms",
    "world",
    "world.demand",
    "world.work",
    "world.hooks",
    "world.fileSystems",
    "world.latencies",
    "world.schedules",
    "world.instances",
    "world.spot",
    "world.fargateRetirement",
    "world.prices",
    "world.streams",
    "timeline",
    "objectives",
    "whatIf",
];

/// A scenario in pieces.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    pieces: Vec<Piece>,
    /// Its traces by file name; each goes with the piece that names it.
    traces: Vec<(String, String)>,
}

/// One line of a block: an entry of a list (it begins with `- `) or of a mapping.
#[derive(Clone, Debug)]
struct Piece {
    block: &'static str,
    line: String,
}

impl Draft {
    /// Adds a line to a block.
    pub(super) fn add(&mut self, block: &'static str, line: impl Into<String>) {
        assert!(BLOCKS.contains(&block), "{block} is a block");
        let line = line.into();
        self.pieces.push(Piece { block, line });
    }

    /// Adds a trace and returns its file name.
    pub(super) fn add_trace(&mut self, text: String) -> String {
        let name = format!("trace{}.csv", self.traces.len());
        self.traces.push((name.clone(), text));
        name
    }

    /// The lines of a block.
    pub(super) fn lines(&self, block: &str) -> Vec<&str> {
        let own = self.pieces.iter().filter(|piece| piece.block == block);
        own.map(|piece| piece.line.as_str()).collect()
    }

    /// The same with the lines of a block in the opposite order.
    pub(super) fn reversed(&self, block: &str) -> Draft {
        let mut draft = self.clone();
        let own = self.pieces.iter().filter(|piece| piece.block == block);
        let mut reversed: Vec<&Piece> = own.collect();
        for piece in draft.pieces.iter_mut().filter(|piece| piece.block == block) {
            let last = reversed.pop().expect("as many as before");
            piece.line.clone_from(&last.line);
        }
        draft
    }

    /// The same with each line changed by `change`, which is told its block.
    pub(super) fn map(&self, change: impl Fn(&str, &str) -> String) -> Draft {
        let mut draft = self.clone();
        for piece in &mut draft.pieces {
            piece.line = change(piece.block, &piece.line);
        }
        draft
    }

    /// The same with the lines that `keeps` says, which is told the block of each.
    pub(super) fn filtered(&self, keeps: impl Fn(&str, &str) -> bool) -> Draft {
        let mut draft = self.clone();
        draft.pieces.retain(|piece| keeps(piece.block, &piece.line));
        draft
    }

    /// The same without the lines of a block.
    pub(super) fn without(&self, block: &str) -> Draft {
        let mut draft = self.clone();
        draft.pieces.retain(|piece| piece.block != block);
        draft
    }

    /// The file's text.
    pub(super) fn text(&self) -> String {
        let mut text = "fleetcast: 1\nname: swarm\n".to_owned();
        for block in BLOCKS {
            let lines = self.lines(block);
            let (parent, name) = block.split_once('.').unwrap_or(("", block));
            let has_children = self.pieces.iter().any(|piece| {
                let (parent, _) = piece.block.split_once('.').unwrap_or(("", ""));
                parent == block
            });
            if lines.is_empty() && !has_children {
                continue;
            }
            let margin = if parent.is_empty() { "" } else { "  " };
            match name {
                // AWS's quotas stand one level deeper.
                "quotas" => text += &format!("{margin}account:\n{margin}  quotas:\n"),
                "settings" => {
                    if self.lines("aws.quotas").is_empty() {
                        text += &format!("{margin}account:\n");
                    }
                    text += &format!("{margin}  settings:\n");
                }
                name => text += &format!("{margin}{name}:\n"),
            }
            let is_deep = ["quotas", "settings"].contains(&name);
            let margin = if is_deep { "    " } else { margin };
            for line in lines {
                text += &format!("{margin}  {line}\n");
            }
        }
        text
    }

    /// Writes the file and its traces into a folder.
    pub(super) fn write(&self, folder: &Path) -> PathBuf {
        for (name, trace) in &self.traces {
            fs::write(folder.join(name), trace).unwrap();
        }
        let path = folder.join("swarm.yaml");
        fs::write(&path, self.text()).unwrap();
        path
    }

    /// The smallest draft that still `fails`, as far as leaving out pieces one by one leads, in at
    /// most `tries` tries.
    pub(super) fn shrunk(&self, mut tries: u32, fails: impl Fn(&Draft) -> bool) -> Draft {
        let mut smallest = self.clone();
        let mut at = 0;
        let mut left_out = 0;
        while 0 < tries {
            if smallest.pieces.len() <= at {
                if left_out == 0 {
                    break;
                }
                (at, left_out) = (0, 0);
                continue;
            }
            tries -= 1;
            let mut smaller = smallest.clone();
            smaller.pieces.remove(at);
            if fails(&smaller) {
                smallest = smaller;
                left_out += 1;
            } else {
                at += 1;
            }
        }
        smallest
    }
}

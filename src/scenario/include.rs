//! What a scenario file draws in: `extends` (base files) and `aws.include` (files as the AWS CLI
//! prints them). Paths are relative to the file that names them.

mod cli_output;

use std::path::{Path, PathBuf};

use crate::scenario::arn::arn_name;
use crate::scenario::diagnostic::{Diagnostic, Diagnostics};
use crate::scenario::merge;
use crate::scenario::node::{self, Node, Value, quote};
use crate::scenario::path::join;
use crate::scenario::source::{Sources, Span};

/// The most files one scenario may draw in, those drawn in twice counted twice.
const FILES_MAX: usize = 256;

/// Reads a scenario file with all it draws in, to one tree without `extends` and `aws.include`. The
/// tree comes back if there is one, even where a file of it has an error: check the diagnostics.
pub fn load(sources: &mut Sources, path: &Path, diagnostics: &mut Diagnostics) -> Option<Node> {
    let mut loader = Loader {
        sources,
        diagnostics,
        chain: Vec::new(),
        files: 0,
        lacks_a_base: false,
    };
    let file = Wanted {
        path: path.to_path_buf(),
        span: None,
        key: "",
    };
    let tree = loader.scenario(&file);
    // What is missing then may stand in the file that is not there.
    tree.filter(|_| !loader.lacks_a_base)
}

/// A file to be read, and the place that asks for it.
struct Wanted {
    path: PathBuf,
    span: Option<Span>,
    key: &'static str,
}

struct Loader<'a> {
    sources: &'a mut Sources,
    diagnostics: &'a mut Diagnostics,
    /// The files that extend one another, the user's first.
    chain: Vec<PathBuf>,
    files: usize,
    /// Whether a file that another extends could not be read, or they extend one another in a
    /// circle.
    lacks_a_base: bool,
}

impl Loader<'_> {
    fn scenario(&mut self, wanted: &Wanted) -> Option<Node> {
        if self.is_cycle(wanted) {
            return None;
        }
        let mut tree = self.parse(wanted)?;
        if !matches!(tree.value, Value::Mapping(_)) {
            let message = format!("found {}, expected a mapping", tree.describe());
            self.diagnostics
                .push(Diagnostic::error("wrong-type", message).at(tree.span));
            return None;
        }
        self.chain.push(wanted.path.clone());
        let bases = self.take_paths(&mut tree, "extends", &wanted.path);
        let mut merged: Option<Node> = None;
        for base in bases {
            let Some(base) = self.scenario(&base) else {
                self.lacks_a_base = true;
                continue;
            };
            merged = Some(match merged {
                Some(before) => merge::merge(before, base),
                None => base,
            });
        }
        self.fold_includes(&mut tree, &wanted.path);
        self.chain.pop();
        Some(match merged {
            Some(base) => merge::merge(base, tree),
            None => tree,
        })
    }

    fn is_cycle(&mut self, wanted: &Wanted) -> bool {
        // Two spellings of one path are one file; a missing file is reported when it is read.
        let files = self.sources.read_from();
        let own = files.real(&wanted.path);
        let is_own = |path: &PathBuf| files.real(path) == own;
        let Some(start) = self.chain.iter().position(is_own) else {
            return false;
        };
        let mut names: Vec<String> = self.chain[start..]
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        names.push(wanted.path.display().to_string());
        let message = format!("the file extends itself: {}", names.join(" extends "));
        let help = "a base knows nothing of its variants: take extends out of one of them";
        let wrong = Diagnostic::error("extends-cycle", message).help(help);
        self.report(wrong, wanted);
        true
    }

    fn parse(&mut self, wanted: &Wanted) -> Option<Node> {
        self.files += 1;
        if FILES_MAX < self.files {
            if self.files == FILES_MAX + 1 {
                let message = format!("the scenario draws in more than {FILES_MAX} files");
                self.report(Diagnostic::error("too-many-files", message), wanted);
            }
            return None;
        }
        let file = match self.sources.load(&wanted.path) {
            Ok(file) => file,
            Err(wrong) => {
                self.report(*wrong, wanted);
                return None;
            }
        };
        node::parse(self.sources, file, self.diagnostics)
    }

    /// Takes the path or paths under a key, named by its place in the scenario, out of a mapping.
    fn take_paths(&mut self, tree: &mut Node, key: &'static str, from: &Path) -> Vec<Wanted> {
        let name = key.rsplit('.').next().unwrap_or(key);
        let Value::Mapping(entries) = &mut tree.value else {
            return Vec::new();
        };
        let Some(index) = entries.iter().position(|(known, _)| known.text == name) else {
            return Vec::new();
        };
        let (_, node) = entries.remove(index);
        let items = match node.value {
            Value::Sequence(items) => items,
            Value::Scalar(_) | Value::Mapping(_) => vec![node],
        };
        let mut wanted = Vec::new();
        for item in items.into_iter().filter(|item| !item.is_null()) {
            match item.as_text() {
                Some(text) => {
                    let path = from.parent().unwrap_or(Path::new("")).join(text);
                    wanted.push(Wanted {
                        path,
                        span: Some(item.span),
                        key,
                    });
                }
                None => {
                    let message = format!("found {}, expected a file's path", item.describe());
                    let wrong = Diagnostic::error("wrong-type", message)
                        .at(item.span)
                        .path(key);
                    self.diagnostics.push(wrong);
                }
            }
        }
        wanted
    }

    fn fold_includes(&mut self, tree: &mut Node, from: &Path) {
        let Some(aws) = tree.get_mut("aws") else {
            return;
        };
        let wanted = self.take_paths(aws, "aws.include", from);
        if wanted.is_empty() {
            return;
        }
        let mut drawn = Node::empty_mapping(aws.span);
        for file in wanted {
            if self.includes_itself(&file) {
                continue;
            }
            if let Some(content) = self.parse(&file) {
                let blocks = cli_output::blocks(content, self.diagnostics);
                drawn = self.fold(drawn, blocks, "an earlier include");
            }
        }
        let inline = std::mem::replace(aws, Node::empty_mapping(drawn.span));
        *aws = self.fold(drawn, entries_of(inline), "an include");
    }

    /// Merges blocks of `aws:` onto those of `base`, and notes each resource that stood in both.
    fn fold(&mut self, mut base: Node, over: Vec<(node::Key, Node)>, from: &str) -> Node {
        for (key, value) in over {
            let Some(old) = base.get_mut(&key.text) else {
                if let Value::Mapping(entries) = &mut base.value {
                    entries.push((key, value));
                }
                continue;
            };
            if key.text == "cluster" && is_other_cluster(old, &value) {
                self.refuse_second_cluster(&value, from);
                continue;
            }
            let kept = std::mem::replace(old, Node::plain("", value.span));
            for (resource, span) in merge::overlaps(&kept, &value) {
                let resource = join(&key.text, &resource);
                let what = format!("{} stands here and in {from}", quote(&resource));
                let note = Diagnostic::note("include-overlap", what + ": what stands here wins");
                self.diagnostics
                    .push(note.at(span).path(join("aws", &key.text)));
            }
            *old = merge::merge_aws(kept, value, &key.text);
        }
        base
    }

    fn includes_itself(&mut self, wanted: &Wanted) -> bool {
        let files = self.sources.read_from();
        let own = files.real(&wanted.path);
        let is_own = self.chain.iter().any(|path| files.real(path) == own);
        if is_own {
            let help = "aws.include takes files as the AWS CLI prints them; a scenario's base \
                        stands under extends";
            let wrong = Diagnostic::error("include-cycle", "the file includes itself").help(help);
            self.report(wrong, wanted);
        }
        is_own
    }

    fn refuse_second_cluster(&mut self, cluster: &Node, from: &str) {
        let message = format!("a second cluster stands here, {from} has one: a scenario has one");
        let span = cluster.get("clusterName").unwrap_or(cluster).span;
        let help = "include one cluster; to change a field of it here, leave clusterName out";
        let wrong = Diagnostic::error("two-clusters", message).at(span);
        self.diagnostics.push(wrong.path("aws.cluster").help(help));
    }

    fn report(&mut self, mut wrong: Diagnostic, wanted: &Wanted) {
        wrong.span = wanted.span.or(wrong.span);
        if !wanted.key.is_empty() {
            wrong.path = wanted.key.to_owned();
        }
        self.diagnostics.push(wrong);
    }
}

/// Whether both name a cluster, and not the same.
fn is_other_cluster(one: &Node, other: &Node) -> bool {
    let name = |cluster: &Node| {
        let name = cluster.get("clusterName")?;
        name.as_text().map(|name| arn_name(name).to_owned())
    };
    match (name(one), name(other)) {
        (Some(one), Some(other)) => one != other,
        _ => false,
    }
}

fn entries_of(node: Node) -> Vec<(node::Key, Node)> {
    match node.value {
        Value::Mapping(entries) => entries,
        Value::Scalar(_) | Value::Sequence(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests;

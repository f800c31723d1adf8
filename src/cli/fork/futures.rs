//! The futures that a command line asks for: `--future NAME` begins one, and the `--set` and `--do`
//! after it are its own; those before the first make one without a name.

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

use crate::cli::scenario_file::assignment;

/// The name of a future that was given none.
const CHANGED: &str = "changed";

/// The futures beside the run as it was, in their order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Futures {
    pub(super) all: Vec<Future>,
}

/// One of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Future {
    pub(super) name: String,
    /// What happens when it begins, in order.
    pub(super) changes: Vec<Change>,
}

/// What happens when a future begins.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Change {
    /// A value of the scenario changes.
    Set(String, String),
    /// An entry of the timeline, without its time.
    Do(String),
}

impl Args for Futures {
    fn augment_args(command: Command) -> Command {
        let set = Arg::new("set")
            .long("set")
            .value_name("PATH=VALUE")
            .action(ArgAction::Append)
            .value_parser(assignment)
            .help("Change a value then; may be repeated")
            .long_help(
                "Change a value then; may be repeated\n\nWhat can be changed while a cluster runs: \
                 aws.services.NAME. desiredCount, capacityProviderStrategy, taskDefinition and \
                 deploymentConfiguration; aws.scalableTargets.NAME. MinCapacity and MaxCapacity; \
                 aws.autoScalingGroups.NAME. DesiredCapacity, MinSize and MaxSize.",
            );
        let doing = Arg::new("do")
            .long("do")
            .value_name("ENTRY")
            .action(ArgAction::Append)
            .help("Let an entry of the timeline happen then, like 'deploy: { service: api }'");
        let future = Arg::new("future")
            .long("future")
            .value_name("NAME")
            .action(ArgAction::Append)
            .value_parser(name)
            .help("Begin one more future; the --set and --do after it are its own");
        command.arg(set).arg(doing).arg(future)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Futures::augment_args(command)
    }
}

impl FromArgMatches for Futures {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut said: Vec<(usize, Said)> = Vec::new();
        let indices = |name: &str| matches.indices_of(name).into_iter().flatten();
        let sets = matches
            .get_many::<(String, String)>("set")
            .into_iter()
            .flatten();
        let change = |(path, value): &(String, String)| {
            Said::Change(Change::Set(path.clone(), value.clone()))
        };
        said.extend(indices("set").zip(sets.map(change)));
        let texts = |name: &str| matches.get_many::<String>(name).into_iter().flatten();
        said.extend(indices("do").zip(texts("do").map(|it| Said::Change(Change::Do(it.clone())))));
        said.extend(indices("future").zip(texts("future").map(|it| Said::Future(it.clone()))));
        said.sort_by_key(|(at, _)| *at);
        let mut all: Vec<Future> = Vec::new();
        let future = |name: &str, changes: Vec<Change>| Future {
            name: name.to_owned(),
            changes,
        };
        for (_, said) in said {
            match said {
                Said::Future(name) => all.push(future(&name, Vec::new())),
                Said::Change(change) => match all.last_mut() {
                    Some(last) => last.changes.push(change),
                    None => all.push(future(CHANGED, vec![change])),
                },
            }
        }
        Ok(Futures { all })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Futures::from_arg_matches(matches)?;
        Ok(())
    }
}

/// A future's name, which is that of its folder too.
fn name(text: &str) -> Result<String, String> {
    match text {
        "" | "." | ".." => Err("expected a name".to_owned()),
        _ if text.contains(['/', '\\']) => Err("a name has no slashes".to_owned()),
        _ => Ok(text.to_owned()),
    }
}

impl Futures {
    /// The first name that two of them have.
    pub(super) fn twice(&self) -> Option<&str> {
        let mut names: Vec<&str> = self.all.iter().map(|it| it.name.as_str()).collect();
        names.sort_unstable();
        let pair = names.windows(2).find(|pair| pair[0] == pair[1]);
        pair.map(|pair| pair[0])
    }
}

/// What stands on the command line, in its order.
enum Said {
    Future(String),
    Change(Change),
}

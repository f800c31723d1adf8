//! Deployments as spans of time: as `deployments.csv` has them, or, of a run without it, as their
//! tasks show them.

use std::collections::BTreeMap;

use super::data::RunData;
use super::lives::{self, TaskLife};
use super::timeline::Span;

/// The deployments of a run, those among them that began in it.
#[derive(Clone, PartialEq, Debug)]
pub struct Deployments {
    /// From when to when, in the order in which they began.
    pub spans: Vec<Span>,
    /// What is to be known of that.
    pub lasts: &'static str,
    /// The file that has all of them.
    pub file: &'static str,
}

/// A row of `deployments.csv`.
#[derive(Clone, PartialEq, Debug)]
pub struct DeploymentRow {
    /// Whose it is.
    service: String,
    /// What is deployed, as `web:3`.
    revision: String,
    /// When it began, milliseconds since 1970; `None` if it stood when the run began.
    created: Option<i64>,
    /// When it was over; `None` if it was not.
    finished: Option<i64>,
    /// `rolloutState`
    rollout: String,
    /// `rolloutStateReason`
    reason: String,
    /// `serviceDeploymentStatus`
    status: String,
}

/// The rows of `deployments.csv`.
///
/// # Errors
/// If it is no CSV file.
pub fn rows(bytes: &[u8]) -> Result<Vec<DeploymentRow>, String> {
    lives::rows(bytes, |row| DeploymentRow {
        service: row.text("service").to_owned(),
        revision: row.text("taskDefinition").to_owned(),
        created: row.instant("createdAt"),
        finished: row.instant("finishedAt"),
        rollout: row.text("rolloutState").to_owned(),
        reason: row.text("rolloutStateReason").to_owned(),
        status: row.text("serviceDeploymentStatus").to_owned(),
    })
}

impl Deployments {
    /// Those of a run.
    pub fn of(data: &RunData<'_>) -> Self {
        let end = data.clock.to_ms;
        match (&data.deployments, data.tasks.as_deref()) {
            (Some(rows), _) => Deployments {
                spans: rows.iter().filter_map(|row| told(row, end)).collect(),
                lasts: "A deployment lasts until it is COMPLETED, fails, or another takes its \
                        place; one that is rolled back until that is done.",
                file: "deployments.csv",
            },
            (None, tasks) => Deployments {
                spans: tasks.map_or(Vec::new(), |tasks| of_tasks(tasks, end)),
                lasts: "A deployment lasts from its first task until the last older task, or of \
                        one that is given up its own last task, is told to stop.",
                file: "tasks.csv",
            },
        }
    }
}

/// A row as a span; nothing of a deployment that stood when the run began.
fn told(row: &DeploymentRow, end: i64) -> Option<Span> {
    let from = row.created?;
    let what = format!("deployment of {}", row.revision);
    let word = match (row.rollout.as_str(), row.status.as_str()) {
        ("COMPLETED", "SUCCESSFUL") => what,
        ("FAILED", status) => format!("{what}, FAILED ({status}): {}", row.reason),
        (_, status) => format!("{what}, {status}"),
    };
    Some(Span {
        row: row.service.clone(),
        from,
        to: row.finished.unwrap_or(end).max(from),
        word,
    })
}

/// Deployments as their tasks show them: of each service those after the first.
fn of_tasks(tasks: &[TaskLife], end: i64) -> Vec<Span> {
    let mut by_service: BTreeMap<&str, Vec<(&str, Vec<&TaskLife>)>> = BTreeMap::new();
    for task in tasks {
        let Some(service) = task.group.strip_prefix("service:") else {
            continue;
        };
        let its = by_service.entry(service).or_default();
        match its.iter_mut().find(|(id, _)| *id == task.started_by) {
            Some((_, tasks)) => tasks.push(task),
            None => its.push((&task.started_by, vec![task])),
        }
    }
    let mut all = Vec::new();
    for (service, deployments) in by_service {
        // When the last task of all deployments before is told to stop.
        let mut replaced = deployments
            .first()
            .and_then(|it| last_stop(it.1.iter(), end));
        for (index, (_, tasks)) in deployments.iter().enumerate().skip(1) {
            let own = last_stop(tasks.iter(), end);
            let older = replaced;
            replaced = older.max(own);
            let Some(from) = tasks.iter().filter_map(|task| task.created).min() else {
                continue;
            };
            let older = older.unwrap_or(from);
            let given_up = own.unwrap_or(end);
            // What another deployment ended was over when that one began.
            let next = deployments.get(index + 1).map(|(_, tasks)| tasks);
            let next = next.and_then(|tasks| tasks.iter().filter_map(|it| it.created).min());
            let to = older.min(given_up).min(next.unwrap_or(end)).max(from);
            let how = match given_up < older && given_up == to {
                true => ", given up",
                false => "",
            };
            all.push(Span {
                row: service.to_owned(),
                from,
                to,
                word: format!("deployment of {}{how}", tasks[0].revision),
            });
        }
    }
    all.sort_by_key(|span| span.from);
    all
}

/// When the last of some tasks is told to stop; one that never is lasts to the end.
fn last_stop<'a>(tasks: impl Iterator<Item = &'a &'a TaskLife>, end: i64) -> Option<i64> {
    tasks.map(|task| task.stopping.unwrap_or(end)).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(id: &str, created: i64, stopping: Option<i64>) -> TaskLife {
        TaskLife {
            group: "service:web".to_owned(),
            started_by: id.to_owned(),
            revision: "web:1".to_owned(),
            created: Some(created),
            stopping,
            ..TaskLife::default()
        }
    }

    #[test]
    fn a_deployment_lasts_until_the_last_older_task_is_told_to_stop() {
        let tasks = [
            task("ecs-svc/1", 0, Some(700)),
            task("ecs-svc/1", 0, Some(900)),
            task("ecs-svc/2", 500, None),
            task("ecs-svc/2", 650, Some(2_100)),
            task("ecs-svc/3", 2_000, Some(2_400)),
        ];
        let spans = of_tasks(&tasks, 3_000);
        let times: Vec<(i64, i64)> = spans.iter().map(|it| (it.from, it.to)).collect();
        assert_eq!(times, [(500, 900), (2_000, 2_400)]);
        assert_eq!(spans[0].word, "deployment of web:1");
        assert_eq!(spans[1].word, "deployment of web:1, given up");
    }

    #[test]
    fn a_deployment_of_the_file_says_how_it_ended() {
        let text = "service,taskDefinition,createdAt,finishedAt,rolloutState,rolloutStateReason,\
                    serviceDeploymentStatus\n\
                    api,api:2,1970-01-01T00:00:01Z,1970-01-01T00:00:03Z,FAILED,alarm detected.,\
                    ROLLBACK_SUCCESSFUL\n\
                    api,api:1,,,COMPLETED,,SUCCESSFUL\n\
                    api,api:3,1970-01-01T00:00:04Z,1970-01-01T00:00:05Z,COMPLETED,,SUCCESSFUL\n\
                    api,api:4,1970-01-01T00:00:06Z,,IN_PROGRESS,,IN_PROGRESS\n";
        let rows = rows(text.as_bytes()).unwrap();
        let spans = rows.iter().filter_map(|row| told(row, 9_000));
        let spans: Vec<_> = spans.map(|it| (it.from, it.to, it.word)).collect();
        let failed = "deployment of api:2, FAILED (ROLLBACK_SUCCESSFUL): alarm detected.";
        let expected = [
            (1_000, 3_000, failed),
            (4_000, 5_000, "deployment of api:3"),
            (6_000, 9_000, "deployment of api:4, IN_PROGRESS"),
        ];
        assert_eq!(
            spans,
            expected.map(|(from, to, word)| (from, to, word.to_owned()))
        );
    }
}

//! From a dashboard and back: what a simulated service shows in CloudWatch's metrics gives its
//! costs and its requests again.

use std::fmt::Write;

use fleetcast::scenario::{LoadOptions, load};

use super::home::{Home, Table, loaded};

/// The costs to be found again, in seconds.
const CPU_S: f64 = 0.017;
const WAIT_S: f64 = 0.045;
const IDLE_VCPUS: f64 = 0.02;

/// Two tasks of half a vCPU behind a balancer, for two hours: quiet first, busy then.
fn shop(rate: &str, work: &str) -> String {
    format!(
        "\
fleetcast: 1
name: shop
run: {{ duration: 2h }}
aws:
  taskDefinitions: [{{ family: web, cpu: 512, memory: 1024 }}]
  targetGroups: [{{ TargetGroupName: web }}]
  services:
    - serviceName: web
      taskDefinition: web
      desiredCount: 2
      launchType: FARGATE
      loadBalancers: [{{ targetGroupArn: web, containerName: web, containerPort: 80 }}]
world:
  demand: {{ web: {{ rate: {rate} }} }}
  work: {{ web: {{ idle: {IDLE_VCPUS} vCPU, {work} }} }}
"
    )
}

const RATE: &str = "{ sum: [{ constant: 0.1/s }, { step: { at: 1h, to: 30/s } }] }";

/// The metrics of the service with the costs that are to be found.
fn metrics(home: &Home) -> Table {
    let work = format!("cpu: {}ms, wait: {}ms", CPU_S * 1e3, WAIT_S * 1e3);
    home.write("shop.yaml", &shop(RATE, &work));
    home.run_well(&["run", "shop.yaml", "--out", "run", "--no-charts", "--quiet"]);
    home.table("run/metrics.csv")
}

/// A metric's column over the minutes of an hour, the first five left out.
fn hour(metrics: &Table, metric: &str, statistic: &str, hour: usize) -> Vec<f64> {
    let rows = metrics.only(&[("metric", metric)]);
    let prefix = format!("2026-01-01T{hour:02}:");
    let times = rows.texts("timestamp");
    let all = rows.numbers(statistic);
    let of_hour = times
        .iter()
        .zip(all)
        .filter(|(time, _)| time.starts_with(&prefix));
    let found: Vec<f64> = of_hour.skip(5).map(|(_, value)| value).collect();
    assert!(50 <= found.len(), "{metric}: {} minutes", found.len());
    found
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[test]
fn a_known_cost_is_found_again_in_what_cloudwatch_shows_of_it() {
    let home = Home::new();
    let metrics = metrics(&home);
    let percent = mean(&hour(&metrics, "CPUUtilization", "Average", 1));
    let requests = mean(&hour(&metrics, "RequestCountPerTarget", "Sum", 1));
    // 15.05 requests a second of 17 ms on half a vCPU, 4 % of it idle work: a busy hour.
    assert!((percent - 55.17).abs() < 0.01, "{percent}");
    let response = mean(&hour(&metrics, "TargetResponseTime", "Average", 0));
    let found = loaded(&shop(
        "1/s",
        &format!(
            "cpu: {{ from: {{ cpuUtilization: {percent} %, requestsPerTarget: {requests}/min }} \
             }}, wait: {{ from: {{ responseTime: {:.6}ms }} }}",
            response * 1e3
        ),
    ));
    let work = &found.plan.task_definitions[0].work;
    // The metrics are exact sums, so all that is lost is how metrics.csv rounds: within 0.01 %.
    let error = (work.cpu_s / CPU_S - 1.0).abs();
    assert!(error < 1e-4, "cpu {} instead of {CPU_S}", work.cpu_s);
    // A response at low load still waits a little for the CPU of others: within 1 %.
    let error = (work.wait_s / WAIT_S - 1.0).abs();
    assert!(error < 1e-2, "wait {} instead of {WAIT_S}", work.wait_s);
}

#[test]
fn requests_as_cloudwatch_shows_them_are_played_again() {
    let home = Home::new();
    let metrics = metrics(&home);
    let rows = metrics.only(&[("metric", "RequestCount")]);
    let points: Vec<(&str, f64)> = rows
        .texts("timestamp")
        .into_iter()
        .zip(rows.numbers("Sum"))
        .collect();
    assert_eq!(points.len(), 120);
    let mut statistics = String::new();
    for (time, sum) in &points {
        let comma = if statistics.is_empty() { "" } else { ",\n" };
        write!(
            statistics,
            "{comma}{{\"Timestamp\": \"{time}\", \"Sum\": {sum}, \"Unit\": \"Count\"}}"
        )
        .unwrap();
    }
    let statistics = format!("{{\"Label\": \"RequestCount\", \"Datapoints\": [{statistics}]}}");
    let of = |part: &dyn Fn(&(&str, f64)) -> String| {
        let texts: Vec<String> = points.iter().rev().map(part).collect();
        texts.join(", ")
    };
    let times = of(&|(time, _)| format!("\"{time}\""));
    let values = of(&|(_, sum)| sum.to_string());
    let data = format!(
        "{{\"MetricDataResults\": [{{\"Id\": \"m1\", \"Label\": \"RequestCount\", \
         \"Timestamps\": [{times}], \"Values\": [{values}], \"StatusCode\": \"Complete\"}}]}}"
    );
    let asked: f64 = points.iter().map(|(_, sum)| sum).sum();
    for text in [statistics, data] {
        home.write("requests.json", &text);
        let again = shop("{ trace: requests.json }", "cpu: 17ms, wait: 45ms");
        home.write("again.yaml", &again);
        let run = [
            "run",
            "again.yaml",
            "--out",
            "again",
            "--no-charts",
            "--quiet",
        ];
        home.run_well(&run);
        let got = home.json("again/summary.json")["total"]["requests"]
            .as_f64()
            .unwrap();
        assert!((got / asked - 1.0).abs() < 1e-6, "{got} instead of {asked}");
        // The copy in the run's folder keeps its kind, so that the run can be played from there.
        let copied = load(&home.path("again/scenario.yaml"), &LoadOptions::default());
        assert!(copied.is_ok() && home.path("again/traces/requests.json").is_file());
        std::fs::remove_dir_all(home.path("again")).unwrap();
    }
}

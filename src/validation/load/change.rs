//! exploration
use rayon::prelude::*;
use super::service::{Service, routing_name};
use super::truth::{self, Figures, Minute};
use crate::engine::SimTime;
use crate::policy::load::Routing;

pub(super) const PATHS: [&str; 5] = ["diurnal", "step", "spike", "tasks arrive", "tasks leave"];

/// 24 minutes of load (share of the capacity of all tasks) and tasks (share).
pub(super) fn path(name: &str, service: &Service) -> Vec<Minute> {
    let full = service.capacity_per_s(service.tasks);
    let minute = |load: f64, tasks: u32| Minute { rate_per_s: load * full, tasks };
    let n = service.tasks;
    (0..24).map(|i| match name {
        "diurnal" => minute(0.55 - 0.35 * libm::cos(std::f64::consts::TAU * (f64::from(i) + 0.5) / 24.0), n),
        "step" => minute(if (6..12).contains(&i) { 1.2 } else { 0.6 }, n),
        "spike" => minute(if i == 6 { 3.0 } else { 0.5 }, n),
        // Too few tasks from the 6th minute on; the rest comes when a backlog stands.
        "tasks arrive" => minute(if i < 6 { 0.3 } else { 0.65 }, if i < 9 { n / 2 } else { n }),
        _ => minute(0.6, if (6..12).contains(&i) { n / 2 } else { n }),
    }).collect()
}

pub(super) fn fluid(service: &Service, path: &[Minute]) -> Vec<Figures> {
    let mut load = service.fluid();
    let mut out = Vec::new();
    for (i, m) in path.iter().enumerate() {
        load.set_rate(m.rate_per_s);
        load.set_tasks(m.tasks, m.tasks);
        load.advance_to(SimTime::from_secs(60 * (i as u64 + 1)), |(_, _, p)| out.push(Figures::of_period(p)));
    }
    out
}

pub fn explore() {
    let scale: f64 = std::env::args().nth(1).and_then(|s| s.parse().ok()).unwrap_or(2e5);
    let mut cells = vec![];
    for path in PATHS { for routing in [Routing::RoundRobin, Routing::LeastOutstanding] { for cpu in [0.0, 0.5] { for cv in [0.5, 1.0, 2.0] { for s in [0.2, 1.2, 12.0] {
        for size in [[8u32, 8u32], [4,4],[16,16]] { if size != [8,8] && (cv != 1.0 || s != 1.2) { continue; }
        cells.push((path, routing, cpu, cv, s, size)); }
    } } } } }
    let rows: Vec<String> = cells.par_iter().enumerate().map(|(i, &(name, routing, cpu, cv, s, size))| {
        let svc = Service::new(routing, size, cv, [cpu, s]);
        let p = path(name, &svc);
        let per_rep: f64 = p.iter().map(|m| m.rate_per_s * 60.0).sum();
        let reps = (scale * if s > 10.0 { 0.7 } else { 1.0 } / per_rep).clamp(8.0, 4000.0) as u64;
        let t = truth::along(&svc, &p, reps, (3, &format!("cell {i}")));
        let f = fluid(&svc, &p);
        let mut o = String::new();
        for (k, (t, f)) in t.iter().zip(&f).enumerate() {
            o += &format!("{name},{},{cpu},{cv},{s},{},{},{k},{reps},{:.4},{:.4},{:.4},{:.4},{:.4},{:.3},{:.4},{:.4},{:.4},{:.4},{:.4},{:.1}\n", routing_name(routing), size[0], size[1], t.number, t.utilization, t.mean_s / s, t.p95_s / s, t.p99_s / s, t.half_width, f.number, f.utilization, f.mean_s / s, f.p95_s / s, f.p99_s / s, t.requests);
        }
        o
    }).collect();
    println!("path,routing,cpu,cv,s,tasks,slots,k,reps,n,u,mean,p95,p99,hw,mn,mu,mmean,mp95,mp99,req");
    for r in rows { print!("{r}"); }
}

//! The metrics of a load balancer as a whole, over the services behind it.

use std::collections::BTreeMap;

use super::{LoadSample, Metric, MetricRun, MetricStore, Statistics};
use crate::ids::{LoadBalancerId, TargetGroupId};
use crate::scenario::plan::{DemandPlan, LoadBalancerPlan, Plan};

impl Metric {
    /// The metrics of an Application Load Balancer.
    pub const OF_APPLICATIONS: [Metric; 4] = [
        Metric::Elb5xx,
        Metric::Elb502,
        Metric::Elb503,
        Metric::Elb504,
    ];
    /// The metrics of a Network Load Balancer.
    pub const OF_NETWORKS: [Metric; 4] = [
        Metric::NewFlowCount,
        Metric::ActiveFlowCount,
        Metric::FlowBytes,
        Metric::TcpElbResetCount,
    ];

    /// The metrics of this load balancer, in the order of `metrics.csv`.
    pub fn of_balancer(balancer: &LoadBalancerPlan) -> &'static [Metric] {
        match balancer.is_network {
            true => &Metric::OF_NETWORKS,
            false => &Metric::OF_APPLICATIONS,
        }
    }

    /// What a service adds to it in a period of its load; 0 for what is none of the above.
    fn of_balanced(self, load: &LoadSample, demand: &DemandPlan) -> f64 {
        let elb_5xx = f64::from(load.elb_5xx);
        let flows = load.requests * demand.connections_per_request;
        match self {
            Metric::Elb5xx | Metric::TcpElbResetCount => elb_5xx,
            Metric::Elb502 => f64::from(load.elb_502),
            Metric::Elb503 => f64::from(load.elb_503),
            Metric::Elb504 => f64::from(load.elb_504),
            Metric::NewFlowCount => flows,
            Metric::ActiveFlowCount => {
                let seconds = 60.0 * f64::from(load.minutes.max(1));
                flows * demand.connection_length.as_secs_f64() / seconds
            }
            Metric::FlowBytes => {
                let answered = (load.requests - elb_5xx).max(0.0);
                load.requests * demand.bytes_in + answered * demand.bytes_out
            }
            _ => 0.0,
        }
    }
}

impl MetricStore {
    /// A load balancer's metric by period, periods without a data point left out.
    pub fn balancer(
        &self,
        plan: &Plan,
        balancer: LoadBalancerId,
        metric: Metric,
    ) -> Vec<MetricRun> {
        let mut sums: BTreeMap<u32, f64> = BTreeMap::new();
        for (service, series) in plan.services.iter().zip(&self.services) {
            let is_its =
                |group: TargetGroupId| plan.target_groups[group.index()].load_balancer == balancer;
            let Some(demand) = &service.demand else {
                continue;
            };
            if !service.groups().any(is_its) {
                continue;
            }
            let part = service.part_of(is_its);
            for run in &series.loads {
                let value = metric.of_balanced(&run.sample, demand) * part;
                for period in run.first..run.first + run.count {
                    if 0.0 < value {
                        *sums.entry(period).or_default() += value;
                    }
                }
            }
        }
        let runs = sums.into_iter().map(|(first, value)| MetricRun {
            first,
            count: 1,
            statistics: match metric {
                Metric::ActiveFlowCount => Statistics {
                    average: Some(value),
                    ..Statistics::default()
                },
                _ => Statistics::of_sum(value, value),
            },
        });
        runs.collect()
    }
}

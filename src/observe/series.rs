//! Series.

/// CloudWatch's series of a run.
#[derive(Clone, Debug, Default)]
pub struct MetricStore {}

//! Laws of random lengths: `8s`, or `{ distribution: lognormal, mean: 8s, cv: 0.4 }`; in seconds.

use crate::engine::distribution::{Distribution, DistributionError};
use crate::scenario::reader::{Field, MapReader};

#[derive(Clone, Copy)]
enum Family {
    Constant,
    Uniform,
    Exponential,
    Lognormal,
    Weibull,
    Gamma,
    Pareto,
}

const FAMILIES: [(&str, Family); 7] = [
    ("constant", Family::Constant),
    ("uniform", Family::Uniform),
    ("exponential", Family::Exponential),
    ("lognormal", Family::Lognormal),
    ("weibull", Family::Weibull),
    ("gamma", Family::Gamma),
    ("pareto", Family::Pareto),
];

/// Reads a law.
pub(super) fn law(field: &Field<'_>) -> Option<Distribution> {
    if !field.is_mapping() {
        let seconds = field.duration()?.as_secs_f64();
        return built(field, Distribution::constant(seconds));
    }
    let mut map = field.map()?;
    let family = map
        .required("distribution")
        .and_then(|field| field.choice(&FAMILIES));
    let law = family.and_then(|family| of_family(family, &mut map));
    if family.is_none() {
        map.finish_open();
        return None;
    }
    map.finish();
    built(field, law?)
}

fn of_family(
    family: Family,
    map: &mut MapReader<'_>,
) -> Option<Result<Distribution, DistributionError>> {
    let mut seconds = |key| Some(map.required(key)?.duration()?.as_secs_f64());
    if let Family::Uniform = family {
        let (low, high) = (seconds("low"), seconds("high"));
        return Some(Distribution::uniform(low?, high?));
    }
    let mean = seconds("mean");
    match family {
        Family::Constant => return Some(Distribution::constant(mean?)),
        Family::Exponential => return Some(Distribution::exponential(mean?)),
        _ => {}
    }
    let cv = map
        .required("cv")
        .and_then(|field| field.f64(0.0..=f64::MAX));
    let (mean, cv) = (mean?, cv?);
    Some(match family {
        Family::Weibull => Distribution::weibull(mean, cv),
        Family::Gamma => Distribution::gamma(mean, cv),
        Family::Pareto => Distribution::pareto(mean, cv),
        Family::Lognormal | Family::Constant | Family::Uniform | Family::Exponential => {
            Distribution::lognormal(mean, cv)
        }
    })
}

fn built(field: &Field<'_>, law: Result<Distribution, DistributionError>) -> Option<Distribution> {
    match law {
        Ok(law) => Some(law),
        Err(wrong) => {
            field.error("invalid-value", wrong.to_string()).report();
            None
        }
    }
}

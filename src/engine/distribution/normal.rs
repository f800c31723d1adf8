//! The standard normal law: its distribution function and the inverse, to full double accuracy.

/// P(Z <= x) of a standard normal Z.
pub fn normal_cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2)
}

/// The inverse of [`normal_cdf`]: Wichura's PPND16, algorithm AS 241 (Applied Statistics 37, 1988,
/// 477-484), accurate to about 1 part in 10¹⁶.
///
/// `u` lies in (0, 1); outside it the result is not a number or infinite.
///
/// ```
/// # use fleetcast::engine::distribution::normal_quantile;
/// assert_eq!(normal_quantile(0.5), 0.0);
/// assert!((normal_quantile(0.975) - 1.959963984540054).abs() < 1e-15);
/// ```
pub fn normal_quantile(u: f64) -> f64 {
    let centred = u - 0.5;
    if centred.abs() <= 0.425 {
        let r = 0.180625 - centred * centred;
        return centred * ratio(r, &NEAR_CENTRE);
    }
    let tail = if centred < 0.0 { u } else { 1.0 - u };
    let r = libm::sqrt(-libm::log(tail));
    let x = if r <= 5.0 {
        ratio(r - 1.6, &TAIL)
    } else {
        ratio(r - 5.0, &FAR_TAIL)
    };
    if centred < 0.0 { -x } else { x }
}

/// Numerator and denominator, constant terms first.
type Rational = [[f64; 8]; 2];

fn ratio(r: f64, [above, below]: &Rational) -> f64 {
    let horner = |c: &[f64; 8]| c.iter().rev().fold(0.0, |sum, c| sum * r + c);
    horner(above) / horner(below)
}

/// For |u - 0.5| <= 0.425.
#[expect(clippy::excessive_precision, reason = "as the paper prints them")]
const NEAR_CENTRE: Rational = [
    [
        3.387_132_872_796_366_608_0,
        1.331_416_678_917_843_774_5e2,
        1.971_590_950_306_551_442_7e3,
        1.373_169_376_550_946_112_5e4,
        4.592_195_393_154_987_145_7e4,
        6.726_577_092_700_870_085_3e4,
        3.343_057_558_358_812_810_5e4,
        2.509_080_928_730_122_672_7e3,
    ],
    [
        1.0,
        4.231_333_070_160_091_125_2e1,
        6.871_870_074_920_579_083_0e2,
        5.394_196_021_424_751_107_7e3,
        2.121_379_430_158_659_586_7e4,
        3.930_789_580_009_271_061_0e4,
        2.872_908_573_572_194_267_4e4,
        5.226_495_278_852_854_561_0e3,
    ],
];

/// For tails down to exp(-25).
#[expect(clippy::excessive_precision, reason = "as the paper prints them")]
const TAIL: Rational = [
    [
        1.423_437_110_749_683_577_34,
        4.630_337_846_156_545_295_90,
        5.769_497_221_460_691_405_50,
        3.647_848_324_763_204_605_04,
        1.270_458_252_452_368_382_58,
        2.417_807_251_774_506_117_70e-1,
        2.272_384_498_926_918_458_33e-2,
        7.745_450_142_783_414_076_40e-4,
    ],
    [
        1.0,
        2.053_191_626_637_758_821_87,
        1.676_384_830_183_803_849_40,
        6.897_673_349_851_000_045_50e-1,
        1.481_039_764_274_800_745_90e-1,
        1.519_866_656_361_645_719_66e-2,
        5.475_938_084_995_344_946_00e-4,
        1.050_750_071_644_416_843_24e-9,
    ],
];

/// For smaller tails.
#[expect(clippy::excessive_precision, reason = "as the paper prints them")]
const FAR_TAIL: Rational = [
    [
        6.657_904_643_501_103_777_20,
        5.463_784_911_164_114_369_90,
        1.784_826_539_917_291_335_80,
        2.965_605_718_285_048_912_30e-1,
        2.653_218_952_657_612_309_30e-2,
        1.242_660_947_388_078_438_60e-3,
        2.711_555_568_743_487_578_15e-5,
        2.010_334_399_292_288_132_65e-7,
    ],
    [
        1.0,
        5.998_322_065_558_879_376_90e-1,
        1.369_298_809_227_358_053_10e-1,
        1.487_536_129_085_061_485_25e-2,
        7.868_691_311_456_132_591_00e-4,
        1.846_318_317_510_054_681_80e-5,
        1.421_511_758_316_445_888_70e-7,
        2.044_263_103_389_939_785_64e-15,
    ],
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_agree_with_published_values() {
        // The paper's own check values: PPND16(0.25), PPND16(0.001), PPND16(1e-20).
        let rows = [
            (0.25, -0.674_489_750_196_081_7),
            (0.001, -3.090_232_306_167_813_5),
            (1e-20, -9.262_340_089_798_409),
        ];
        for (u, expected) in rows {
            let error = (normal_quantile(u) / expected - 1.0).abs();
            assert!(error < 1e-15, "u = {u}: {}", normal_quantile(u));
        }
    }

    #[test]
    fn the_distribution_function_of_the_quantile_is_the_probability() {
        for step in 1..2_000 {
            let u = f64::from(step) / 2_000.0;
            assert!((normal_cdf(normal_quantile(u)) / u - 1.0).abs() < 1e-14);
        }
        for exponent in 3..300 {
            let u = libm::pow(10.0, -f64::from(exponent));
            // The relative error of the tail is x times that of the quantile: 37 x 10^-16 x 37.
            assert!((normal_cdf(normal_quantile(u)) / u - 1.0).abs() < 1e-12);
        }
    }
}

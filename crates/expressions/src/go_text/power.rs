//! Powers to the last bit as Go computes them on amd64: the same series, the same order of operations.

/// Go's `math.Pow`: repeated squaring of the mantissa for the whole part of the exponent.
pub(crate) fn power(base: f64, exponent: f64) -> f64 {
    if let Some(special) = special_power(base, exponent) {
        return special;
    }
    let (mut whole, mut fraction) = (exponent.abs().trunc(), exponent.abs().fract());
    if fraction != 0.0 && base < 0.0 {
        return f64::NAN;
    }
    if whole >= 9.223_372_036_854_776e18 {
        return match (base == -1.0, (base.abs() < 1.0) == (exponent > 0.0)) {
            (true, _) => 1.0,
            (_, true) => 0.0,
            _ => f64::INFINITY,
        };
    }
    let mut result = 1.0;
    let mut result_exponent = 0i64;
    if fraction != 0.0 {
        if fraction > 0.5 {
            fraction -= 1.0;
            whole += 1.0;
        }
        result = exponential(fraction * logarithm(base));
    }
    let (mut mantissa, mut mantissa_exponent) = split(base);
    #[expect(clippy::cast_possible_truncation, reason = "bounded above")]
    let mut remaining = whole as i64;
    while remaining != 0 {
        if !(-(1 << 12)..=1 << 12).contains(&mantissa_exponent) {
            result_exponent += mantissa_exponent;
            break;
        }
        if remaining & 1 == 1 {
            result *= mantissa;
            result_exponent += mantissa_exponent;
        }
        mantissa *= mantissa;
        mantissa_exponent <<= 1;
        if mantissa < 0.5 {
            mantissa += mantissa;
            mantissa_exponent -= 1;
        }
        remaining >>= 1;
    }
    if exponent < 0.0 {
        result = 1.0 / result;
        result_exponent = -result_exponent;
    }
    join(result, result_exponent)
}

fn special_power(base: f64, exponent: f64) -> Option<f64> {
    let odd = exponent.abs() < 9_007_199_254_740_992.0
        && exponent.fract() == 0.0
        && exponent % 2.0 != 0.0;
    Some(if exponent == 0.0 || base == 1.0 {
        1.0
    } else if exponent == 1.0 {
        base
    } else if base.is_nan() || exponent.is_nan() {
        f64::NAN
    } else if base == 0.0 {
        match (exponent < 0.0, odd) {
            (true, true) => f64::INFINITY.copysign(base),
            (true, false) => f64::INFINITY,
            (false, true) => base,
            (false, false) => 0.0,
        }
    } else if exponent.is_infinite() {
        if base == -1.0 {
            1.0
        } else if (base.abs() < 1.0) == (exponent > 0.0) {
            0.0
        } else {
            f64::INFINITY
        }
    } else if base.is_infinite() {
        if base < 0.0 {
            return Some(if exponent < 0.0 {
                if odd { -0.0 } else { 0.0 }
            } else if odd {
                f64::NEG_INFINITY
            } else {
                f64::INFINITY
            });
        }
        if exponent < 0.0 { 0.0 } else { f64::INFINITY }
    } else if exponent == 0.5 {
        base.sqrt()
    } else if exponent == -0.5 {
        1.0 / base.sqrt()
    } else {
        return None;
    })
}

/// A mantissa in [0.5, 1) and its exponent.
fn split(value: f64) -> (f64, i64) {
    let (value, shift) =
        if value.abs() < f64::MIN_POSITIVE { (value * 2f64.powi(52), -52) } else { (value, 0) };
    let bits = value.to_bits();
    let exponent = i64::try_from((bits >> 52) & 0x7FF).unwrap_or_default() - 1022 + shift;
    (f64::from_bits(bits & !(0x7FF << 52) | (1022 << 52)), exponent)
}

fn join(mantissa: f64, exponent: i64) -> f64 {
    if mantissa == 0.0 || !mantissa.is_finite() {
        return mantissa;
    }
    let (mantissa, extra) = split(mantissa);
    let exponent = exponent + extra;
    if exponent > 1024 {
        return f64::INFINITY.copysign(mantissa);
    }
    if exponent < -1075 {
        return 0f64.copysign(mantissa);
    }
    let half = i32::try_from(exponent / 2).unwrap_or_default();
    let rest = i32::try_from(exponent).unwrap_or_default() - half;
    if exponent < -1021 {
        // Subnormal: one rounding only.
        return mantissa
            * 2f64.powi(-1021)
            * 2f64.powi(i32::try_from(exponent + 1021).unwrap_or_default());
    }
    mantissa * 2f64.powi(half) * 2f64.powi(rest)
}

/// `math.Log` of a positive finite number: FreeBSD's series.
#[expect(clippy::cast_precision_loss, reason = "exponents are small")]
fn logarithm(value: f64) -> f64 {
    const HIGH: f64 = f64::from_bits(0x3FE6_2E42_FEE0_0000);
    const LOW: f64 = f64::from_bits(0x3DEA_39EF_3579_3C76);
    const SERIES: [f64; 7] = [
        f64::from_bits(0x3FE5_5555_5555_5593),
        f64::from_bits(0x3FD9_9999_9997_FA04),
        f64::from_bits(0x3FD2_4924_9422_9359),
        f64::from_bits(0x3FCC_71C5_1D8E_78AF),
        f64::from_bits(0x3FC7_4664_96CB_03DE),
        f64::from_bits(0x3FC3_9A09_D078_C69F),
        f64::from_bits(0x3FC2_F112_DF3E_5244),
    ];
    let (mut mantissa, mut exponent) = split(value);
    if mantissa < std::f64::consts::FRAC_1_SQRT_2 {
        mantissa *= 2.0;
        exponent -= 1;
    }
    let f = mantissa - 1.0;
    let k = exponent as f64;
    let s = f / (2.0 + f);
    let s2 = s * s;
    let s4 = s2 * s2;
    let [a, b, c, d, e, g, h] = SERIES;
    let odd = s2 * (a + s4 * (c + s4 * (e + s4 * h)));
    let even = s4 * (b + s4 * (d + s4 * g));
    let half = 0.5 * f * f;
    k * HIGH - ((half - (s * (half + (odd + even)) + k * LOW)) - f)
}

/// `math.Exp`: the argument is reduced, the Taylor series summed with fused steps, the result squared back.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
fn exponential(value: f64) -> f64 {
    const LN2_HIGH: f64 = 0.693_147_180_559_662_956_511_601_805_686_950_683_593_75;
    const LN2_LOW: f64 = 0.282_352_905_630_315_771_225_884_481_750_134_360_255_254_120_68e-12;
    const SERIES: [f64; 7] =
        [1.0 / 5040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0];
    if !value.is_finite() || value.abs() > 700.0 {
        return value.exp();
    }
    let exponent = (std::f64::consts::LOG2_E * value).round_ties_even();
    let mut x = (-exponent).mul_add(LN2_HIGH, value);
    x = (-exponent).mul_add(LN2_LOW, x);
    x *= 0.0625;
    let sum = SERIES.iter().fold(1.0 / 40320.0, |sum: f64, term| sum.mul_add(x, *term));
    x *= sum;
    for _ in 0..3 {
        x *= x + 2.0;
    }
    let result = x.mul_add(x + 2.0, 1.0);
    join(result, exponent as i64)
}

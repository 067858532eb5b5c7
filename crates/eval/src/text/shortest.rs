//! Short decimal digits of a float, by Grisu2 (Loitsch, "Printing Floating-Point Numbers Quickly and
//! Accurately with Integers", 2010).
//!
//! The digits always read back as the same float and are nearly always the fewest possible. Nix's JSON
//! comes from this very algorithm, so its rare longer answers are part of the format.

/// The decimal digits of a positive finite float: `0.d₁d₂… × 10^point`.
#[derive(Debug)]
pub(super) struct Digits {
    bytes: [u8; 20],
    len: usize,
    /// Where the decimal point is, counted from the first digit.
    pub(super) point: i32,
}

impl Digits {
    /// The digits in ASCII; the first is not zero.
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// Sets the point such that the digits are a whole number times 10^`exponent`.
    fn scaled(mut self, exponent: i32) -> Self {
        self.point = exponent + i32::from(self.len as u8);
        self
    }

    fn push(&mut self, digit: u64) {
        self.bytes[self.len] = b'0' + digit as u8;
        self.len += 1;
    }
}

/// `significand × 2^exponent`.
#[derive(Clone, Copy)]
struct Scaled {
    significand: u64,
    exponent: i32,
}

impl Scaled {
    fn normalized(self) -> Self {
        let shift = self.significand.leading_zeros();
        Self {
            significand: self.significand << shift,
            exponent: self.exponent - shift.cast_signed(),
        }
    }

    /// The product, its significand rounded to the upper 64 bits.
    fn times(self, other: Self) -> Self {
        let product = u128::from(self.significand) * u128::from(other.significand) + (1 << 63);
        Self {
            significand: (product >> 64) as u64,
            exponent: self.exponent + other.exponent + 64,
        }
    }
}

/// The decimal exponent of the first power in [`POWERS`].
const FIRST_POWER: i32 = -300;
/// The distance between the decimal exponents of two neighbours in [`POWERS`].
const POWER_STEP: i32 = 8;
/// The smallest binary exponent that a scaled value may have.
const ALPHA: i32 = -60;

/// The significands of 10^-300, 10^-292 … 10^324, each rounded to 64 bits with the top bit set.
#[rustfmt::skip]
const POWERS: [u64; 79] = [
    0xab70_fe17_c79a_c6ca, 0xff77_b1fc_bebc_dc4f, 0xbe56_91ef_416b_d60c, 0x8dd0_1fad_907f_fc3c,
    0xd351_5c28_3155_9a83, 0x9d71_ac8f_ada6_c9b5, 0xea9c_2277_23ee_8bcb, 0xaecc_4991_4078_536d,
    0x823c_1279_5db6_ce57, 0xc210_9436_4dfb_5637, 0x9096_ea6f_3848_984f, 0xd774_85cb_2582_3ac7,
    0xa086_cfcd_97bf_97f4, 0xef34_0a98_172a_ace5, 0xb238_67fb_2a35_b28e, 0x84c8_d4df_d2c6_3f3b,
    0xc5dd_4427_1ad3_cdba, 0x936b_9fce_bb25_c996, 0xdbac_6c24_7d62_a584, 0xa3ab_6658_0d5f_daf6,
    0xf3e2_f893_dec3_f126, 0xb5b5_ada8_aaff_80b8, 0x8762_5f05_6c7c_4a8b, 0xc9bc_ff60_34c1_3053,
    0x964e_858c_91ba_2655, 0xdff9_7724_7029_7ebd, 0xa6df_bd9f_b8e5_b88f, 0xf8a9_5fcf_8874_7d94,
    0xb944_7093_8fa8_9bcf, 0x8a08_f0f8_bf0f_156b, 0xcdb0_2555_6531_31b6, 0x993f_e2c6_d07b_7fac,
    0xe45c_10c4_2a2b_3b06, 0xaa24_2499_6973_92d3, 0xfd87_b5f2_8300_ca0e, 0xbce5_0864_9211_1aeb,
    0x8cbc_cc09_6f50_88cc, 0xd1b7_1758_e219_652c, 0x9c40_0000_0000_0000, 0xe8d4_a510_0000_0000,
    0xad78_ebc5_ac62_0000, 0x813f_3978_f894_0984, 0xc097_ce7b_c907_15b3, 0x8f7e_32ce_7bea_5c70,
    0xd5d2_38a4_abe9_8068, 0x9f4f_2726_179a_2245, 0xed63_a231_d4c4_fb27, 0xb0de_6538_8cc8_ada8,
    0x83c7_088e_1aab_65db, 0xc45d_1df9_4271_1d9a, 0x924d_692c_a61b_e758, 0xda01_ee64_1a70_8dea,
    0xa26d_a399_9aef_774a, 0xf209_787b_b47d_6b85, 0xb454_e4a1_79dd_1877, 0x865b_8692_5b9b_c5c2,
    0xc835_53c5_c896_5d3d, 0x952a_b45c_fa97_a0b3, 0xde46_9fbd_99a0_5fe3, 0xa59b_c234_db39_8c25,
    0xf6c6_9a72_a398_9f5c, 0xb7dc_bf53_54e9_bece, 0x88fc_f317_f222_41e2, 0xcc20_ce9b_d35c_78a5,
    0x9816_5af3_7b21_53df, 0xe2a0_b5dc_971f_303a, 0xa8d9_d153_5ce3_b396, 0xfb9b_7cd9_a4a7_443c,
    0xbb76_4c4c_a7a4_4410, 0x8bab_8eef_b640_9c1a, 0xd01f_ef10_a657_842c, 0x9b10_a4e5_e991_3129,
    0xe710_9bfb_a19c_0c9d, 0xac28_20d9_623b_f429, 0x8044_4b5e_7aa7_cf85, 0xbf21_e440_03ac_dd2d,
    0x8e67_9c2f_5e44_ff8f, 0xd433_179d_9c8c_b841, 0x9e19_db92_b4e3_1ba9,
];

/// A power of ten that brings a value with this binary exponent into the range where its integral part
/// fits 32 bits; and its decimal exponent.
fn scaling_power(exponent: i32) -> (Scaled, i32) {
    let wanted = ALPHA - exponent - 1;
    // 78913 / 2^18 is log10(2), exact enough for every exponent of a double.
    let decimal = (wanted * 78913) / (1 << 18) + i32::from(wanted > 0);
    let index = (decimal - FIRST_POWER + POWER_STEP - 1) / POWER_STEP;
    let decimal = FIRST_POWER + index * POWER_STEP;
    // 217706 / 2^16 is log2(10).
    let exponent = ((decimal * 217_706) >> 16) - 63;
    (
        Scaled {
            significand: POWERS[index.unsigned_abs() as usize],
            exponent,
        },
        decimal,
    )
}

/// The digits of `value`, which must be finite and above zero.
pub(super) fn digits(value: f64) -> Digits {
    let bits = value.to_bits();
    let (biased, fraction) = ((bits >> 52) as i32, bits & ((1 << 52) - 1));
    let exact = if biased == 0 {
        Scaled {
            significand: fraction,
            exponent: -1074,
        }
    } else {
        Scaled {
            significand: fraction | (1 << 52),
            exponent: biased - 1075,
        }
    };
    let upper = Scaled {
        significand: 2 * exact.significand + 1,
        exponent: exact.exponent - 1,
    }
    .normalized();
    // Below a power of two the neighbour is half as far away.
    let lower = if fraction == 0 && biased > 1 {
        Scaled {
            significand: 4 * exact.significand - 1,
            exponent: exact.exponent - 2,
        }
    } else {
        Scaled {
            significand: 2 * exact.significand - 1,
            exponent: exact.exponent - 1,
        }
    };
    let shift = lower.exponent - upper.exponent;
    let lower = Scaled {
        significand: lower.significand << shift,
        exponent: upper.exponent,
    };

    let (power, decimal) = scaling_power(upper.exponent);
    let exact = exact.normalized().times(power);
    let (lower, upper) = (lower.times(power), upper.times(power));
    // The products are off by less than one unit; stay inside.
    generate(
        exact.significand,
        lower.significand + 1,
        Scaled {
            significand: upper.significand - 1,
            exponent: upper.exponent,
        },
        -decimal,
    )
}

/// Writes digits of `upper` until what is left lies between `lower` and `upper`, which share their
/// exponent with `exact`; then moves the last digit towards `exact`.
fn generate(exact: u64, lower: u64, upper: Scaled, decimal: i32) -> Digits {
    let mut digits = Digits {
        bytes: [0; 20],
        len: 0,
        point: 0,
    };
    let mut room = upper.significand - lower;
    let mut distance = upper.significand - exact;
    let shift = -upper.exponent;
    let mask = (1_u64 << shift) - 1;
    let (mut whole, mut part) = (upper.significand >> shift, upper.significand & mask);

    let magnitude = whole.checked_ilog10().unwrap_or(0);
    let mut place = magnitude.cast_signed() + 1;
    let mut unit = 10_u64.pow(magnitude);
    while place > 0 {
        digits.push(whole / unit);
        whole %= unit;
        place -= 1;
        let rest = (whole << shift) + part;
        if rest <= room {
            approach(&mut digits, [distance, room, rest, unit << shift]);
            return digits.scaled(decimal + place);
        }
        unit /= 10;
    }
    loop {
        part *= 10;
        digits.push(part >> shift);
        part &= mask;
        place -= 1;
        room *= 10;
        distance *= 10;
        if part <= room {
            approach(&mut digits, [distance, room, part, 1 << shift]);
            return digits.scaled(decimal + place);
        }
    }
}

/// Lowers the last digit while that brings the number nearer to the exact value and keeps it inside.
fn approach(digits: &mut Digits, [distance, room, mut rest, unit]: [u64; 4]) {
    while rest < distance
        && room - rest >= unit
        && (rest + unit < distance || distance - rest > rest + unit - distance)
    {
        digits.bytes[digits.len - 1] -= 1;
        rest += unit;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: f64) -> String {
        let digits = digits(value);
        format!(
            "0.{}e{}",
            String::from_utf8_lossy(digits.as_bytes()),
            digits.point
        )
    }

    #[test]
    fn known_floats_have_their_known_digits() {
        assert_eq!(text(1.0), "0.1e1");
        assert_eq!(text(0.1), "0.1e0");
        assert_eq!(text(5e-324), "0.5e-323");
        assert_eq!(text(f64::MAX), "0.17976931348623157e309");
        assert_eq!(text(123_456.789), "0.123456789e6");
        assert_eq!(text(f64::MIN_POSITIVE), "0.22250738585072014e-307");
    }

    #[test]
    fn digits_read_back_as_the_same_float() {
        let mut bits = 0x9e37_79b9_7f4a_7c15_u64;
        for _ in 0..20_000 {
            bits = bits
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let value = f64::from_bits((bits ^ (bits >> 29)) & !(1 << 63));
            if value.is_finite() && value > 0.0 {
                assert_eq!(text(value).parse::<f64>().ok(), Some(value));
            }
        }
    }
}

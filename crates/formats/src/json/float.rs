//! Decimal digits of floats: Grisu2 (Florian Loitsch, "Printing Floating-Point Numbers Quickly and
//! Accurately with Integers", 2010).
//!
//! The digits always read back to the float. In a few cases of a thousand they are not the nearest
//! ones, or one more than needed; the JSON that Nix writes has the same, so no other algorithm will
//! do.

/// A number `significand` times two to the `exponent`.
#[derive(Clone, Copy)]
struct Binary {
    significand: u64,
    exponent: i32,
}

impl Binary {
    fn normalised(self) -> Self {
        let shift = self.significand.leading_zeros();
        Self {
            significand: self.significand << shift,
            exponent: self.exponent - shift.cast_signed(),
        }
    }

    /// The product's upper 64 bits, rounded.
    fn times(self, other: Self) -> Self {
        let product = u128::from(self.significand) * u128::from(other.significand);
        Self {
            significand: ((product + (1 << 63)) >> 64) as u64,
            exponent: self.exponent + other.exponent + 64,
        }
    }
}

/// A float and what lies half-way to its neighbours; all with the same exponent.
struct Neighbourhood {
    below: Binary,
    value: Binary,
    above: Binary,
}

const FRACTION_BITS: u32 = 52;
const EXPONENT_BIAS: i32 = 1075;

impl Neighbourhood {
    /// For a positive, finite float.
    fn of(value: f64) -> Self {
        let fraction = value.to_bits() & ((1 << FRACTION_BITS) - 1);
        let biased = (value.to_bits() >> FRACTION_BITS) as i32;
        let value = if biased == 0 {
            Binary {
                significand: fraction,
                exponent: 1 - EXPONENT_BIAS,
            }
        } else {
            let significand = fraction | 1 << FRACTION_BITS;
            Binary {
                significand,
                exponent: biased - EXPONENT_BIAS,
            }
        };
        let Binary {
            significand,
            exponent,
        } = value;
        let above = Binary {
            significand: 2 * significand + 1,
            exponent: exponent - 1,
        };
        let above = above.normalised();
        // Below a power of two, floats are twice as close.
        let mut below = if fraction == 0 && biased > 1 {
            Binary {
                significand: 4 * significand - 1,
                exponent: exponent - 2,
            }
        } else {
            Binary {
                significand: 2 * significand - 1,
                exponent: exponent - 1,
            }
        };
        below.significand <<= below.exponent - above.exponent;
        below.exponent = above.exponent;
        Self {
            below,
            value: value.normalised(),
            above,
        }
    }
}

/// Binary exponents that products with a power of ten have: small enough that the whole part takes
/// 32 bits, large enough that the fraction has room for a factor of ten.
const MIN_EXPONENT: i32 = -60;

const FIRST_POWER: i32 = -300;
const POWER_STEP: i32 = 8;

/// A power of ten that scales numbers of this binary exponent into the range, and its exponent.
fn scale(exponent: i32) -> (Binary, i32) {
    let wanted = MIN_EXPONENT - exponent - 1;
    // Times the logarithm of two, rounded up.
    let decimal = wanted * 78913 / (1 << 18) + i32::from(wanted > 0);
    let index = (decimal - FIRST_POWER + POWER_STEP - 1) / POWER_STEP;
    let decimal = FIRST_POWER + index * POWER_STEP;
    let power = Binary {
        significand: POWERS_OF_TEN[index.unsigned_abs() as usize],
        // Times the logarithm of ten, rounded down.
        exponent: ((decimal * 217_706) >> 16) - 63,
    };
    (power, decimal)
}

/// Digits of a positive, finite float, and the power of ten that the last one counts.
pub(super) fn digits(value: f64) -> (Vec<u8>, i32) {
    let around = Neighbourhood::of(value);
    let (power, decimal) = scale(around.above.exponent);
    let value = around.value.times(power);
    // The products may be off by one: stay on the safe side.
    let low = around.below.times(power).significand + 1;
    let high = Binary {
        significand: around.above.times(power).significand - 1,
        ..value
    };
    let mut generator = Generator {
        digits: Vec::with_capacity(17),
        slack: high.significand - low,
        distance: high.significand - value.significand,
    };
    let exponent = generator.run(high) - decimal;
    (generator.digits, exponent)
}

/// Produces the digits of the upper bound until the rest is within the slack, then moves the last
/// digit towards the value.
struct Generator {
    digits: Vec<u8>,
    /// From the lower to the upper bound.
    slack: u64,
    /// From the value to the upper bound.
    distance: u64,
}

impl Generator {
    /// Returns the power of ten that the last digit counts.
    fn run(&mut self, high: Binary) -> i32 {
        let shift = high.exponent.unsigned_abs();
        let one = 1_u64 << shift;
        let mut whole = high.significand >> shift;
        let mut fraction = high.significand & (one - 1);
        let mut exponent = whole
            .checked_ilog10()
            .map_or(0, |log| log.cast_signed() + 1);
        while exponent > 0 {
            exponent -= 1;
            let unit = 10_u64.pow(exponent.unsigned_abs());
            self.push(whole / unit);
            whole %= unit;
            let rest = (whole << shift) + fraction;
            if rest <= self.slack {
                self.settle(rest, unit << shift);
                return exponent;
            }
        }
        loop {
            fraction *= 10;
            self.push(fraction >> shift);
            fraction &= one - 1;
            exponent -= 1;
            self.slack *= 10;
            self.distance *= 10;
            if fraction <= self.slack {
                self.settle(fraction, one);
                return exponent;
            }
        }
    }

    fn push(&mut self, digit: u64) {
        self.digits.push(b'0' + digit as u8);
    }

    /// `rest` is from the digits to the upper bound, `unit` what the last digit counts.
    fn settle(&mut self, mut rest: u64, unit: u64) {
        while rest < self.distance
            && self.slack - rest >= unit
            && (rest + unit < self.distance || self.distance - rest > rest + unit - self.distance)
        {
            if let Some(last) = self.digits.last_mut() {
                *last -= 1;
            }
            rest += unit;
        }
    }
}

/// The leading 64 bits of ten to the -300th, -292nd, and so on to the 324th, rounded.
const POWERS_OF_TEN: [u64; 79] = [
    0xab70_fe17_c79a_c6ca,
    0xff77_b1fc_bebc_dc4f,
    0xbe56_91ef_416b_d60c,
    0x8dd0_1fad_907f_fc3c,
    0xd351_5c28_3155_9a83,
    0x9d71_ac8f_ada6_c9b5,
    0xea9c_2277_23ee_8bcb,
    0xaecc_4991_4078_536d,
    0x823c_1279_5db6_ce57,
    0xc210_9436_4dfb_5637,
    0x9096_ea6f_3848_984f,
    0xd774_85cb_2582_3ac7,
    0xa086_cfcd_97bf_97f4,
    0xef34_0a98_172a_ace5,
    0xb238_67fb_2a35_b28e,
    0x84c8_d4df_d2c6_3f3b,
    0xc5dd_4427_1ad3_cdba,
    0x936b_9fce_bb25_c996,
    0xdbac_6c24_7d62_a584,
    0xa3ab_6658_0d5f_daf6,
    0xf3e2_f893_dec3_f126,
    0xb5b5_ada8_aaff_80b8,
    0x8762_5f05_6c7c_4a8b,
    0xc9bc_ff60_34c1_3053,
    0x964e_858c_91ba_2655,
    0xdff9_7724_7029_7ebd,
    0xa6df_bd9f_b8e5_b88f,
    0xf8a9_5fcf_8874_7d94,
    0xb944_7093_8fa8_9bcf,
    0x8a08_f0f8_bf0f_156b,
    0xcdb0_2555_6531_31b6,
    0x993f_e2c6_d07b_7fac,
    0xe45c_10c4_2a2b_3b06,
    0xaa24_2499_6973_92d3,
    0xfd87_b5f2_8300_ca0e,
    0xbce5_0864_9211_1aeb,
    0x8cbc_cc09_6f50_88cc,
    0xd1b7_1758_e219_652c,
    0x9c40_0000_0000_0000,
    0xe8d4_a510_0000_0000,
    0xad78_ebc5_ac62_0000,
    0x813f_3978_f894_0984,
    0xc097_ce7b_c907_15b3,
    0x8f7e_32ce_7bea_5c70,
    0xd5d2_38a4_abe9_8068,
    0x9f4f_2726_179a_2245,
    0xed63_a231_d4c4_fb27,
    0xb0de_6538_8cc8_ada8,
    0x83c7_088e_1aab_65db,
    0xc45d_1df9_4271_1d9a,
    0x924d_692c_a61b_e758,
    0xda01_ee64_1a70_8dea,
    0xa26d_a399_9aef_774a,
    0xf209_787b_b47d_6b85,
    0xb454_e4a1_79dd_1877,
    0x865b_8692_5b9b_c5c2,
    0xc835_53c5_c896_5d3d,
    0x952a_b45c_fa97_a0b3,
    0xde46_9fbd_99a0_5fe3,
    0xa59b_c234_db39_8c25,
    0xf6c6_9a72_a398_9f5c,
    0xb7dc_bf53_54e9_bece,
    0x88fc_f317_f222_41e2,
    0xcc20_ce9b_d35c_78a5,
    0x9816_5af3_7b21_53df,
    0xe2a0_b5dc_971f_303a,
    0xa8d9_d153_5ce3_b396,
    0xfb9b_7cd9_a4a7_443c,
    0xbb76_4c4c_a7a4_4410,
    0x8bab_8eef_b640_9c1a,
    0xd01f_ef10_a657_842c,
    0x9b10_a4e5_e991_3129,
    0xe710_9bfb_a19c_0c9d,
    0xac28_20d9_623b_f429,
    0x8044_4b5e_7aa7_cf85,
    0xbf21_e440_03ac_dd2d,
    0x8e67_9c2f_5e44_ff8f,
    0xd433_179d_9c8c_b841,
    0x9e19_db92_b4e3_1ba9,
];

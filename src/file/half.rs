//! Floats of 16 bits, as IEEE 754 has them: a sign, five bits of exponent and ten of fraction.

/// The float that these bits are.
pub fn widened(bits: u16) -> f32 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f32::from(bits & 0x3ff));
    match exponent {
        0 => sign * fraction * 2f32.powi(-24),
        31 => sign * if fraction == 0.0 { f32::INFINITY } else { f32::NAN },
        _ => sign * (1.0 + fraction / 1024.0) * 2f32.powi(exponent - 15),
    }
}

/// The bits of the nearest such float, of two equally near ones the even one; infinity above 65,519.
pub fn narrowed(x: f32) -> u16 {
    let (sign, magnitude) = ((x.to_bits() >> 16) as u16 & 0x8000, x.to_bits() & 0x7fff_ffff);
    let size = f32::from_bits(magnitude);
    sign | if size.is_nan() {
        0x7e00
    } else if size < 2f32.powi(-14) {
        // Below the least exponent they are multiples of 2^-24.
        (size * 2f32.powi(24)).round_ties_even() as u16
    } else {
        let rounded = (magnitude + 0xfff + (magnitude >> 13 & 1)) >> 13;
        (rounded - (112 << 10)).min(0x7c00) as u16
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_float_of_16_bits_comes_back() {
        for bits in 0..=u16::MAX {
            let x = widened(bits);
            assert!(x.is_nan() || narrowed(x) == bits, "{bits:x} {x}");
        }
    }

    #[test]
    fn others_become_the_nearest() {
        let table = [
            (1.0 + 1.0 / 2048.0, 1.0),
            (1.0 + 3.0 / 2048.0, 1.0 + 2.0 / 1024.0),
            (65_519.0, 65_504.0),
            (3e-8, 2f32.powi(-24)),
        ];
        for (x, nearest) in table {
            assert_eq!((widened(narrowed(x)), widened(narrowed(-x))), (nearest, -nearest), "{x}");
        }
        assert_eq!([65_520.0, 1e30, f32::INFINITY].map(|x| widened(narrowed(x))), [f32::INFINITY; 3]);
        assert!(widened(narrowed(f32::NAN)).is_nan());
    }
}

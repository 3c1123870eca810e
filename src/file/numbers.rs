//! The numbers of a tensor on their way into a file: little-endian bytes, some at a time.

/// What a tensor holds.
pub(super) enum Numbers<'a> {
    Single(&'a [f32]),
    Double(Vec<f64>),
}

impl Numbers<'_> {
    pub fn dtype(&self) -> &'static str {
        match self {
            Numbers::Single(_) => "F32",
            Numbers::Double(_) => "F64",
        }
    }

    pub fn singles(&self) -> &[f32] {
        match self {
            Numbers::Single(values) => values,
            Numbers::Double(_) => &[],
        }
    }

    /// Bytes of all of them.
    pub fn len(&self) -> usize {
        match self {
            Numbers::Single(values) => size_of_val(*values),
            Numbers::Double(values) => size_of_val(values.as_slice()),
        }
    }

    /// Their bytes, some at a time.
    pub fn bytes(&self, mut visit: impl FnMut(&[u8])) {
        let mut part = [0; 8192];
        match self {
            Numbers::Single(values) => values.chunks(part.len() / 4).for_each(|values| {
                let places = part.as_chunks_mut().0.iter_mut();
                places.zip(values).for_each(|(place, value)| *place = value.to_le_bytes());
                visit(&part[..4 * values.len()]);
            }),
            Numbers::Double(values) => values.chunks(part.len() / 8).for_each(|values| {
                let places = part.as_chunks_mut().0.iter_mut();
                places.zip(values).for_each(|(place, value)| *place = value.to_le_bytes());
                visit(&part[..8 * values.len()]);
            }),
        }
    }
}

//! A matrix `[rows, columns]` that is 0 but for numbers at some places.

#[derive(Debug)]
pub struct ScatteredMatrix {
    pub rows: usize,
    pub columns: usize,
    /// Places, `row * columns + column`, each once; and the numbers there.
    pub entries: Vec<(usize, f32)>,
}

impl ScatteredMatrix {
    /// Row, column and number of each entry, in the order of the file.
    pub fn each(&self) -> impl Iterator<Item = (usize, usize, f32)> {
        self.entries.iter().map(|&(place, number)| (place / self.columns, place % self.columns, number))
    }
}

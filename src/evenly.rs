//! An even choice of some of many.

/// At most `most` of the numbers below `len`, evenly spaced, ascending; the first is 0.
pub fn evenly(len: usize, most: usize) -> impl DoubleEndedIterator<Item = usize> {
    let count = len.min(most);
    // Images are counted in millions, whose squares 32 bits do not hold.
    (0..count).map(move |n| (n as u64 * len as u64 / count as u64) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_spaced_evenly_however_many_there_are() {
        assert_eq!(evenly(10, 4).collect::<Vec<_>>(), [0, 2, 5, 7]);
        assert_eq!(evenly(3, 9).collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!(evenly(0, 5).count(), 0);
        assert_eq!(evenly(4_000_000, 2000).next_back(), Some(3_998_000));
    }
}

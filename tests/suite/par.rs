//! Work on several threads: every item is processed once, with any number of threads, together or not.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use neurarium::par;

/// The results for a list of this many items, each a sum over a list of its own.
fn sums(len: usize) -> Vec<usize> {
    let mut items = vec![0; len];
    par::each(&mut items, |index, item| {
        let mut parts = [index; 5];
        par::each(&mut parts, |index, part| *part += index);
        *item += parts.iter().sum::<usize>();
    });
    items
}

#[test]
fn every_item_is_done_once_by_any_number_of_threads_together_or_not_and_within_each_other() {
    for threads in 1..=8 {
        par::with_threads(threads, || {
            for len in [0, 1, 2, 5, 100] {
                let expected: Vec<usize> = (0..len).map(|index| 5 * index + 10).collect();
                assert_eq!(sums(len), expected);
                par::together(|| (0..50).for_each(|_| assert_eq!(sums(len), expected)));
                assert_eq!(par::together(|| par::together(|| sums(len))), expected);
            }
        });
    }
}

#[test]
fn results_come_in_the_order_of_the_items() {
    let items: Vec<usize> = (0..1000).collect();
    par::with_threads(3, || par::together(|| assert_eq!(par::map(&items, |item| item + 1), Vec::from_iter(1..1001))));
}

#[test]
fn a_panic_in_an_item_ends_the_slice_and_the_next_one_works() {
    par::with_threads(3, || {
        for round in 0..10 {
            let result = catch_unwind(AssertUnwindSafe(|| {
                par::together(|| {
                    par::each(&mut [0; 10], |index, _| {
                        if index == round {
                            resume_unwind(Box::new(index));
                        }
                    })
                });
            }));
            assert_eq!(result.unwrap_err().downcast_ref(), Some(&round));
            assert_eq!(par::together(|| sums(2)), [10, 15]);
        }
    });
}

#[test]
fn slices_of_several_threads_over_one_pool_do_not_wait_for_each_other_for_ever() {
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| (0..30).for_each(|_| assert_eq!(par::together(|| sums(20)), sums(20))));
        }
    });
}

//! Fallible parallel map whose result does not depend on thread order.

use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

/// Maps `work` over `items` in parallel and keeps their order.
///
/// Returns the error of the first failing item. Items after it are skipped once it is known.
pub fn in_order<T, U, E>(
    items: impl IntoParallelIterator<Item = T, Iter: IndexedParallelIterator>,
    work: impl Fn(T) -> Result<U, E> + Sync,
) -> Result<Vec<U>, E>
where
    T: Send,
    U: Send,
    E: Send,
{
    let failed = AtomicUsize::new(usize::MAX);
    let one = |(index, item)| {
        if index > failed.load(Ordering::Relaxed) {
            return None;
        }
        let result = work(item);
        if result.is_err() {
            failed.fetch_min(index, Ordering::Relaxed);
        }
        Some(result)
    };
    // No item before the first error was skipped.
    items.into_par_iter().enumerate().map(one).collect::<Vec<_>>().into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_their_order() {
        let squares: Result<Vec<usize>, ()> = in_order(0..1000usize, |i| Ok(i * i));
        assert_eq!(squares.unwrap(), (0..1000).map(|i| i * i).collect::<Vec<_>>());
    }

    #[test]
    fn returns_the_first_error_and_skips_the_rest() {
        let begun = AtomicUsize::new(0);
        let result: Result<Vec<()>, usize> = in_order(0..100_000usize, |i| {
            begun.fetch_add(1, Ordering::Relaxed);
            if i % 10 == 3 { Err(i) } else { Ok(()) }
        });
        assert_eq!(result, Err(3));
        assert!(begun.into_inner() < 10_000);
    }
}

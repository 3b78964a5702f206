//! Fallible work on all cores, with the answer that one core would give.

use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

/// Does `work` on every item. The error is that of the first item that has one, whichever thread was first; items behind it are not begun
/// any more once it is known.
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
    // Before the first error, nothing was left out.
    items.into_par_iter().enumerate().map(one).collect::<Vec<_>>().into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_keep_their_order() {
        let squares: Result<Vec<usize>, ()> = in_order(0..1000usize, |i| Ok(i * i));
        assert_eq!(squares.unwrap(), (0..1000).map(|i| i * i).collect::<Vec<_>>());
    }

    #[test]
    fn the_first_error_is_answered_and_little_is_begun_after_it() {
        let begun = AtomicUsize::new(0);
        let result: Result<Vec<()>, usize> = in_order(0..100_000usize, |i| {
            begun.fetch_add(1, Ordering::Relaxed);
            if i % 10 == 3 { Err(i) } else { Ok(()) }
        });
        assert_eq!(result, Err(3));
        assert!(begun.into_inner() < 10_000);
    }
}

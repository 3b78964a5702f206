//! Opcodes that are not used.

use std::collections::BTreeSet;

use crate::import::warning::ImportWarning;

/// Bounded set of names, for warnings.
#[derive(Default)]
pub(crate) struct Names {
    seen: BTreeSet<String>,
    others: usize,
}

impl Names {
    /// Limit of names.
    const MAX: usize = 100;

    pub(crate) fn add(&mut self, name: &str) {
        if self.seen.len() < Self::MAX {
            self.seen.insert(name.chars().take(40).collect());
        } else if !self.seen.contains(name) {
            self.others += 1;
        }
    }

    pub(crate) fn warning(self) -> Option<ImportWarning> {
        let Self { seen, others } = self;
        (!seen.is_empty()).then(|| ImportWarning::Opcodes { names: seen.into_iter().collect(), others })
    }
}

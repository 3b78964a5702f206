//! Stage 4, `render`: the same notes played by the model, and measured.

pub use crate::renderer::measured::render_and_measure;

/// Changes with whatever changes the measurement of a rendering, beside the [key of its renderer](Renderer::key).
pub const VERSION: u32 = 3;

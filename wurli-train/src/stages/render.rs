//! Stage 4, `render`: renders the same notes with the model and measures them.

pub use crate::renderer::measured::render_and_measure;

/// Version of the results, raised when any measurement of a rendering changes. The
/// [key of the renderer](crate::renderer::Renderer::key) is hashed beside it.
pub const VERSION: u32 = 3;

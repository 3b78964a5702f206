//! Expands a weights file of wurli-train into a const, allocation-free forward pass.

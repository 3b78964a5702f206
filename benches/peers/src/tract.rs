//! tract, with an optimised graph.

use std::sync::Arc;

use openwurli_dsp::MlpCorrections;
use tract_core::internal::*;
use tract_core::ops::einsum::EinSum;
use tract_core::ops::math;
use wurli_weights::{INPUTS, Weights};

/// Execution plan of the network.
pub struct Tract {
    plan: Arc<TypedSimplePlan<TypedModel>>,
    weights: Weights,
}

impl Tract {
    /// # Errors
    /// If tract cannot build or optimise the graph.
    pub fn new(weights: Weights) -> TractResult<Self> {
        let network = &weights.network;
        let mut model = TypedModel::default();
        let mut x = model.add_source("inputs", f32::fact([1, INPUTS]))?;
        let zero = model.add_const("zero", tensor2(&[[0.0_f32]]))?;
        let layers = [
            (tensor2(&network.w1), tensor1(&network.b1)),
            (tensor2(&network.w2), tensor1(&network.b2)),
            (tensor2(&network.w3), tensor1(&network.b3)),
        ];
        for (i, (weight, bias)) in layers.into_iter().enumerate() {
            let outputs = bias.len();
            let weight = model.add_const(format!("weight {i}"), weight)?;
            let bias = model.add_const(format!("bias {i}"), bias.into_shape(&[1, outputs])?)?;
            let product = EinSum::new("mk,nk->mn".parse()?, f32::datum_type());
            x = model.wire_node(format!("product {i}"), product, &[x, weight])?[0];
            x = model.wire_node(format!("sum {i}"), math::add(), &[x, bias])?[0];
            if i < 2 {
                x = model.wire_node(format!("relu {i}"), math::max(), &[x, zero])?[0];
            }
        }
        model.set_output_outlets(&[x])?;
        Ok(Self { plan: Arc::new(model.into_optimized()?.into_runnable()?), weights })
    }

    /// Returns the corrections of one note.
    ///
    /// # Errors
    /// If tract fails, which does not happen with the input shape of [`new`](Self::new).
    pub fn compute(&self, midi: u8, velocity: f32) -> TractResult<MlpCorrections> {
        let inputs = tensor2(&[crate::inputs(&self.weights, midi, velocity)]);
        let outputs = self.plan.run(tvec!(inputs.into()))?;
        Ok(crate::corrections(&self.weights, midi, outputs[0].as_slice::<f32>()?))
    }
}

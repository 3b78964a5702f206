//! candle, on its CPU backend.

use candle_core::{Device, Result, Tensor};
use openwurli_dsp::MlpCorrections;
use wurli_weights::{INPUTS, Weights};

/// Three layers as tensors, transposed once.
pub struct Candle {
    layers: [(Tensor, Tensor); 3],
    weights: Weights,
}

impl Candle {
    /// # Errors
    /// If candle cannot create the tensors.
    pub fn new(weights: Weights) -> Result<Self> {
        let network = &weights.network;
        let layer = |weight: Tensor, bias: &[f32]| -> Result<(Tensor, Tensor)> {
            Ok((weight.t()?.contiguous()?, Tensor::new(bias, &Device::Cpu)?.unsqueeze(0)?))
        };
        let layers = [
            layer(Tensor::new(&network.w1, &Device::Cpu)?, &network.b1)?,
            layer(Tensor::new(&network.w2, &Device::Cpu)?, &network.b2)?,
            layer(Tensor::new(&network.w3, &Device::Cpu)?, &network.b3)?,
        ];
        Ok(Self { layers, weights })
    }

    /// Returns the corrections of one note.
    ///
    /// # Errors
    /// If candle fails, which does not happen with the shapes of [`new`](Self::new).
    pub fn compute(&self, midi: u8, velocity: f32) -> Result<MlpCorrections> {
        let inputs = crate::inputs(&self.weights, midi, velocity);
        let [first, second, third] = &self.layers;
        let x = Tensor::from_slice(&inputs, (1, INPUTS), &Device::Cpu)?;
        let x = (x.matmul(&first.0)? + &first.1)?.relu()?;
        let x = (x.matmul(&second.0)? + &second.1)?.relu()?;
        let x = (x.matmul(&third.0)? + &third.1)?.squeeze(0)?;
        Ok(crate::corrections(&self.weights, midi, &x.to_vec1::<f32>()?))
    }
}

//! The list of all kinds of layers. A new kind is a file of its own and a line here; the compiler asks that file for the rest.

use serde::{Deserialize, Serialize};

use super::affine::Affine;
use super::conv::Conv;
use super::conv_transpose::ConvTranspose;
use super::dense::Dense;
use super::dropout::Dropout;
use super::global_pool::GlobalPool;
use super::group_norm::GroupNorm;
use super::grouped_conv::GroupedConv;
use super::input::Input;
use super::locally_connected::LocallyConnected;
use super::merge::{Add, Concat};
use super::ops::{LayerOps, LayerRole};
use super::pad::Pad;
use super::planes::Planes;
use super::pool::Pool;
use super::product::Product;
use super::reshape::Reshape;
use super::resize::Resize;
use super::speed::SpeedHooks;
use super::tile_dense::TileDense;
use super::upsample::Upsample;
use super::upsample_conv::UpsampleConv;
use crate::error::{Error, Result};
use crate::shape::Shape;

macro_rules! kinds {
    ($($(#[$attribute:meta])? $kind:ident),* $(,)?) => {
        /// Every kind of layer there is.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "kind", rename_all = "kebab-case")]
        pub enum Layer {
            $($(#[$attribute])? $kind($kind),)*
        }

        impl Layer {
            /// What it is and does.
            pub fn ops(&self) -> &dyn LayerOps {
                match self {
                    $(Self::$kind(layer) => layer,)*
                }
            }

            /// The same, to change its sizes.
            pub fn ops_mut(&mut self) -> &mut dyn LayerOps {
                match self {
                    $(Self::$kind(layer) => layer,)*
                }
            }

            /// What saves work, where its kind offers it.
            pub fn speed(&self) -> &dyn SpeedHooks {
                match self {
                    $(Self::$kind(layer) => layer,)*
                }
            }
        }
    };
}

kinds! {
    Input,
    Dense,
    Conv,
    ConvTranspose,
    Pool,
    GlobalPool,
    Upsample,
    UpsampleConv,
    Reshape,
    Add,
    Concat,
    GroupNorm,
    Dropout,
    // Model files know it by this name.
    #[serde(rename = "mix")]
    LocallyConnected,
    #[serde(rename = "scale")]
    TileDense,
    GroupedConv,
    Affine,
    Product,
    Pad,
    Resize,
    Planes,
}

impl Layer {
    /// The same kind of layer reading these shapes. An error where there are none, too few, or they do not fit.
    pub fn on(&self, inputs: &[Shape]) -> Result<Layer> {
        let mut layer = self.clone();
        if inputs.is_empty() {
            let error = || Error::expected(self.ops().title(), "a layer to read", "none");
            return (self.ops().role() == LayerRole::Input).then_some(layer).ok_or_else(error);
        }
        layer.ops_mut().set_inputs(inputs)?;
        let (wanted, got) = (layer.ops().inputs().len(), inputs.len());
        if wanted != got {
            return Err(Error::expected(self.ops().title(), format!("{wanted} inputs"), got));
        }
        layer.ops().check()?;
        Ok(layer)
    }
}

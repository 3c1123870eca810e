//! Every kind of layer, in one enum.

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
use super::ops::LayerOps;
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

/// Every kind of layer there is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Layer {
    Input(Input),
    Dense(Dense),
    Conv(Conv),
    ConvTranspose(ConvTranspose),
    Pool(Pool),
    GlobalPool(GlobalPool),
    Upsample(Upsample),
    UpsampleConv(UpsampleConv),
    Reshape(Reshape),
    Add(Add),
    Concat(Concat),
    GroupNorm(GroupNorm),
    Dropout(Dropout),
    #[serde(rename = "mix")]
    LocallyConnected(LocallyConnected),
    #[serde(rename = "scale")]
    TileDense(TileDense),
    GroupedConv(GroupedConv),
    Affine(Affine),
    Product(Product),
    Pad(Pad),
    Resize(Resize),
    Planes(Planes),
}

impl Layer {
    /// The one place where a kind of layer is told from another.
    pub fn ops(&self) -> &dyn LayerOps {
        match self {
            Layer::Input(layer) => layer,
            Layer::Dense(layer) => layer,
            Layer::Conv(layer) => layer,
            Layer::ConvTranspose(layer) => layer,
            Layer::Pool(layer) => layer,
            Layer::GlobalPool(layer) => layer,
            Layer::Upsample(layer) => layer,
            Layer::UpsampleConv(layer) => layer,
            Layer::Reshape(layer) => layer,
            Layer::Add(layer) => layer,
            Layer::Concat(layer) => layer,
            Layer::GroupNorm(layer) => layer,
            Layer::Dropout(layer) => layer,
            Layer::LocallyConnected(layer) => layer,
            Layer::TileDense(layer) => layer,
            Layer::GroupedConv(layer) => layer,
            Layer::Affine(layer) => layer,
            Layer::Product(layer) => layer,
            Layer::Pad(layer) => layer,
            Layer::Resize(layer) => layer,
            Layer::Planes(layer) => layer,
        }
    }

    /// What saves work, where a kind of layer offers it.
    pub fn speed(&self) -> &dyn SpeedHooks {
        match self {
            Layer::Input(layer) => layer,
            Layer::Dense(layer) => layer,
            Layer::Conv(layer) => layer,
            Layer::ConvTranspose(layer) => layer,
            Layer::Pool(layer) => layer,
            Layer::GlobalPool(layer) => layer,
            Layer::Upsample(layer) => layer,
            Layer::UpsampleConv(layer) => layer,
            Layer::Reshape(layer) => layer,
            Layer::Add(layer) => layer,
            Layer::Concat(layer) => layer,
            Layer::GroupNorm(layer) => layer,
            Layer::Dropout(layer) => layer,
            Layer::LocallyConnected(layer) => layer,
            Layer::TileDense(layer) => layer,
            Layer::GroupedConv(layer) => layer,
            Layer::Affine(layer) => layer,
            Layer::Product(layer) => layer,
            Layer::Pad(layer) => layer,
            Layer::Resize(layer) => layer,
            Layer::Planes(layer) => layer,
        }
    }

    /// A word for people: `dense`, `conv 3x3`.
    pub fn title(&self) -> String {
        match self {
            Layer::Input(_) => "input".into(),
            Layer::Dense(_) => "dense".into(),
            Layer::Conv(conv) => format!("conv {0}x{0}", conv.window.kernel),
            Layer::ConvTranspose(conv) => format!("transposed conv {0}x{0}", conv.kernel),
            Layer::Pool(pool) => format!("{} pool {1}x{1}", pool.kind.name(), pool.size),
            Layer::GlobalPool(pool) => format!("global {} pool", pool.kind.name()),
            Layer::Upsample(upsample) => format!("upsample x{}", upsample.factor),
            Layer::UpsampleConv(conv) => format!("upsample x{} conv {1}x{1}", conv.factor, conv.kernel),
            Layer::Reshape(_) => "reshape".into(),
            Layer::Add(_) => "add".into(),
            Layer::Concat(_) => "concat".into(),
            Layer::GroupNorm(_) => "group norm".into(),
            Layer::Dropout(dropout) => format!("dropout {}", dropout.rate),
            Layer::LocallyConnected(mix) => format!("mix {0}x{0}", mix.size),
            Layer::TileDense(scale) => format!("scale {0}x{0} to {1}x{1}", scale.from, scale.to),
            Layer::GroupedConv(conv) => {
                format!("conv {}x{} in {} groups", conv.across.kernel, conv.down.kernel, conv.groups)
            }
            Layer::Affine(_) => "affine".into(),
            Layer::Product(_) => "product".into(),
            Layer::Pad(_) => "pad".into(),
            Layer::Resize(resize) => format!("resize to {} x {}", resize.width, resize.height),
            Layer::Planes(_) => "planes".into(),
        }
    }
}

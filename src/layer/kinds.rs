//! The list of all kinds of layers.
//!
//! A new kind needs a file of its own and an entry in `mod.rs` and in the list below. The compiler names everything
//! else that its file has to provide.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::{
    Add, Affine, Concat, Conv, ConvTranspose, Dense, Dropout, Field, FreeGraph, GlobalPool, GroupNorm, GroupedConv,
    Input, LayerOps, LayerRole, LocallyConnected, Manifold, Pad, Planes, Pool, Portable, Product, Reshape, Resize,
    Sparse, SpeedHooks, TextForm, TextLine, TileDense, Upsample, UpsampleConv, Written,
};
use crate::error::{Error, Result};
use crate::nearest::nearest;
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
            /// What the layer is and does.
            pub fn ops(&self) -> &dyn LayerOps {
                match self {
                    $(Self::$kind(layer) => layer,)*
                }
            }

            /// The same, for changing its sizes.
            pub fn ops_mut(&mut self) -> &mut dyn LayerOps {
                match self {
                    $(Self::$kind(layer) => layer,)*
                }
            }

            /// Its form for other programs.
            pub fn portable(&self) -> &dyn Portable {
                match self {
                    $(Self::$kind(layer) => layer,)*
                }
            }

            /// The shortcuts that its kind offers.
            pub fn speed(&self) -> &dyn SpeedHooks {
                match self {
                    $(Self::$kind(layer) => layer,)*
                }
            }
        }

        /// The kinds of layers that have a text form, with their sizes: the one table for the text, its help and the
        /// page.
        pub static KINDS: LazyLock<Vec<LayerKind>> = LazyLock::new(|| {
            let mut kinds = Vec::new();
            $(kinds.extend((0..$kind::FORMS.len()).map(|form| {
                LayerKind::new(form, &$kind::FORMS[form], |form, line| ($kind::FORMS[form].make)(line).map(Layer::$kind))
            }));)*
            kinds
        });
    };
}

// In the order in which the help and the page list them.
kinds! {
    Conv,
    ConvTranspose,
    GroupedConv,
    Dense,
    Sparse,
    Pool,
    GlobalPool,
    Upsample,
    UpsampleConv,
    GroupNorm,
    Affine,
    Dropout,
    Reshape,
    Add,
    Product,
    Concat,
    // Model files and texts call these two by older names.
    #[serde(rename = "mix")]
    LocallyConnected,
    #[serde(rename = "scale")]
    TileDense,
    Input,
    Pad,
    Resize,
    Planes,
    Manifold,
    FreeGraph,
}

impl Layer {
    /// The layer, if its parameters decide which connections it has. Nearly every layer has the same ones always.
    pub fn structure(&self) -> Option<&Manifold> {
        if let Self::Manifold(manifold) = self { Some(manifold) } else { None }
    }

    /// The layer, if each output has a list of the inputs that it reads.
    pub fn sparse(&self) -> Option<&Sparse> {
        if let Self::Sparse(sparse) = self { Some(sparse) } else { None }
    }

    /// The same, for other lists.
    pub fn sparse_mut(&mut self) -> Option<&mut Sparse> {
        if let Self::Sparse(sparse) = self { Some(sparse) } else { None }
    }

    /// The layer, if its neurons may read each other in any way.
    pub fn free_graph(&self) -> Option<&FreeGraph> {
        if let Self::FreeGraph(graph) = self { Some(graph) } else { None }
    }

    /// Makes a cut read a row of `width` neurons and keep the same first ones. Whether it is a cut.
    pub fn set_cut_width(&mut self, width: usize) -> bool {
        let Self::Pad(pad) = self else { return false };
        pad.right -= width as i32 - pad.input.width as i32;
        pad.input.width = width;
        true
    }

    /// A layer of the same kind that reads these shapes. An error if there are too few or too many, or they do not fit.
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

/// A [`TextForm`] of any kind of layer.
#[derive(Clone, Copy, Serialize)]
pub struct LayerKind {
    pub name: &'static str,
    /// One line for people.
    pub about: &'static str,
    pub fields: &'static [Field],
    /// Index among the forms of its kind.
    #[serde(skip)]
    form: usize,
    #[serde(skip)]
    make: fn(usize, &TextLine) -> Result<Layer>,
}

impl LayerKind {
    fn new<L>(form: usize, text: &TextForm<L>, make: fn(usize, &TextLine) -> Result<Layer>) -> Self {
        Self { name: text.name, about: text.about, fields: text.fields, form, make }
    }

    /// The form of this name.
    pub fn find(name: &str) -> Result<&'static Self> {
        KINDS.iter().find(|kind| kind.name == name).ok_or_else(|| {
            let names: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
            match nearest(name, names.iter().copied()) {
                Some(near) => Error::new(format!("layer: there is no kind \"{name}\"; did you mean {near}?")),
                None => Error::expected("layer", format!("one of {}", names.join(", ")), format!("\"{name}\"")),
            }
        })
    }

    pub fn make(&self, line: &TextLine) -> Result<Layer> {
        (self.make)(self.form, line)
    }
}

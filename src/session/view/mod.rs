//! Views of a run: the drawn network, an example on its way through it, neurons in numbers, the user's own input. They
//! only read the run and the data.

mod augmented;
mod columns;
mod drawing;
mod example;
mod frame;
pub(super) mod free_graph;
mod hit;
mod inspector;
mod overlay;
mod own;
mod pixels;
mod probe;
mod saturation;
mod shown_loss;
mod structure;
#[allow(clippy::module_inception, reason = "what is kept between two looks is in view/view.rs")]
mod view;
mod weight_image;
mod weight_sheet;

pub use columns::{ColumnNeuronPicture, ColumnPicture, ColumnsPicture, SlotView};
pub use example::{Estimate, ExampleView, Probability};
pub use frame::PanelScale;
pub use free_graph::{FreeConnection, FreeGraphSummary, FreeNeuronView, FreeWeight};
pub use hit::Hit;
pub use inspector::{
    Answer, ConnectionView, InspectedItem, LinkView, NeuronPlace, NeuronView, Parameter, Pinned, Question,
};
pub use overlay::overlay;
pub use pixels::{bytes_of, rgba};
pub use structure::{CellView, CurveValue, CurveView};
pub use view::{View, Viewer};
pub use weight_image::WeightImage;
pub use weight_sheet::WeightSheet;

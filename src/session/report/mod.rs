//! The report of a run as a description in JSON: sections with a title, a caption and parts (`part.rs`). One renderer,
//! `www/report/report.js`, draws it in a page that needs nothing else, for the page and for the command line.
//!
//! A section is one function of the list in `sections.rs`; what a learner has not is absent.

mod material;
mod part;
mod pictures;
mod results;
mod sections;
mod seen;
mod setup;

pub use material::{Chosen, Material};
pub use sections::describe;

//! Looking into what a network has learnt. It reads values and never writes a parameter.

mod doctor;
mod likeness;
pub mod pca;
mod print;
mod torn;

pub use doctor::{AuditContext, DataAudit, Finding, FindingKind, Fix, Severity};
pub use likeness::SLICE;
pub use pca::{Pca, Solver};

//! The data check: what is wrong with a data set, what effect that has, and what would fix it.
//!
//! [`DataAudit`] works in slices: group scan -> signatures -> similarity -> checks -> [`Finding`]s.

mod data_audit;
mod finding;

mod checks;
mod group_scan;
mod signature;
mod similarity;

pub use checks::AuditContext;
pub use data_audit::DataAudit;
pub use finding::{Finding, FindingKind, Fix, Severity};
pub use similarity::SLICE;

//! The rules of the source tree that no compiler checks.
//!
//! `levels`: a module uses only its own folder and lower levels; some names appear in one place only; every file says what
//! it is. `circles`: no files import each other in a circle. `type_names`: no type name is defined twice. `english`: texts
//! avoid patterns that are hard to read.

mod circles;
mod english;
mod levels;
mod lexer;
mod modules;
mod sources;
mod type_names;

/// Fails with all findings, one a line.
fn assert_none(found: Vec<String>) {
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

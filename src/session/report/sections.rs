//! The list of sections, and the whole description.

use serde_json::Value;

use super::material::Material;
use super::part::{Section, object};
use super::{results, seen, setup};
use crate::error::Result;

type Describe = fn(&Material) -> Result<Option<Section>>;

/// Every section, in the order of the report.
const SECTIONS: &[Describe] = &[
    results::figures,
    setup::data,
    setup::network,
    setup::settings,
    results::curves,
    results::classes,
    results::confusion,
    results::worst,
    seen::answers,
    seen::attention,
    seen::wishes,
    seen::weights,
    seen::map,
];

/// The description of a run as JSON that may stand inside a script element of HTML: it contains no `<`.
pub fn describe(material: &Material) -> Result<String> {
    let mut sections = Vec::new();
    for describe in SECTIONS {
        sections.extend(describe(material)?.map(Section::described));
    }
    Ok(object([("title", material.title.into()), ("sections", Value::Array(sections))])
        .to_string()
        .replace('<', "\\u003c"))
}

//! What crosses the boundary between the engine and the page: the fields of the Rust structures, by their serde names,
//! are those that `www/engine/types.d.ts` declares, and may be null there exactly where they may be absent here.
//!
//! Both sides are read as text, so the test needs no browser build.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// A Rust structure, its TypeScript interface, and the fields that only one side has, because the door (src/wasm/) or
/// the worker adds, replaces or drops them.
struct Pair {
    rust: &'static str,
    typescript: &'static str,
    only_rust: &'static [&'static str],
    only_typescript: &'static [&'static str],
}

const fn pair(rust: &'static str, typescript: &'static str) -> Pair {
    Pair { rust, typescript, only_rust: &[], only_typescript: &[] }
}

const fn with(rust: &'static str, typescript: &'static str, only_typescript: &'static [&'static str]) -> Pair {
    Pair { rust, typescript, only_rust: &[], only_typescript }
}

/// What the page receives.
const ANSWERS: &[Pair] = &[
    pair("KeyDescription", "Key"),
    pair("Notice", "Notice"),
    with("State", "State", &["running"]),
    pair("Stamps", "Stamps"),
    pair("Status", "Status"),
    pair("Event", "TrainingEvent"),
    with("DataSummary", "DataSummary", &["notice"]),
    pair("StorageSummary", "Storage"),
    pair("SkippedSummary", "Skipped"),
    pair("ModelSummary", "ModelSummary"),
    pair("BlockSummary", "Block"),
    pair("EditLog", "History"),
    pair("SnapshotList", "Snapshots"),
    pair("RunSummary", "RunSummary"),
    with("CheckpointFacts", "EarlierSession", &["at"]),
    // Without a kind the job is gone, of which the page hears otherwise.
    Pair { rust: "JobProgress", typescript: "JobProgress", only_rust: &["kind"], only_typescript: &["kind"] },
    pair("Forecast", "Forecast"),
    pair("RangeTest", "RangeTest"),
    pair("FindingView", "Finding"),
    pair("Edited", "EditResult"),
    with("Measurement", "Measurement", &["confusion"]),
    pair("Interval", "Interval"),
    pair("ClassReport", "ClassReport"),
    pair("MeasuredExample", "MeasuredExample"),
    pair("HistogramsView", "HistogramsView"),
    with("ClassTimeline", "ClassTimeline", &["predicted"]),
    pair("SplitClasses", "SplitClasses"),
    with("KeptEvaluation", "KeptEvaluation", &["confusion"]),
    pair("CalibrationReport", "CalibrationReport"),
    pair("CalibrationBin", "CalibrationBin"),
    pair("ConfusionFlow", "ConfusionFlow"),
    pair("CellFlow", "CellFlow"),
    with(
        "LayerHistory",
        "LayerHistory",
        &["shares", "zeros", "percentiles", "rms", "updateRatio", "dead", "saturated"],
    ),
    with("MapView", "MapView", &["points", "examples"]),
    pair("MapQuality", "MapQuality"),
    pair("TruePoint", "TruePoint"),
    pair("ProjectionProgress", "ProjectionProgress"),
    with("ExampleView", "Example", &["input", "target", "output", "difference"]),
    Pair { rust: "Drawn", typescript: "Frame", only_rust: &["pointer", "length"], only_typescript: &["pixels"] },
    pair("PanelScale", "PanelScale"),
    pair("Hit", "Hit"),
    pair("NeuronPlace", "Place"),
    with("NeuronView", "NeuronView", &["kind", "image"]),
    pair("LinkView", "Link"),
    with("ConnectionView", "ConnectionView", &["kind"]),
    pair("StructureSummary", "StructureSummary"),
    pair("CurveView", "Curve"),
    pair("CurveValue", "CurveValue"),
    pair("CellView", "Cell"),
    with("ColumnsPicture", "ColumnsPicture", &["columns"]),
    with("ColumnPicture", "ColumnPicture", &["field", "votes"]),
    with("ColumnNeuronPicture", "ColumnNeuronPicture", &["field"]),
    pair("SlotView", "Slot"),
    pair("SurgeryPlan", "SurgeryPlan"),
    pair("OperationEffect", "OperationEffect"),
    pair("UnitCensus", "UnitCensus"),
    pair("Contributions", "Contributions"),
    pair("FollowedRounds", "FollowedRounds"),
    pair("LetterCycle", "LetterCycle"),
    pair("FreeGraphSummary", "FreeGraphSummary"),
    pair("FreeNeuronView", "FreeNeuron"),
    pair("FreeWeight", "FreeWeight"),
    pair("FreeConnection", "FreeConnection"),
    pair("LayerKind", "LayerKind"),
    pair("Draft", "Draft"),
    pair("AttributionSummary", "AttributionSummary"),
    pair("Explanation", "Explanation"),
    pair("WantedUnit", "WantedUnit"),
    pair("DrivingImage", "DrivingImage"),
    pair("ReceptiveField", "ReceptiveField"),
];

/// What the page sends; a field that may be left out has a default here.
const REQUESTS: &[Pair] = &[
    pair("FrameRequest", "FrameRequest"),
    pair("Surface", "Surface"),
    pair("Page", "Wanted"),
    pair("LayoutSettings", "LayoutSettings"),
    pair("Project", "ProjectRequest"),
    pair("CodeMix", "Mix"),
    pair("NeuronSet", "Picked"),
    pair("Neuron", "Neuron"),
    pair("Explain", "Explain"),
];

/// Enums that are words on the page.
const WORDS: &[(&str, &str)] = &[
    ("Effect", "Effect"),
    ("Ability", "Ability"),
    ("Command", "Command"),
    ("CurveNumber", "CurveNumber"),
    ("LayerQuantity", "LayerQuantity"),
    ("ProjectionMethod", "MapMethod"),
    ("MapColouring", "MapColouring"),
    ("AttributionMethod", "AttributionMethod"),
];

/// Fields by name; whether each may be absent or null.
type Fields = BTreeMap<String, bool>;

#[test]
fn answers_have_the_declared_fields() {
    let (rust, typescript) = (Rust::read(), TypeScript::read());
    let mut wrong = Vec::new();
    for Pair { rust: name, typescript: interface, only_rust, only_typescript } in ANSWERS {
        let mut have = rust.fields(name);
        let mut declared = typescript.fields(interface);
        have.retain(|field, _| !only_rust.contains(&field.as_str()) && !only_typescript.contains(&field.as_str()));
        declared.retain(|field, _| !only_typescript.contains(&field.as_str()));
        if have != declared {
            wrong.push(format!("{name}, which is {interface} on the page:{}", difference(&have, &declared)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn requests_have_the_declared_fields() {
    let (rust, typescript) = (Rust::read(), TypeScript::read());
    for Pair { rust: name, typescript: interface, .. } in REQUESTS {
        let (have, declared) = (rust.fields(name), typescript.fields(interface));
        assert!(have.keys().eq(declared.keys()), "{name}: {have:?}\n{interface}: {declared:?}");
    }
}

#[test]
fn enums_have_the_declared_words() {
    let (rust, typescript) = (Rust::read(), TypeScript::read());
    for (name, union) in WORDS {
        assert_eq!(rust.words(name), typescript.words(union), "{name}");
    }
}

fn difference(have: &Fields, declared: &Fields) -> String {
    let mut lines = String::new();
    for (field, is_optional) in have {
        match declared.get(field) {
            None => lines += &format!("\n  {field} is not declared"),
            Some(declared) if declared != is_optional => {
                lines += &format!("\n  {field} may {}be null", if *is_optional { "" } else { "not " });
            }
            Some(_) => {}
        }
    }
    for field in declared.keys().filter(|field| !have.contains_key(*field)) {
        lines += &format!("\n  {field} is declared and not there");
    }
    lines
}

// --- Rust, as text

struct Rust {
    text: String,
}

impl Rust {
    fn read() -> Self {
        let mut text = String::new();
        append(Path::new("src"), &mut text);
        Self { text }
    }

    /// The attributes of a type and the lines between its braces.
    fn body(&self, keyword: &str, name: &str) -> (String, Vec<&str>) {
        let lines: Vec<&str> = self.text.lines().collect();
        let is_head = |line: &str| {
            let line =
                line.trim_start_matches("pub").trim_start_matches("(super)").trim_start_matches("(crate)").trim_start();
            let rest = line.strip_prefix(keyword).and_then(|rest| rest.strip_prefix(' '));
            rest.and_then(|rest| rest.strip_prefix(name)).is_some_and(|rest| rest.starts_with([' ', '<', '{']))
        };
        let heads: Vec<usize> =
            (0..lines.len()).filter(|&at| is_head(lines[at]) && serde_of(&lines, at).is_some()).collect();
        assert_eq!(heads.len(), 1, "{keyword} {name}: expected one that crosses the boundary, found {}", heads.len());
        let attributes = serde_of(&lines, heads[0]).unwrap_or_default();
        let body = lines[heads[0] + 1..].iter().take_while(|line| **line != "}").copied().collect();
        (attributes, body)
    }

    fn fields(&self, name: &str) -> Fields {
        let (attributes, body) = self.body("struct", name);
        let mut fields = Fields::new();
        let mut own = String::new();
        for line in body.iter().map(|line| line.trim()).filter(|line| !line.starts_with("//") && !line.is_empty()) {
            if line.starts_with("#[") {
                own += line;
                continue;
            }
            let Some((field, kind)) = line.trim_start_matches("pub ").split_once(": ") else { continue };
            let kind = kind.trim_end_matches(',');
            if own.contains("flatten") {
                fields.extend(self.fields(kind.trim_start_matches("&'a ")));
            } else if !own.contains("skip)") && !own.contains("skip_serializing)") {
                fields.insert(renamed(field, &attributes, &own), kind.starts_with("Option<"));
            }
            own.clear();
        }
        fields
    }

    fn words(&self, name: &str) -> Vec<String> {
        let (attributes, body) = self.body("enum", name);
        let variants = body
            .iter()
            .filter_map(|line| line.strip_prefix("    "))
            .filter(|line| !line.starts_with([' ', '/', '#', '}']));
        let mut words: Vec<String> = variants
            .map(|line| {
                let variant = line.split(|letter: char| !letter.is_alphanumeric()).next().unwrap_or_default();
                let kebab = variant.char_indices().fold(String::new(), |word, (at, letter)| {
                    let dash = if letter.is_uppercase() && 0 < at { "-" } else { "" };
                    format!("{word}{dash}{}", letter.to_lowercase())
                });
                if attributes.contains("lowercase") { kebab.replace('-', "") } else { kebab }
            })
            .collect();
        words.sort();
        words
    }
}

/// The attributes above a type, if it derives a trait of serde.
fn serde_of(lines: &[&str], head: usize) -> Option<String> {
    let above = lines[..head].iter().rev().take_while(|line| line.starts_with("#[") || line.starts_with("///"));
    let attributes: String = above.filter(|line| line.starts_with("#[")).copied().collect();
    attributes.contains("erialize").then_some(attributes)
}

fn renamed(field: &str, attributes: &str, own: &str) -> String {
    if let Some(name) = own.split("rename = \"").nth(1).and_then(|rest| rest.split('"').next()) {
        return name.into();
    }
    if !attributes.contains("camelCase") {
        return field.into();
    }
    let mut parts = field.split('_');
    let first = parts.next().unwrap_or_default();
    parts.fold(first.to_string(), |name, part| name + &part[..1].to_uppercase() + &part[1..])
}

fn append(folder: &Path, text: &mut String) {
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            append(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            *text += &fs::read_to_string(path).unwrap();
        }
    }
}

// --- TypeScript, as text

struct TypeScript {
    text: String,
}

impl TypeScript {
    fn read() -> Self {
        let text = fs::read_to_string("www/engine/types.d.ts").unwrap();
        Self { text: without_comments(&text) }
    }

    fn fields(&self, name: &str) -> Fields {
        let heads = [format!("export interface {name} "), format!("export interface {name}<")];
        let start = heads.iter().find_map(|head| self.text.find(head.as_str()));
        let start = start.unwrap_or_else(|| panic!("types.d.ts: expected the interface {name}"));
        let (head, rest) = self.text[start..].split_once("{\n").unwrap();
        let body = rest.split("\n}\n").next().unwrap();
        let mut fields = Fields::new();
        if let Some((_, parents)) = outside_of_brackets(head).split_once(" extends ") {
            for parent in parents.split(',') {
                fields.extend(self.fields(parent.trim()));
            }
        }
        let mut lines = body.lines().peekable();
        while let Some(line) = lines.next() {
            let Some((field, kind)) = line
                .strip_prefix("  ")
                .filter(|line| !line.starts_with([' ', '}']))
                .and_then(|line| line.split_once(": "))
            else {
                continue;
            };
            let mut kind = kind.to_string();
            while let Some(more) = lines.next_if(|more| more.starts_with("   ") || more.starts_with("  }")) {
                kind += more;
            }
            let outside: String = outside_of_brackets(&kind);
            let is_optional = field.ends_with('?') || outside.contains("null");
            fields.insert(field.trim_end_matches('?').into(), is_optional);
        }
        fields
    }

    /// The string literals of a union, or of its field `do`.
    fn words(&self, name: &str) -> Vec<String> {
        let head = format!("export type {name} =");
        let start = self.text.find(&head).unwrap_or_else(|| panic!("types.d.ts: expected the type {name}"));
        let text = self.text[start..].split(";\n\n").next().unwrap();
        let parts: Vec<&str> = if text.contains("{ do: ") {
            text.split("{ do: ")
                .skip(1)
                .map(|part| part.split(';').next().unwrap())
                .map(|part| part.split('}').next().unwrap())
                .collect()
        } else {
            vec![text]
        };
        let mut words: Vec<String> =
            parts.iter().flat_map(|part| part.split('\'').skip(1).step_by(2)).map(String::from).collect();
        words.sort();
        words
    }
}

fn without_comments(text: &str) -> String {
    let mut rest = text;
    let mut plain = String::new();
    while let Some((before, after)) = rest.split_once("/*") {
        plain += before;
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    plain += rest;
    let lines = plain
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default().trim_end())
        .filter(|line| !line.is_empty());
    lines.map(|line| format!("{line}\n")).collect::<String>().replace("export ", "\nexport ")
}

fn outside_of_brackets(text: &str) -> String {
    let mut depth = 0;
    let mut outside = String::new();
    for letter in text.chars() {
        depth +=
            i32::from(matches!(letter, '{' | '[' | '(' | '<')) - i32::from(matches!(letter, '}' | ']' | ')' | '>'));
        if depth == 0 && letter != '>' {
            outside.push(letter);
        }
    }
    outside
}

//! A table beside the images: a CSV file with a line for each image, which gives classes or numbers.
//!
//! The first line names the columns. The first column names the images: by path, by file name, or by file name without
//! its ending. One other column of words, or one named like a class (`label`, `class`, `category`), gives classes;
//! columns of numbers give numbers. Everything else is left out, with a note.

use std::collections::HashMap;

use super::names::{composed, is_utf16};
use crate::data::limits::MOST_EXAMPLES;
use crate::error::{Error, Result};

/// Names of columns that hold classes even if these are numbers.
const CLASS_NAMES: [&str; 7] = ["label", "labels", "class", "category", "species", "breed", "class_name"];
/// Most columns, and most bytes of a name or class.
const MOST_COLUMNS: usize = 256;
const MOST_TEXT: usize = 512;
/// Most different classes.
const MOST_CLASSES: usize = 10_000;

/// A table that was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// The row of each image, by the name in the first column.
    rows: HashMap<String, usize>,
    /// The class of each row; empty without classes.
    pub classes: Vec<String>,
    /// The names of the columns of numbers, and their values `[rows, columns]`.
    pub columns: Vec<String>,
    pub values: Vec<f32>,
    /// Columns that were left out.
    pub unused: Vec<String>,
}

/// Whether a file is a table, by its name.
pub fn is_named(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, ending)| ending.eq_ignore_ascii_case("csv"))
}

impl Table {
    /// Reads a CSV file.
    ///
    /// # Errors
    /// It is no table of at least two columns and one line, lines differ in length, or a column is neither words nor
    /// numbers throughout.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        if is_utf16(bytes) {
            return Err(Error::expected("a table", "text in UTF-8", "UTF-16"));
        }
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
        let wrong = |error: csv::Error| Error::new(format!("it is no table ({error})"));
        let names: Vec<String> = reader.headers().map_err(wrong)?.iter().map(String::from).collect();
        if !(2..=MOST_COLUMNS).contains(&names.len()) {
            let expected = format!("2 to {MOST_COLUMNS} columns: a file name, then a class or numbers");
            return Err(Error::expected("its first line", expected, names.len()));
        }
        let (mut table, mut cells) = (Self::default(), vec![Vec::new(); names.len()]);
        for record in reader.records() {
            let record = record.map_err(wrong)?;
            let line = table.rows.len() + 2;
            if record.iter().any(|cell| MOST_TEXT < cell.len()) {
                return Err(Error::expected(
                    format!("line {line}"),
                    format!("at most {MOST_TEXT} bytes a cell"),
                    "more",
                ));
            }
            if table.rows.insert(composed(&record[0]).into_owned(), cells[0].len()).is_some() {
                return Err(Error::expected(
                    format!("line {line}"),
                    "each image once",
                    format!("{} again", &record[0]),
                ));
            }
            if table.rows.len() == MOST_EXAMPLES {
                return Err(Error::expected("its lines", format!("fewer than {MOST_EXAMPLES}"), "more"));
            }
            record.iter().zip(&mut cells).for_each(|(cell, column)| column.push(composed(cell).into_owned()));
        }
        if table.rows.is_empty() {
            return Err(Error::expected("its lines", "one for each image", "none"));
        }
        table.take_columns(&names[1..], &cells[1..])?;
        Ok(table)
    }

    /// Sorts the columns into classes and numbers.
    fn take_columns(&mut self, names: &[String], cells: &[Vec<String>]) -> Result<()> {
        let number = |cell: &String| cell.parse::<f32>().ok().filter(|number| number.is_finite());
        let is_number = |column: &usize| cells[*column].iter().all(|cell| number(cell).is_some());
        let named = |column: &usize| CLASS_NAMES.contains(&names[*column].to_ascii_lowercase().as_str());
        let all: Vec<usize> = (0..names.len()).collect();
        let few = |column: &usize| {
            let mut found: Vec<&String> = cells[*column].iter().collect();
            found.sort_unstable();
            found.dedup();
            found.len() <= MOST_CLASSES
        };
        let numeric: Vec<usize> = all.iter().copied().filter(|column| is_number(column) && !named(column)).collect();
        let class = all.iter().copied().find(named);
        // A column of words is a class only where there is nothing else.
        let class = class.or_else(|| all.iter().copied().find(|_| numeric.is_empty() && names.len() == 1)).filter(few);
        if let Some(class) = class {
            self.classes.clone_from(&cells[class]);
        }
        let rows = cells[0].len();
        self.columns = numeric.iter().map(|&column| names[column].clone()).collect();
        let value = |row: usize| numeric.iter().filter_map(move |&column| number(&cells[column][row]));
        self.values = (0..rows).flat_map(value).collect();
        let is_used = |column: &usize| Some(*column) == class || numeric.contains(column);
        self.unused = all.iter().filter(|column| !is_used(column)).map(|&column| names[column].clone()).collect();
        if self.classes.is_empty() && self.columns.is_empty() {
            let expected = "a column of numbers, or one column of classes";
            return Err(Error::expected("its columns", expected, names.join(", ")));
        }
        Ok(())
    }

    /// The row of an image: by its path, its last parts, or its file name with or without the ending.
    pub fn row(&self, path: &str) -> Option<usize> {
        let tails = path.match_indices('/').map(|(at, _)| &path[at + 1..]);
        let names = std::iter::once(path).chain(tails);
        let mut with_stems = names.flat_map(|name| [Some(name), name.rsplit_once('.').map(|(stem, _)| stem)]).flatten();
        with_stems.find_map(|name| self.rows.get(name).copied())
    }

    /// The numbers of a row.
    pub fn numbers(&self, row: usize) -> &[f32] {
        &self.values[row * self.columns.len()..][..self.columns.len()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_classes_or_numbers_and_images_are_found_by_their_names() {
        let table = Table::read(b"id,breed\n a , poodle\nb,husky\n").unwrap();
        assert_eq!((table.classes.clone(), table.columns.len()), (vec!["poodle".to_string(), "husky".into()], 0));
        assert_eq!([table.row("dogs/train/b.jpg"), table.row("b"), table.row("c.png")], [Some(1), Some(1), None]);
        let table = Table::read("\u{feff}file,x,remark,y\r\ntrain/a.png,1.5,\"far, left\",-2\r\n".as_bytes()).unwrap();
        assert_eq!(
            (table.columns.as_slice(), table.numbers(0)),
            (&["x".to_string(), "y".into()][..], &[1.5, -2.0][..])
        );
        assert_eq!((table.unused, table.rows.get("train/a.png")), (vec!["remark".to_string()], Some(&0)));
        let table = Table::read(b"file,label\n1.png,7\n2.png,3\n").unwrap();
        assert_eq!((table.classes, table.columns.is_empty()), (vec!["7".to_string(), "3".into()], true));
    }

    #[test]
    fn what_is_no_table_is_refused_in_a_sentence() {
        for (bytes, start) in [
            (&b"name\na\n"[..], "its first line: expected 2 to 256 columns"),
            (b"name,x\n", "its lines: expected one for each image"),
            (b"name,x\na,1\na,2\n", "line 3: expected each image once"),
            (b"name,x\na,1,2\n", "it is no table"),
            (b"name,x,y\na,big,red\n", "its columns: expected a column of numbers, or one column of classes"),
            (b"name,x\na,\xff\xfe\n", "it is no table"),
        ] {
            let error = Table::read(bytes).unwrap_err().to_string();
            assert!(error.starts_with(start), "{error}");
        }
    }
}

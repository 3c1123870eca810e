//! Files with the code of an image: lines `NUMBER=VALUE`, counted from 0, or all values separated by commas.

use std::path::Path;

use neurarium::error::{Error, Result};
use neurarium::words::counted;

use super::input_files;
use super::output::write_file;

/// The code in a file: all values, or the image's own code with some of them changed.
pub fn read(path: &Path, own: &[f32]) -> Result<Vec<f32>> {
    let text = input_files::read_text(path, "lines of NUMBER=VALUE or a CSV file")?;
    parse(&text, own).map_err(|error| error.within(path.display()))
}

fn parse(text: &str, own: &[f32]) -> Result<Vec<f32>> {
    let plain = |line: &str| line.split('#').next().unwrap_or_default().trim().to_string();
    let lines: Vec<(usize, String)> =
        text.trim_start_matches('\u{feff}').lines().map(plain).zip(1..).map(|(l, n)| (n, l)).collect();
    let filled: Vec<&(usize, String)> = lines.iter().filter(|(_, line)| !line.is_empty()).collect();
    if filled.iter().any(|(_, line)| line.contains('=')) {
        let mut code = own.to_vec();
        for (number, line) in filled {
            let wrong = || {
                Error::expected(
                    format!("line {number}"),
                    format!("NUMBER=VALUE, a number below {}", own.len()),
                    format!("\"{}\"", brief(line)),
                )
            };
            let (index, value) = line.split_once('=').ok_or_else(wrong)?;
            let index = index.trim().parse::<usize>().ok().filter(|index| *index < own.len()).ok_or_else(wrong)?;
            code[index] = number_of(value).ok_or_else(wrong)?;
        }
        return Ok(code);
    }
    let mut code = Vec::new();
    for (number, line) in filled {
        for word in line.split([',', ';', ' ', '\t']).map(str::trim).filter(|word| !word.is_empty()) {
            let wrong = || Error::expected(format!("line {number}"), "finite numbers", format!("\"{}\"", brief(word)));
            code.push(number_of(word).ok_or_else(wrong)?);
        }
    }
    if code.len() != own.len() {
        return Err(Error::expected("embedding", counted(own.len(), "value"), code.len()));
    }
    Ok(code)
}

fn number_of(text: &str) -> Option<f32> {
    text.trim().parse().ok().filter(|value: &f32| value.is_finite())
}

/// A line of a foreign file may be as long as it likes; our sentences may not.
fn brief(text: &str) -> String {
    text.chars().take(40).collect()
}

pub fn write(path: &Path, code: &[f32]) -> Result<()> {
    let is_csv = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
    let text = if is_csv {
        code.iter().map(f32::to_string).collect::<Vec<_>>().join(",") + "\n"
    } else {
        code.iter().enumerate().map(|(index, value)| format!("{index}={value}\n")).collect()
    };
    write_file(path, text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_change_single_values_and_lists_replace_all() {
        let own = [1.0, 2.0, 3.0];
        assert_eq!(parse("# mine\n2 = -0.5 # less\r\n\n0=4e1\n", &own).unwrap(), [40.0, 2.0, -0.5]);
        assert_eq!(parse("1,2.5, -3\n", &own).unwrap(), [1.0, 2.5, -3.0]);
        assert_eq!(parse("1\n2\n3", &own).unwrap(), own);
        for wrong in
            ["", "1,2", "1,2,3,4", "3=1", "-1=1", "a=1", "0=", "0=NaN", "0=1e99", "0=1\n5", "1,two,3", "inf,1,2"]
        {
            let error = parse(wrong, &own).unwrap_err().to_string();
            assert!(error.len() < 120 && !error.contains('\n'), "{error}");
        }
    }
}

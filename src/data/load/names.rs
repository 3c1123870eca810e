//! The names of files as text: distinguished by their bytes, read in the code page that is likely, with composed letters.
//!
//! File systems and archives give names as bytes and often do not say what they mean by them. Names in UTF-8 are taken for
//! what they are. The others are of one code page, since one program wrote them: it is guessed from all of them together.
//! The western code page of DOS, which Windows still writes into zips, is recognised here, as no page of the web is in
//! it: its letters are where others have control characters, and stand alone between letters of ASCII.
//!
//! A letter with an accent is one character or two, as a system prefers; composed, both are the same name.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::Encoding;
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// Code page 850 from 0x80 to 0xa7; code page 437 differs in ø, Ø and ×.
const DOS: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº";
/// A letter of the code pages of DOS beyond those, as frequent in German as they are.
const SHARP_S: u8 = 0xe1;

/// The code page of names that are not all in UTF-8.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CodePage {
    /// 437 and 850, as far as they agree on letters.
    Dos,
    /// One of the web. `is_all`: names that happen to be valid UTF-8 are in it, too.
    Web { encoding: &'static Encoding, is_all: bool },
}

/// The text in composed letters: `u` and a diaeresis become `ü`.
pub fn composed(text: &str) -> Cow<'_, str> {
    if is_nfc(text) { text.into() } else { text.nfc().collect::<String>().into() }
}

/// Whether a text is in UTF-16: by its mark, or by the zeros beside its first letters.
pub fn is_utf16(bytes: &[u8]) -> bool {
    let has_zeros = |at: usize| 8 <= bytes.len() && bytes[..8].iter().skip(at).step_by(2).all(|&byte| byte == 0);
    matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) || has_zeros(0) != has_zeros(1)
}

/// The names of files as text with composed letters. Different names stay different, unless they are spellings of one.
pub fn read_names(names: &[Vec<u8>]) -> Vec<String> {
    let page = CodePage::of(&names.iter().map(Vec::as_slice).collect::<Vec<_>>());
    names.iter().map(|name| composed(&in_page(page, name)).into_owned()).collect()
}

/// The text of a name among names of this code page, or in UTF-8.
pub fn in_page(page: Option<CodePage>, name: &[u8]) -> Cow<'_, str> {
    page.map_or_else(|| String::from_utf8_lossy(name), |page| page.text(name))
}

impl CodePage {
    /// The likely code page of names; `None` if all are in UTF-8.
    pub fn of(names: &[&[u8]]) -> Option<Self> {
        let others: Vec<&[u8]> = names.iter().copied().filter(|name| str::from_utf8(name).is_err()).collect();
        if others.is_empty() {
            return None;
        }
        if others.iter().all(|name| is_dos(name)) && others.concat().iter().any(|byte| (0x80..=0xa5).contains(byte)) {
            return Some(Self::Dos);
        }
        let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
        let foreign = names.iter().filter(|name| !name.is_ascii());
        for name in foreign.clone() {
            detector.feed(name, false);
            detector.feed(b"\n", false);
        }
        detector.feed(b"", true);
        let encoding = detector.guess(None, Utf8Detection::Deny);
        // Two bytes of China, Japan or Korea are often valid UTF-8, of a letter that is in no name.
        let is_all = !encoding.is_single_byte()
            && foreign.clone().all(|name| {
                let is_long = |text: &str| text.chars().any(|letter| 2 < letter.len_utf8());
                read(encoding, name).is_some() && !str::from_utf8(name).is_ok_and(is_long)
            });
        Some(Self::Web { encoding, is_all })
    }

    /// The text of a name. What this code page does not have becomes a character for each byte, and so stays distinct.
    fn text(self, name: &[u8]) -> Cow<'_, str> {
        let plain = str::from_utf8(name).ok().map(Cow::from);
        let text = match self {
            Self::Dos => {
                plain.or_else(|| name.iter().map(|&byte| of_dos(byte)).collect::<Option<String>>().map(Cow::from))
            }
            Self::Web { encoding, is_all: true } => read(encoding, name).or(plain),
            Self::Web { encoding, is_all: false } => plain.or_else(|| read(encoding, name)),
        };
        text.unwrap_or_else(|| name.iter().copied().map(char::from).collect::<String>().into())
    }
}

fn read<'a>(encoding: &'static Encoding, name: &'a [u8]) -> Option<Cow<'a, str>> {
    encoding.decode_without_bom_handling_and_without_replacement(name)
}

/// The character of a byte in the code pages of DOS, as far as it is needed for words.
fn of_dos(byte: u8) -> Option<char> {
    match byte {
        0..0x80 => Some(char::from(byte)),
        SHARP_S => Some('ß'),
        _ => DOS.chars().nth(usize::from(byte - 0x80)),
    }
}

/// Whether each byte beyond ASCII is a letter of DOS that stands alone in a word, with no capital within.
fn is_dos(name: &[u8]) -> bool {
    let is_word = |word: &[u8]| {
        let Some(text) = word.iter().map(|&byte| of_dos(byte)).collect::<Option<Vec<char>>>() else { return false };
        let small = word.iter().filter(|byte| byte.is_ascii_lowercase()).count();
        2 <= small
            && text.iter().all(|letter| letter.is_ascii() || letter.is_alphabetic())
            && text.windows(2).all(|pair| pair[0].is_ascii() || pair[1].is_ascii())
            && text.windows(2).all(|pair| pair[1].is_ascii() || !(pair[0].is_lowercase() && pair[1].is_uppercase()))
    };
    let mut words = name.split(|byte| b"/\\ -_.".contains(byte)).filter(|word| !word.is_ascii());
    words.all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(names: &[&[u8]]) -> Vec<String> {
        read_names(&names.iter().map(|name| name.to_vec()).collect::<Vec<_>>())
    }

    /// Names that went through a code page and back.
    fn through(encoding: &'static Encoding, names: &[&str]) -> Vec<String> {
        read_names(&names.iter().map(|name| encoding.encode(name).0.into_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn names_in_utf8_stay_and_both_spellings_of_a_letter_are_one() {
        assert_eq!(shown(&["Müll/1.png".as_bytes(), "猫".as_bytes()]), ["Müll/1.png", "猫"]);
        assert_eq!(shown(&["Mu\u{308}ll".as_bytes(), "M\u{fc}ll".as_bytes()]), ["Müll", "Müll"]);
    }

    #[test]
    fn names_of_other_code_pages_are_read_in_the_likely_one() {
        // Dog, cat and hen in GBK; the second is valid UTF-8, as are the names of the files.
        assert_eq!(shown(&[b"\xb9\xb7/\xcd\xbc1.png", b"\xc3\xa8", b"\xbc\xa6"]), ["狗/图1.png", "猫", "鸡"]);
        for (encoding, names) in [
            (encoding_rs::SHIFT_JIS, ["犬/写真.png", "ねこ", "イヌ"]),
            (encoding_rs::IBM866, ["Собака", "Кошка", "Лошадь"]),
            (encoding_rs::WINDOWS_1251, ["Собака", "Кошка", "Лошадь"]),
            (encoding_rs::EUC_KR, ["강아지", "고양이", "토끼"]),
            (encoding_rs::BIG5, ["狗狗", "貓咪", "兔子"]),
        ] {
            assert_eq!(through(encoding, &names), names);
        }
        assert_eq!(shown(&[b"M\xfcll/K\xe4se.png", b"Papier", "Grün".as_bytes()]), ["Müll/Käse.png", "Papier", "Grün"]);
        assert_eq!(shown(&[b"M\x81ll/K\x84se.png", b"Stra\xe1e", b"\x8epfel"]), ["Müll/Käse.png", "Straße", "Äpfel"]);
    }

    #[test]
    fn different_bytes_are_different_names_whatever_they_mean() {
        let all: Vec<Vec<u8>> = (0x80..=0xff).map(|byte| vec![byte]).collect();
        let mut names = read_names(&all);
        names.sort();
        names.dedup();
        assert_eq!(names.len(), all.len());
    }
}

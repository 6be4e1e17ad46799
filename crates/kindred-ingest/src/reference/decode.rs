//! Bytes of a bibliography as text, whatever encoding an old program wrote.

/// Windows-1252 for the bytes 0x80 to 0x9f; the others of its upper half are those of Latin-1.
/// Source: WHATWG Encoding Standard, index windows-1252.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// A text, its lines ended by `\n`, and where it was not UTF-8.
#[derive(Debug)]
pub(super) struct Decoded {
    pub(super) text: String,
    /// First line with bytes of another encoding, and how many lines have some.
    pub(super) foreign: Option<(u64, u64)>,
}

/// Decodes UTF-8, UTF-16 with its mark, and bytes that are neither as Windows-1252, one by one, so
/// that files to which several programs wrote are read too.
pub(super) fn decode(bytes: &[u8]) -> Decoded {
    match bytes {
        [0xff, 0xfe, rest @ ..] => return utf_16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => return utf_16(rest, u16::from_be_bytes),
        _ => {}
    }
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let mut text = String::with_capacity(bytes.len());
    let mut foreign: Option<(u64, u64)> = None;
    let (mut line, mut last) = (1, 0);
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        line += count_lines(chunk.valid());
        if chunk.invalid().is_empty() {
            continue;
        }
        text.extend(chunk.invalid().iter().map(|byte| match byte {
            0x80..=0x9f => WINDOWS_1252[usize::from(byte - 0x80)],
            _ => char::from(*byte),
        }));
        let (first, lines) = foreign.unwrap_or((line, 0));
        foreign = Some((first, lines + u64::from(line != last)));
        last = line;
    }
    Decoded {
        text: with_newlines(text),
        foreign,
    }
}

fn utf_16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Decoded {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    let text = char::decode_utf16(units)
        .map(|decoded| decoded.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect();
    Decoded {
        text: with_newlines(text),
        foreign: None,
    }
}

fn with_newlines(text: String) -> String {
    if text.contains('\r') {
        text.replace("\r\n", "\n").replace('\r', "\n")
    } else {
        text
    }
}

/// Counts ends of lines, of which a carriage return is one unless a newline follows.
fn count_lines(text: &str) -> u64 {
    let newlines = text.matches('\n').count();
    let returns = text.matches('\r').count() - text.matches("\r\n").count();
    u64::try_from(newlines + returns).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_encoding_gives_the_same_text() {
        let utf_16: Vec<u8> = [0xff, 0xfe]
            .into_iter()
            .chain("Étale “x”\n".encode_utf16().flat_map(u16::to_le_bytes))
            .collect();
        for bytes in [
            "Étale “x”\n".as_bytes(),
            "\u{feff}Étale “x”\r\n".as_bytes(),
            b"\xc9tale \x93x\x94\r",
            &utf_16,
        ] {
            assert_eq!(decode(bytes).text, "Étale “x”\n");
        }
    }

    #[test]
    fn lines_that_are_not_utf_8_are_counted_from_the_first() {
        assert_eq!(decode("é\né".as_bytes()).foreign, None);
        assert_eq!(decode(b"a\r\nb\xe9\xe8\nc\xe9 \xe9").foreign, Some((2, 2)));
    }
}

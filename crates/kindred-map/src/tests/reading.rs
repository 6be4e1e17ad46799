//! Pictures read back as their readers read them.

use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::Value;

pub(super) fn read_xml(text: &str) -> Vec<String> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = true;
    let mut names = Vec::new();
    let mut depth = 0_i32;
    loop {
        match reader.read_event().expect("well formed") {
            Event::Start(start) => {
                depth += 1;
                for attribute in start.attributes() {
                    attribute.expect("sound attribute");
                }
                names.push(start.name().as_ref().to_owned());
            }
            Event::Empty(start) => {
                names.push(start.name().as_ref().to_owned());
            }
            Event::End(_) => depth -= 1,
            Event::Eof => break,
            Event::Text(_) | Event::GeneralRef(_) => {}
            Event::CData(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_) => panic!("a picture has only elements and text"),
        }
    }
    assert_eq!(depth, 0);
    let is_allowed = |letter: char| letter == '\n' || !letter.is_control();
    assert!(
        text.chars().all(is_allowed),
        "control characters are no XML"
    );
    names
}

pub(super) fn read_png(bytes: &[u8]) -> (u32, u32, usize) {
    let mut reader = ::png::Decoder::new(std::io::Cursor::new(bytes))
        .read_info()
        .unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    let mut colors: Vec<&[u8]> = pixels.chunks_exact(3).collect();
    colors.sort_unstable();
    colors.dedup();
    (info.width, info.height, colors.len())
}

/// The data of a page, after checking that its two scripts end where they should.
pub(super) fn read_html(page: &str) -> Value {
    let lower = page.to_ascii_lowercase();
    assert_eq!(lower.matches("</script").count(), 2);
    assert_eq!(lower.matches("<script").count(), 2);
    assert_eq!(lower.matches("</style").count(), 1);
    assert!(
        !lower.contains("<!--"),
        "a comment could swallow the end of a script"
    );
    assert!(!page.contains(['\u{2028}', '\u{2029}', '\u{202e}', '\u{0}']));
    let start = "<script type=\"application/json\" id=\"map-data\">";
    let (_, rest) = page.split_once(start).unwrap();
    let (json, _) = rest.split_once("</script>").unwrap();
    assert!(!json.contains(['<', '>', '&']));
    serde_json::from_str(json).unwrap()
}

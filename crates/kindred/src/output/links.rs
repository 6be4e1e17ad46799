//! Links without colours.

use std::io::{self, Write};

/// Takes colours and weights out of what is written and leaves the rest, links among it.
#[derive(Debug)]
pub(crate) struct LinksAlone<W> {
    out: W,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Text,
    /// After an escape character.
    Escape,
    /// Within a control sequence (ECMA-48, 5.4), which ends with a byte from `@` to `~`.
    Control,
}

impl<W> LinksAlone<W> {
    pub(crate) fn new(out: W) -> Self {
        Self {
            out,
            state: State::Text,
        }
    }
}

impl<W: Write> Write for LinksAlone<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut kept = Vec::with_capacity(bytes.len());
        for &byte in bytes {
            match (self.state, byte) {
                (State::Text, 0x1b) => self.state = State::Escape,
                (State::Text, _) => kept.push(byte),
                (State::Escape, b'[') => self.state = State::Control,
                (State::Escape, _) => {
                    kept.extend([0x1b, byte]);
                    self.state = State::Text;
                }
                (State::Control, b'@'..=b'~') => self.state = State::Text,
                (State::Control, _) => {}
            }
        }
        self.out.write_all(&kept)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_stay_and_colours_go_wherever_writes_are_cut() {
        let text = b"\x1b[1m\x1b]8;;https://a.b\x1b\\\x1b[31;1mtitle\x1b[0m\x1b]8;;\x1b\\ end";
        for cut in 0..text.len() {
            let mut sink = Vec::new();
            let mut out = LinksAlone::new(&mut sink);
            out.write_all(&text[..cut]).unwrap();
            out.write_all(&text[cut..]).unwrap();
            assert_eq!(sink, b"\x1b]8;;https://a.b\x1b\\title\x1b]8;;\x1b\\ end");
        }
    }
}

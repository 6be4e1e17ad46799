//! How much an answer may hold, and how it is cut to that.

use kindred_engine::answer::PaperView;

/// Papers of an answer where nobody says.
pub(crate) const DEFAULT_LIMIT: usize = 10;
/// Most papers of an answer.
pub(crate) const MAX_LIMIT: usize = 50;
/// Most ids of a call.
pub(crate) const MAX_IDS: usize = 100;
/// Longest text to find papers like, in bytes.
pub(crate) const MAX_TEXT_BYTES: usize = 16 * 1024;
/// Longest query of words, in bytes.
pub(crate) const MAX_QUERY_BYTES: usize = 4 * 1024;
/// Most rated papers, and as many terms, that explain a score.
pub(crate) const MAX_REASONS: usize = 20;
/// Most seed sets that are listed.
pub(crate) const MAX_SETS: usize = 200;
/// Largest answer in bytes: structured content and text together, as JSON.
pub(crate) const MAX_ANSWER_BYTES: usize = 62 * 1024;

/// What of a long text is left out.
const MARK: &str = "\u{2026} [cut; get_paper gives the whole]";
/// Longest name of an author, in characters.
const NAME_CHARACTERS: usize = 120;

/// How far texts are cut. Lists and single papers are cut apart: one paper is given whole unless it
/// is out of all proportion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cut {
    /// Characters of each abstract in a list.
    pub(crate) abstract_characters: usize,
    /// Authors of each paper in a list.
    pub(crate) authors: usize,
    /// Characters of each title.
    pub(crate) title_characters: usize,
    /// Characters of the abstract, and of every other text, of a single paper.
    pub(crate) whole_characters: usize,
    /// Authors of a single paper, and other ids, keywords and versions of it.
    pub(crate) whole_items: usize,
}

/// The cuts in the order in which they are tried, until an answer is small enough.
pub(crate) const CUTS: [Cut; 4] = [
    Cut {
        abstract_characters: 1_500,
        authors: 20,
        title_characters: 400,
        whole_characters: 64 * 1024,
        whole_items: 5_000,
    },
    Cut {
        abstract_characters: 600,
        authors: 10,
        title_characters: 300,
        whole_characters: 12_000,
        whole_items: 100,
    },
    Cut {
        abstract_characters: 240,
        authors: 5,
        title_characters: 200,
        whole_characters: 4_000,
        whole_items: 50,
    },
    Cut {
        abstract_characters: 0,
        authors: 2,
        title_characters: 120,
        whole_characters: 1_500,
        whole_items: 20,
    },
];

impl Cut {
    /// Cuts the texts of a paper in a list.
    pub(crate) fn paper(&self, paper: &mut PaperView) {
        shorten(&mut paper.title, self.title_characters, "\u{2026}");
        shorten(&mut paper.abstract_text, self.abstract_characters, MARK);
        cut_names(&mut paper.authors, self.authors);
        paper.categories.truncate(self.authors.max(4));
        if let Some(venue) = &mut paper.venue {
            shorten(venue, self.title_characters, "\u{2026}");
        }
    }
}

/// Keeps the first names and says how many more there are.
pub(crate) fn cut_names(names: &mut Vec<String>, most: usize) {
    let more = names.len().saturating_sub(most);
    names.truncate(most);
    for name in names.iter_mut() {
        shorten(name, NAME_CHARACTERS, "\u{2026}");
    }
    if more > 0 {
        names.push(format!("and {more} more"));
    }
}

/// Cuts a text to at most `most` characters and a mark; a text that fits stays as it is.
pub(crate) fn shorten(text: &mut String, most: usize, mark: &str) {
    if let Some((end, _)) = text.char_indices().nth(most) {
        text.truncate(end);
        text.truncate(text.trim_end().len());
        text.push_str(mark);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_at_characters_and_say_so() {
        let mut text = "\u{e9}t\u{e9} chaud".to_owned();
        shorten(&mut text, 9, "!");
        assert_eq!(text, "\u{e9}t\u{e9} chaud", "it fits");
        shorten(&mut text, 4, "!");
        assert_eq!(text, "\u{e9}t\u{e9}!");
    }

    #[test]
    fn names_left_out_are_counted() {
        let mut names: Vec<String> = ["A", "B", "C"].map(str::to_owned).to_vec();
        cut_names(&mut names, 3);
        assert_eq!(names, ["A", "B", "C"]);
        cut_names(&mut names, 1);
        assert_eq!(names, ["A", "and 2 more"]);
    }

    #[test]
    fn every_cut_is_deeper_than_the_one_before() {
        for pair in CUTS.windows(2) {
            assert!(pair[1].abstract_characters < pair[0].abstract_characters);
            assert!(pair[1].authors < pair[0].authors);
            assert!(pair[1].title_characters < pair[0].title_characters);
            assert!(pair[1].whole_characters < pair[0].whole_characters);
            assert!(pair[1].whole_items < pair[0].whole_items);
        }
    }
}

//! arXiv categories in their canonical spelling.
//!
//! Six categories have two names and eighteen old archives were subsumed into others (arXiv
//! category taxonomy). Both sides of every comparison go through [`Category`], so `cs.NA` finds
//! `math.NA`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use self::taxonomy::TAXONOMY;

mod taxonomy;

/// Other name, canonical name: aliases first, then subsumed archives.
const RENAMED: [(&str, &str); 24] = [
    ("math.MP", "math-ph"),
    ("stat.TH", "math.ST"),
    ("math.IT", "cs.IT"),
    ("q-fin.EC", "econ.GN"),
    ("cs.SY", "eess.SY"),
    ("cs.NA", "math.NA"),
    ("acc-phys", "physics.acc-ph"),
    ("adap-org", "nlin.AO"),
    ("alg-geom", "math.AG"),
    ("ao-sci", "physics.ao-ph"),
    ("atom-ph", "physics.atom-ph"),
    ("bayes-an", "physics.data-an"),
    ("chao-dyn", "nlin.CD"),
    ("chem-ph", "physics.chem-ph"),
    ("cmp-lg", "cs.CL"),
    ("comp-gas", "nlin.CG"),
    ("dg-ga", "math.DG"),
    ("funct-an", "math.FA"),
    ("mtrl-th", "cond-mat.mtrl-sci"),
    ("patt-sol", "nlin.PS"),
    ("plasm-ph", "physics.plasm-ph"),
    ("q-alg", "math.QA"),
    ("solv-int", "nlin.SI"),
    ("supr-con", "cond-mat.supr-con"),
];

/// Why a text is not an arXiv category.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not an arXiv category, expected one such as {}",
    quoted(close)
)]
pub struct CategoryError {
    /// The text found.
    pub text: String,
    /// Categories whose names are close to it, closest first; none where none is.
    pub close: Vec<String>,
}

fn quoted(names: &[String]) -> String {
    if names.is_empty() {
        return "`cs.DC`, `hep-th` or `math`".to_owned();
    }
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// An arXiv category or a whole archive, canonical in case and name.
///
/// # Examples
/// ```
/// use kindred_core::Category;
/// let alias: Category = "cs.na".parse().unwrap();
/// assert_eq!(alias.as_str(), "math.NA");
/// assert!("math".parse::<Category>().unwrap().contains(&alias));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Category(Box<str>);

impl Category {
    /// Returns the canonical text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the archive: what stands before the dot.
    pub fn archive(&self) -> &str {
        self.0.split('.').next().unwrap_or(&self.0)
    }

    /// Whether `other` is this category, or lies in it if this is a whole archive.
    pub fn contains(&self, other: &Self) -> bool {
        self == other || (!self.0.contains('.') && &*self.0 == other.archive())
    }
}

/// Returns the three of some names of categories that are closest to a text, closest first, by
/// Levenshtein's distance without regard to case; equally close ones in the order of the alphabet.
/// Names that share less than half of their letters with it are not close.
pub fn close_names(text: &str, names: impl IntoIterator<Item = String>) -> Vec<String> {
    const SUGGESTIONS: usize = 3;

    let mut names: Vec<(usize, String)> = names
        .into_iter()
        .map(|name| (distance(&name, text.trim()), name))
        .filter(|(distance, name)| distance * 2 <= name.len().min(text.trim().len()))
        .collect();
    names.sort();
    names.dedup();
    names
        .into_iter()
        .take(SUGGESTIONS)
        .map(|(_, name)| name)
        .collect()
}

fn known_names() -> impl Iterator<Item = String> {
    TAXONOMY.iter().flat_map(|(archive, classes)| {
        let classes = classes
            .iter()
            .map(move |class| format!("{archive}.{class}"));
        std::iter::once((*archive).to_owned()).chain(classes)
    })
}

fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (at, letter) in left.to_lowercase().chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (column, other) in right.iter().enumerate() {
            let above = row[column + 1];
            let replaced = diagonal + usize::from(letter != *other);
            row[column + 1] = replaced.min(above + 1).min(row[column] + 1);
            diagonal = above;
        }
    }
    row[right.len()]
}

impl fmt::Display for Category {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

impl FromStr for Category {
    type Err = CategoryError;

    fn from_str(text: &str) -> Result<Self, CategoryError> {
        let unknown = || {
            let text: String = text.chars().take(80).collect();
            CategoryError {
                close: close_names(&text, known_names()),
                text,
            }
        };
        let trimmed = text.trim();
        if let Some((_, name)) = RENAMED
            .iter()
            .find(|(other, _)| other.eq_ignore_ascii_case(trimmed))
        {
            return Ok(Self((*name).into()));
        }
        let (archive, class) = match trimmed.split_once('.') {
            Some((archive, class)) => (archive, Some(class)),
            None => (trimmed, None),
        };
        let (archive, _) = TAXONOMY
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(archive))
            .ok_or_else(unknown)?;
        let Some(class) = class else {
            return Ok(Self((*archive).into()));
        };
        let is_plain = !class.is_empty()
            && class.len() <= 16
            && class.chars().all(|c| c.is_ascii_alphabetic() || c == '-');
        if !is_plain {
            return Err(unknown());
        }
        // Two-letter classes are upper case, the older physics classes lower case with words.
        let class = if class.len() == 2 {
            class.to_ascii_uppercase()
        } else {
            class.to_ascii_lowercase()
        };
        Ok(Self(format!("{archive}.{class}").into()))
    }
}

impl Serialize for Category {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Category {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> Option<String> {
        text.parse::<Category>()
            .ok()
            .map(|category| category.to_string())
    }

    #[test]
    fn aliases_and_subsumed_archives_have_one_name() {
        assert_eq!(canonical("cs.SY").as_deref(), Some("eess.SY"));
        assert_eq!(canonical("math.MP").as_deref(), Some("math-ph"));
        assert_eq!(canonical("cmp-lg").as_deref(), Some("cs.CL"));
        assert_eq!(canonical("supr-con").as_deref(), Some("cond-mat.supr-con"));
    }

    #[test]
    fn a_wrong_name_brings_near_ones() {
        let close = |text: &str| text.parse::<Category>().unwrap_err().close;
        assert_eq!(close("css.DC")[0], "cs.DC");
        assert!(
            close("hepth").contains(&"hep-th".to_owned()),
            "{:?}",
            close("hepth")
        );
        assert!(
            close("q.bio").contains(&"q-bio".to_owned()),
            "{:?}",
            close("q.bio")
        );
        assert!(close("").is_empty() && close("biology").is_empty());
    }

    #[test]
    fn case_is_mended() {
        assert_eq!(canonical("CS.dc").as_deref(), Some("cs.DC"));
        assert_eq!(
            canonical("Cond-Mat.Mes-Hall").as_deref(),
            Some("cond-mat.mes-hall")
        );
        assert_eq!(
            canonical("physics.acc-ph").as_deref(),
            Some("physics.acc-ph")
        );
    }

    #[test]
    fn classes_of_other_schemes_are_refused() {
        for text in [
            "I.2.6",
            "68T05",
            "62H30, 68T05",
            "",
            "cs.",
            "cs.D C",
            "biology",
        ] {
            assert_eq!(canonical(text), None, "{text}");
        }
    }

    #[test]
    fn an_archive_contains_its_classes_only() {
        let math: Category = "math".parse().unwrap();
        assert!(math.contains(&"math.AG".parse().unwrap()));
        assert!(!math.contains(&"math-ph".parse().unwrap()));
        assert!(
            !"cs.DC"
                .parse::<Category>()
                .unwrap()
                .contains(&"cs".parse().unwrap())
        );
    }
}

//! Names of authors, compared with initials in mind.

use crate::fold::{family_name, folded_words};

/// A name as surname and given names, in folded form.
///
/// `First Last` and `Last, First` are read; of a surname of several words the last counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorName {
    surname: String,
    given: Vec<String>,
}

impl AuthorName {
    /// Reads a name; `None` if it has no letters.
    pub fn new(name: &str) -> Option<Self> {
        let (mut family, surname) = family_name(name)?;
        let given = match name.split_once(',') {
            // What stands before the surname there are particles, which belong to no given name.
            Some((_, given)) => folded_words(given),
            None => std::mem::take(&mut family),
        };
        Some(Self { surname, given })
    }

    /// Whether `other` can be this person: the same surname, and given names of which each is the
    /// other or its initial, as far as both are told. A surname alone admits everyone of that
    /// name; a name that tells no given name is admitted by no other.
    ///
    /// # Examples
    /// ```
    /// use kindred_core::AuthorName;
    /// let name = |text| AuthorName::new(text).unwrap();
    /// assert!(name("J. Doe").admits(&name("Jane Mary Doe")));
    /// assert!(!name("J. Doe").admits(&name("Mary Doe")));
    /// ```
    pub fn admits(&self, other: &Self) -> bool {
        if self.surname != other.surname {
            return false;
        }
        self.given.is_empty()
            || !other.given.is_empty()
                && self
                    .given
                    .iter()
                    .zip(&other.given)
                    .all(|(left, right)| is_same_given(left, right))
    }
}

/// Whether two given names are the same, or one is the initial of the other.
fn is_same_given(left: &str, right: &str) -> bool {
    let is_initial_of = |short: &str, long: &str| {
        let mut letters = short.chars();
        letters
            .next()
            .is_some_and(|letter| long.starts_with(letter))
            && letters.next().is_none()
    };
    left == right || is_initial_of(left, right) || is_initial_of(right, left)
}

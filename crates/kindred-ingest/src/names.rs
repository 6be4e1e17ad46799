//! Names of authors in the order `First Last`.

use crate::authors::split_authors;

/// Returns a name as `First Last`: `Last, First` is turned round, suffixes stay with their name.
pub(crate) fn in_order(name: &str) -> String {
    let name = name.trim();
    let mut parts = name.split(',').map(str::trim);
    let (last, first) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
    let suffix = parts.next().unwrap_or("");
    let is_suffix = |text: &str| {
        let bare = text.trim_end_matches('.');
        ["Jr", "Sr", "II", "III", "IV", "PhD", "MD"]
            .iter()
            .any(|suffix| bare.eq_ignore_ascii_case(suffix))
    };
    if first.is_empty() || last.is_empty() || is_suffix(first) || parts.next().is_some() {
        return name.to_owned();
    }
    format!("{first} {last} {suffix}").trim_end().to_owned()
}

/// Splits the names of a list that is one text: at semicolons where it has some; by pairs where
/// it is `Last, F., Last, F. M.`; otherwise as arXiv's lists.
pub(crate) fn split_names(text: &str) -> Vec<String> {
    if text.contains(';') {
        let names = text.split(';').map(in_order);
        return names.filter(|name| !name.is_empty()).collect();
    }
    let parts: Vec<&str> = text
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect();
    let pairs = parts.chunks_exact(2);
    if pairs.len() > 0
        && pairs.remainder().is_empty()
        && pairs.clone().all(|pair| is_initials(pair[1]))
    {
        return pairs
            .map(|pair| format!("{} {}", pair[1], pair[0]))
            .collect();
    }
    split_authors(text)
}

/// Whether a text is nothing but initials, such as `A.`, `J.-P.` or `AB`.
fn is_initials(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let is_plain = text
        .chars()
        .all(|c| c.is_uppercase() || matches!(c, '.' | '-' | ' '));
    is_plain && (1..=4).contains(&letters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surnames_before_a_comma_go_last() {
        assert_eq!(in_order("Lovelace, Ada K."), "Ada K. Lovelace");
        assert_eq!(in_order("Ada Lovelace"), "Ada Lovelace");
        assert_eq!(in_order("Davis, Sammy, Jr."), "Sammy Davis Jr.");
        assert_eq!(in_order("Sammy Davis, Jr."), "Sammy Davis, Jr.");
        assert_eq!(in_order("One, Two, Three, Four"), "One, Two, Three, Four");
        assert_eq!(in_order(" , "), ",");
    }

    #[test]
    fn lists_of_three_forms_are_split() {
        assert_eq!(
            split_names("Lovelace, A.; Noether, Emmy;"),
            ["A. Lovelace", "Emmy Noether"]
        );
        assert_eq!(
            split_names("Lovelace, A., Serre, J.-P., Noether, E. A."),
            ["A. Lovelace", "J.-P. Serre", "E. A. Noether"]
        );
        assert_eq!(
            split_names("Ada Lovelace, Emmy Noether and J. P. Serre"),
            ["Ada Lovelace", "Emmy Noether", "J. P. Serre"]
        );
        assert_eq!(split_names("Ada Lovelace"), ["Ada Lovelace"]);
        assert_eq!(split_names(""), [""; 0]);
    }
}

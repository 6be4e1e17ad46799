//! arXiv's categories, their other names, and the sets of OAI-PMH that they make.

mod names;

use names::{ARCHIVES, CATEGORIES, GROUPS};

/// Two active names of one category: the other one, then the canonical one.
const ALIASES: [(&str, &str); 6] = [
    ("math.MP", "math-ph"),
    ("stat.TH", "math.ST"),
    ("math.IT", "cs.IT"),
    ("q-fin.EC", "econ.GN"),
    ("cs.SY", "eess.SY"),
    ("cs.NA", "math.NA"),
];

/// Old archives and the category that took each in.
const SUBSUMED: [(&str, &str); 18] = [
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

/// The canonical name of a category as papers name it.
pub(crate) fn canonical(name: &str) -> &str {
    ALIASES
        .iter()
        .chain(&SUBSUMED)
        .find(|(other, _)| *other == name)
        .map_or(name, |(_, canonical)| canonical)
}

/// The other active name of a canonical category.
pub(crate) fn alias(canonical: &str) -> Option<&'static str> {
    ALIASES
        .iter()
        .find(|(_, name)| *name == canonical)
        .map(|(alias, _)| *alias)
}

/// The archive of a category: what stands before the dot.
pub(crate) fn archive(category: &str) -> &str {
    category.split('.').next().unwrap_or(category)
}

/// The name in words of a category or archive.
pub(crate) fn name(category: &str) -> Option<&'static str> {
    let archives = ARCHIVES.iter().map(|(archive, _, name)| (*archive, *name));
    CATEGORIES
        .iter()
        .copied()
        .chain(archives)
        .find(|(known, _)| *known == category)
        .map(|(_, name)| name)
}

/// Every active category that `name` (category or archive, in any case) stands for, aliases in
/// both directions included; `None` if there is no such name.
pub(crate) fn members(name: &str) -> Option<Vec<&'static str>> {
    let mut found: Vec<&'static str> = CATEGORIES
        .iter()
        .map(|(category, _)| *category)
        .filter(|category| {
            category.eq_ignore_ascii_case(name) || archive(category).eq_ignore_ascii_case(name)
        })
        .collect();
    let is_archive = ARCHIVES
        .iter()
        .any(|(archive, ..)| archive.eq_ignore_ascii_case(name));
    if found.is_empty() && !is_archive {
        return None;
    }
    if let Some((archive, ..)) = ARCHIVES
        .iter()
        .find(|(archive, ..)| archive.eq_ignore_ascii_case(name))
        && !found.contains(archive)
    {
        // Papers before the archive had classes name the archive alone.
        found.push(archive);
    }
    for (other, canonical) in ALIASES {
        if found.contains(&other) && !found.contains(&canonical) {
            found.push(canonical);
        } else if found.contains(&canonical) && !found.contains(&other) {
            found.push(other);
        }
    }
    Some(found)
}

/// The canonical spelling of a category or archive that exists.
pub(crate) fn spelling(name: &str) -> Option<&'static str> {
    CATEGORIES
        .iter()
        .map(|(category, _)| *category)
        .chain(ARCHIVES.iter().map(|(archive, ..)| *archive))
        .find(|known| known.eq_ignore_ascii_case(name))
}

/// The sets of a category as a paper names it: its own, and that of its other name.
pub(crate) fn sets_of(name: &str) -> Vec<String> {
    let canonical = canonical(name);
    let mut sets = vec![set_spec(canonical)];
    sets.extend(alias(canonical).map(set_spec));
    sets
}

/// `group:archive:CLASS` of a category.
fn set_spec(category: &str) -> String {
    let archive = archive(category);
    let group = ARCHIVES
        .iter()
        .find(|(name, ..)| *name == archive)
        .map_or("physics", |(_, group, _)| group);
    format!("{group}:{}", category.replace('.', ":"))
}

/// Every set with its name: groups, archives, categories.
pub(crate) fn all_sets() -> Vec<(String, &'static str)> {
    let groups = GROUPS
        .iter()
        .map(|(group, name)| ((*group).to_owned(), *name));
    let archives = ARCHIVES
        .iter()
        .map(|(archive, group, name)| (format!("{group}:{archive}"), *name));
    let categories = CATEGORIES
        .iter()
        .filter(|(category, _)| category.contains('.'))
        .map(|(category, name)| (set_spec(category), *name));
    groups.chain(archives).chain(categories).collect()
}

/// Whether a paper in the set `of` is in the set `asked`, which may be a group or an archive.
pub(crate) fn lies_in(of: &str, asked: &str) -> bool {
    of == asked
        || of
            .strip_prefix(asked)
            .is_some_and(|rest| rest.starts_with(':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_have_the_forms_of_arxiv() {
        assert_eq!(sets_of("cs.DC"), ["cs:cs:DC"]);
        assert_eq!(sets_of("hep-th"), ["physics:hep-th"]);
        assert_eq!(sets_of("cs.NA"), ["math:math:NA", "cs:cs:NA"]);
        assert_eq!(sets_of("math-ph"), ["physics:math-ph", "math:math:MP"]);
        assert_eq!(sets_of("cmp-lg"), ["cs:cs:CL"]);
        let sets = all_sets();
        assert_eq!(sets.len(), 8 + 20 + 146);
        let distinct: std::collections::BTreeSet<_> = sets.iter().map(|(set, _)| set).collect();
        assert_eq!(distinct.len(), sets.len());
        assert!(lies_in("cs:cs:DC", "cs") && lies_in("cs:cs:DC", "cs:cs"));
        assert!(!lies_in("cs:cs:DC", "cs:c"));
    }

    #[test]
    fn names_stand_for_aliases_too() {
        assert_eq!(members("MATH.na"), Some(vec!["math.NA", "cs.NA"]));
        assert_eq!(members("hep-th"), Some(vec!["hep-th"]));
        let archive = members("stat").unwrap();
        assert!(archive.contains(&"stat.ML") && archive.contains(&"math.ST"));
        assert_eq!(members("cs.XX"), None);
    }
}

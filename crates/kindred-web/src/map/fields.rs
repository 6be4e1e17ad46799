//! The fields of papers as colours: the most frequent ones by name, a number for each paper.

use std::collections::BTreeMap;

use kindred_engine::Category;

/// Fields with a colour of their own, as many as the palette has hues.
const MOST: usize = 8;
/// Share of the papers that categories have to hold so that archives are not taken instead.
const FINE_SHARE: f64 = 0.75;

/// Which of the most frequent fields each paper is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fields {
    /// Most papers first, eight at most.
    pub(crate) names: Vec<String>,
    /// For each paper the place of its field in `names` plus 1, 0 for another one or none.
    pub(crate) of: Vec<u8>,
}

impl Fields {
    /// Divides papers by their primary categories: eight categories where those hold three quarters
    /// of the papers, else eight archives, since a map of all of arXiv would be grey otherwise.
    pub(crate) fn new<'a>(categories: impl Iterator<Item = Option<&'a Category>> + Clone) -> Self {
        let fine = Self::by(categories.clone(), Category::as_str);
        let of_all = fine.of.len() as f64;
        let colored = fine.of.iter().filter(|&&number| number > 0).count() as f64;
        if colored >= FINE_SHARE * of_all {
            return fine;
        }
        Self::by(categories, Category::archive)
    }

    fn by<'a>(
        categories: impl Iterator<Item = Option<&'a Category>> + Clone,
        name: impl Fn(&'a Category) -> &'a str,
    ) -> Self {
        let mut papers: BTreeMap<&str, usize> = BTreeMap::new();
        for category in categories.clone().flatten() {
            *papers.entry(name(category)).or_default() += 1;
        }
        let mut names: Vec<(&str, usize)> = papers.into_iter().collect();
        names.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(other.0)));
        names.truncate(MOST);
        let numbers: BTreeMap<&str, u8> = names.iter().map(|(name, _)| *name).zip(1..).collect();
        let number = |category: Option<&'a Category>| {
            category.map_or(0, |category| {
                numbers.get(name(category)).copied().unwrap_or(0)
            })
        };
        Self {
            of: categories.map(number).collect(),
            names: names.into_iter().map(|(name, _)| name.to_owned()).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(papers: &[(&str, usize)]) -> Fields {
        let categories: Vec<Option<Category>> = (papers.iter())
            .flat_map(|&(name, papers)| std::iter::repeat_n(name.parse().ok(), papers))
            .collect();
        Fields::new(categories.iter().map(Option::as_ref))
    }

    #[test]
    fn a_narrow_library_is_divided_by_category() {
        let found = fields(&[("cs.LG", 2), ("", 1), ("cs.CV", 3)]);
        assert_eq!(found.names, ["cs.CV", "cs.LG"]);
        assert_eq!(found.of, [2, 2, 0, 1, 1, 1]);
    }

    #[test]
    fn a_wide_library_is_divided_by_archive() {
        let mut papers = vec![("hep-ph", 2), ("math.AG", 3)];
        let cs = [
            "cs.AI", "cs.CL", "cs.CR", "cs.CV", "cs.DB", "cs.DC", "cs.DS", "cs.IR", "cs.LG",
        ];
        papers.extend(cs.map(|name| (name, 1)));
        papers.extend(["math.CO", "math.NT", "math.PR"].map(|name| (name, 1)));
        let found = fields(&papers);
        assert_eq!(found.names, ["cs", "math", "hep-ph"]);
        assert_eq!(found.of[..5], [3, 3, 2, 2, 2]);
        assert!(found.of[5..14].iter().all(|&number| number == 1));
    }

    #[test]
    fn no_paper_has_no_field() {
        assert_eq!(fields(&[]).names, Vec::<String>::new());
    }
}

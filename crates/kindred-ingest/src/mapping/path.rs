//! Paths into a record.

use serde_json::Value;

/// Names joined by dots, `[]` behind the name of a list: `authorships[].author.display_name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path(Vec<Step>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Step {
    name: String,
    is_list: bool,
}

impl Path {
    pub(super) const FORM: &str =
        "names joined by dots, with [] behind the name of a list, such as `authors[].name`";

    /// Parses a path; `None` where it has not that form.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let steps = text.split('.').map(|step| {
            let (name, is_list) = match step.strip_suffix("[]") {
                Some(name) => (name, true),
                None => (step, false),
            };
            let is_name = !name.is_empty()
                && !name.contains(['[', ']'])
                && !name.chars().any(|c| c.is_whitespace() || c.is_control());
            is_name.then(|| Step {
                name: name.to_owned(),
                is_list,
            })
        });
        steps.collect::<Option<_>>().map(Self)
    }

    /// The values at the end of the path, in the order of the record; none that are null.
    pub(super) fn values<'value>(&self, record: &'value Value) -> Vec<&'value Value> {
        let mut values = vec![record];
        for step in &self.0 {
            let found = values.into_iter().filter_map(|value| value.get(&step.name));
            values = if step.is_list {
                found
                    .flat_map(|value| {
                        value
                            .as_array()
                            .map_or(std::slice::from_ref(value), Vec::as_slice)
                    })
                    .collect()
            } else {
                found.collect()
            };
        }
        values.retain(|value| !value.is_null());
        values
    }
}
